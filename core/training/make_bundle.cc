#include "core/training/make_bundle.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>

#include "absl/status/status.h"
#include "core/coding/residual_coder.h"
#include "core/scoring/calibration.h"
#include "core/scoring/fused_scorer.h"
#include "core/scoring/fusion.h"
#include "core/scoring/heatmap.h"
#include "core/scoring/log_residuals.h"
#include "core/scoring/make_scorer.h"
#include "core/scoring/whitening.h"
#include "core/training/appearance_learner.h"
#include "core/training/calibrate_groups.h"
#include "core/training/folds.h"
#include "core/training/map_spool.h"
#include "core/training/spool_size.h"

namespace mlfsc {
namespace {

using ResidualSpool = MapSpool<ResidualMap>;

absl::StatusOr<MeasureScale> ScaleOf(const std::vector<double>& measures, double rate) {
  const absl::StatusOr<Calibration> calibration = Calibrate(measures, rate);
  if (!calibration.ok()) return calibration.status();
  // In the bundle's precision, so that a bundle just learnt and one that was loaded score alike.
  return MeasureScale{static_cast<float>(calibration->log_mean),
                      static_cast<float>(calibration->log_deviation)};
}

// FailedPrecondition as CheckVariation of scores, when no measure varies.
absl::Status CheckMeasuresVary(const std::vector<Measures>& measures) {
  std::vector<double> sums;
  sums.reserve(measures.size());
  for (const Measures& picture : measures) sums.push_back(picture.residual + picture.detail + picture.memory);
  return CheckVariation(sums);
}

// Middle and spread of good pictures' measures out of fold, copies counted once.
absl::StatusOr<FusionScales> ScalesOf(const std::vector<Measures>& measures, const CopyGroups& groups,
                                      double rate) {
  FusionScales scales;
  const std::pair<double Measures::*, MeasureScale*> parts[] = {{&Measures::residual, &scales.residual},
                                                                {&Measures::detail, &scales.detail},
                                                                {&Measures::memory, &scales.memory}};
  for (const auto& [part, scale] : parts) {
    std::vector<double> values;
    values.reserve(measures.size());
    for (const Measures& picture : measures) values.push_back(picture.*part);
    const absl::StatusOr<MeasureScale> made = ScaleOf(ScoresOfGroups(values, groups), rate);
    if (!made.ok()) return made.status();
    *scale = *made;
  }
  return scales;
}

// One phase's side of the progress callback.
class PhaseReport {
 public:
  PhaseReport(TrainingPhase phase, int64_t total,
              const std::function<bool(const TrainingProgress&)>& progress)
      : now_{phase, 0, total, 0}, progress_(progress) {}

  // Cancelled when the callback wants no more.
  absl::Status Done(int64_t pictures, double objective = 0) {
    now_.pictures_done += pictures;
    now_.objective = objective;
    if (progress_ == nullptr || progress_(now_)) return absl::OkStatus();
    return absl::CancelledError("the training was cancelled");
  }

 private:
  TrainingProgress now_;
  const std::function<bool(const TrainingProgress&)>& progress_;
};

// Scores each training picture under statistics, and where they overfit under dictionaries, that it had no
// part in: what a new picture will meet.
class BundleMaker {
 public:
  BundleMaker(const CategoryOptions& options, const FeatureSpool& features, const AppearanceSpool* appearance,
              const CopyGroups& groups, SpoolPlace spool_place, Workers workers,
              const std::function<bool(const TrainingProgress&)>& progress)
      : options_(options),
        features_(features),
        appearance_(appearance),
        spool_place_(std::move(spool_place)),
        workers_(workers),
        progress_(progress),
        pictures_(features.pictures()),
        groups_(groups),
        folds_(groups),
        folded_dictionaries_(DictionariesOverfit(options, groups.count)),
        whitened_(options.scoring.method != ScoreMethod::kSum),
        fold_coders_(folds_.count()),
        fold_scorers_(folds_.count()),
        fold_fused_(folds_.count()) {}

  absl::StatusOr<Bundle> Make(std::vector<double>* scores) {
    absl::Status status = Learn();
    if (status.ok() && appearance_ != nullptr) status = LearnAppearance();
    if (status.ok()) status = folded_dictionaries_ ? GatherFoldedStatistics() : GatherStatistics();
    if (status.ok()) status = CalibrateOutOfFold(scores);
    if (!status.ok()) return status;
    bundle_.manifest.options = options_;
    bundle_.manifest.provenance.pictures = static_cast<int>(pictures_);
    return std::move(bundle_);
  }

 private:
  absl::Status Learn() {
    // The folds leave each picture out once: together they see it one time less than there are folds.
    const int64_t passes = options_.learning.epochs * (folded_dictionaries_ ? folds_.count() : 1);
    PhaseReport report(TrainingPhase::kLearning, passes * pictures_, progress_);
    const auto learn = [&](std::vector<int64_t> pictures) {
      return LearnDictionaries(options_, features_, std::move(pictures), workers_,
                               [&](int64_t done, double objective) { return report.Done(done, objective); });
    };
    for (int fold = 0; folded_dictionaries_ && fold < folds_.count(); ++fold) {
      const absl::StatusOr<Dictionaries> dictionaries = learn(folds_.Without(fold));
      if (!dictionaries.ok()) return dictionaries.status();
      if (absl::Status status = MakeCoder(*dictionaries, &fold_coders_[fold]); !status.ok()) return status;
    }
    absl::StatusOr<Dictionaries> dictionaries = learn(folds_.All());
    if (!dictionaries.ok()) return dictionaries.status();
    bundle_.dictionaries = *std::move(dictionaries);
    return MakeCoder(bundle_.dictionaries, &coder_);
  }

  absl::Status LearnAppearance() {
    PhaseReport report(TrainingPhase::kStatistics, AppearanceLearner::kPasses * pictures_, progress_);
    appearance_learner_.emplace(*appearance_, folds_, options_.learning.seed);
    return appearance_learner_->Learn(workers_, [&report] { return report.Done(1); });
  }

  // One pass with the shared dictionaries: residuals to the spool, sums by fold.
  absl::Status GatherStatistics() {
    absl::StatusOr<std::unique_ptr<ResidualSpool>> spool =
        ResidualSpool::Create(spool_place_, SpooledResiduals(options_));
    if (!spool.ok()) return spool.status();
    residuals_ = *std::move(spool);

    PhaseReport report(TrainingPhase::kStatistics, pictures_, progress_);
    std::vector<WhiteningAccumulator> sums(folds_.count());
    for (int64_t picture = 0; picture < pictures_; ++picture) {
      absl::StatusOr<ResidualMaps> residuals = Code(*coder_, picture);
      if (!residuals.ok()) return residuals.status();
      if (whitened_) sums[folds_.Of(picture)].Add(MakeLogResiduals(*residuals, workers_), workers_);
      absl::Status status = residuals_->Append(*residuals);
      if (status.ok()) status = report.Done(1);
      if (!status.ok()) return status;
    }

    WhiteningAccumulator total;
    for (const WhiteningAccumulator& fold : sums) total.Add(fold);
    for (int fold = 0; fold < folds_.count(); ++fold) {
      WhiteningAccumulator others;
      others.Add(total);
      others.Subtract(sums[fold]);
      if (absl::Status status = MakeFoldScorer(fold, others); !status.ok()) return status;
    }
    return SetStatistics(total);
  }

  // A pass with each fold's dictionaries over the others' pictures, and one with the final ones over all.
  absl::Status GatherFoldedStatistics() {
    PhaseReport report(TrainingPhase::kStatistics, whitened_ ? folds_.count() * pictures_ : 0, progress_);
    for (int fold = 0; fold < folds_.count(); ++fold) {
      WhiteningAccumulator others;
      absl::Status status = Accumulate(*fold_coders_[fold], folds_.Without(fold), &report, &others);
      if (status.ok()) status = MakeFoldScorer(fold, others);
      if (!status.ok()) return status;
    }
    WhiteningAccumulator total;
    if (absl::Status status = Accumulate(*coder_, folds_.All(), &report, &total); !status.ok()) return status;
    return SetStatistics(total);
  }

  absl::Status CalibrateOutOfFold(std::vector<double>* scores) {
    PhaseReport report(TrainingPhase::kCalibration, pictures_, progress_);
    const MapGeometry geometry = MapGeometryOf(options_);
    const int side = options_.features.input_size;
    scores->clear();
    std::vector<Measures> measures;
    std::vector<double> maxima;
    for (int64_t picture = 0; picture < pictures_; ++picture) {
      const int fold = folds_.Of(picture);
      const absl::StatusOr<ResidualMaps> residuals =
          folded_dictionaries_ ? Code(*fold_coders_[fold], picture) : residuals_->Read(picture);
      if (!residuals.ok()) return residuals.status();
      PictureScore score;
      if (appearance_ == nullptr) {
        score = fold_scorers_[fold]->Score(*residuals, workers_);
        scores->push_back(score.raw);
      } else {
        const absl::StatusOr<AppearanceVectors> appearance = ReadAppearance(*appearance_, picture);
        if (!appearance.ok()) return appearance.status();
        FusedScorer::Measured measured = fold_fused_[fold]->Measure(*residuals, *appearance, workers_);
        measures.push_back(measured.measures);
        score = std::move(measured.score);
      }
      double maximum = 0;
      cv::minMaxLoc(RenderHeatmap(score.map, geometry, side, side), nullptr, &maximum);
      maxima.push_back(maximum);
      if (absl::Status status = report.Done(1); !status.ok()) return status;
    }
    if (appearance_ != nullptr) {
      if (absl::Status status = CheckMeasuresVary(measures); !status.ok()) return status;
      const absl::StatusOr<FusionScales> scales =
          ScalesOf(measures, groups_, options_.scoring.false_alarm_rate);
      if (!scales.ok()) return scales.status();
      bundle_.appearance->scales = *scales;
      for (const Measures& picture : measures) scores->push_back(Fuse(picture, *scales).raw);
    }
    return CalibrateGroups(*scores, maxima, groups_, options_.scoring.false_alarm_rate, &bundle_.manifest);
  }

  absl::Status MakeCoder(const Dictionaries& dictionaries, std::unique_ptr<ResidualCoder>* coder) const {
    absl::StatusOr<std::unique_ptr<ResidualCoder>> made =
        MakeResidualCoderOn(workers_, dictionaries, options_.patches, options_.coding);
    if (!made.ok()) return made.status();
    *coder = *std::move(made);
    return absl::OkStatus();
  }

  absl::StatusOr<ResidualMaps> Code(const ResidualCoder& coder, int64_t picture) const {
    absl::StatusOr<std::vector<FeatureMap>> maps = features_.Read(picture);
    if (!maps.ok()) return maps.status();
    return coder.Code({*std::move(maps), nullptr}, workers_);
  }

  // Adds up `pictures` when the score needs it.
  absl::Status Accumulate(const ResidualCoder& coder, const std::vector<int64_t>& pictures,
                          PhaseReport* report, WhiteningAccumulator* sums) const {
    if (!whitened_) return absl::OkStatus();
    for (const int64_t picture : pictures) {
      const absl::StatusOr<ResidualMaps> residuals = Code(coder, picture);
      if (!residuals.ok()) return residuals.status();
      sums->Add(MakeLogResiduals(*residuals, workers_), workers_);
      if (absl::Status status = report->Done(1); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<WhiteningStatistics>> Statistics(const WhiteningAccumulator& sums) const {
    if (!whitened_) return std::nullopt;
    absl::StatusOr<WhiteningStatistics> statistics = sums.Statistics();
    if (!statistics.ok()) return statistics.status();
    return *std::move(statistics);
  }

  absl::Status SetStatistics(const WhiteningAccumulator& sums) {
    absl::StatusOr<std::optional<WhiteningStatistics>> statistics = Statistics(sums);
    if (!statistics.ok()) return statistics.status();
    bundle_.whitening = *std::move(statistics);
    if (appearance_ == nullptr) return absl::OkStatus();
    absl::StatusOr<AppearanceStatistics> appearance = appearance_learner_->Statistics();
    if (!appearance.ok()) return appearance.status();
    bundle_.appearance = *std::move(appearance);
    return absl::OkStatus();
  }

  absl::Status MakeFoldScorer(int fold, const WhiteningAccumulator& others) {
    workers_.Check();
    const absl::StatusOr<std::optional<WhiteningStatistics>> statistics = Statistics(others);
    if (!statistics.ok()) return statistics.status();
    if (appearance_ != nullptr) {
      const absl::StatusOr<AppearanceStatistics> appearance = appearance_learner_->StatisticsWithout(fold);
      if (!appearance.ok()) return appearance.status();
      absl::StatusOr<std::unique_ptr<FusedScorer>> fused =
          FusedScorer::Make(**statistics, *appearance, options_.scoring.top_patches);
      if (!fused.ok()) return fused.status();
      fold_fused_[fold] = *std::move(fused);
      return absl::OkStatus();
    }
    absl::StatusOr<std::unique_ptr<Scorer>> scorer = MakeScorer(options_.scoring, *statistics);
    if (!scorer.ok()) return scorer.status();
    fold_scorers_[fold] = *std::move(scorer);
    return absl::OkStatus();
  }

  const CategoryOptions& options_;
  const FeatureSpool& features_;
  // Null unless the score is kFused.
  const AppearanceSpool* const appearance_;
  const SpoolPlace spool_place_;
  const Workers workers_;
  const std::function<bool(const TrainingProgress&)>& progress_;

  const int64_t pictures_;
  const CopyGroups& groups_;
  const Folds folds_;
  const bool folded_dictionaries_;
  const bool whitened_;

  Bundle bundle_;
  // With the final dictionaries; and, when dictionaries are folded, with each fold's.
  std::unique_ptr<ResidualCoder> coder_;
  std::vector<std::unique_ptr<ResidualCoder>> fold_coders_;
  // Under the statistics of the other folds.
  std::vector<std::unique_ptr<Scorer>> fold_scorers_;
  // Of kFused instead, whose scales are not known yet.
  std::vector<std::unique_ptr<FusedScorer>> fold_fused_;
  std::optional<AppearanceLearner> appearance_learner_;
  // Of all pictures under the shared dictionaries; null when dictionaries are folded.
  std::unique_ptr<ResidualSpool> residuals_;
};

}  // namespace

absl::StatusOr<Bundle> MakeBundle(const CategoryOptions& options, const FeatureSpool& features,
                                  const AppearanceSpool* appearance, const CopyGroups& groups,
                                  const SpoolPlace& spool_place, Workers workers,
                                  const std::function<bool(const TrainingProgress&)>& progress,
                                  std::vector<double>* scores) {
  return BundleMaker(options, features, appearance, groups, spool_place, workers, progress).Make(scores);
}

}  // namespace mlfsc
