#include "client/evaluation/evaluation.h"

#include <algorithm>
#include <cstddef>
#include <functional>

namespace mlfsc::client {
namespace {

void Count(const v1::Inspection& inspection, VerdictCounts* counts) {
  ++counts->pictures;
  if (inspection.raw_score() > inspection.threshold()) ++counts->flagged;
  if (inspection.verdict() == v1::REVIEW) ++counts->review;
  if (inspection.verdict() == v1::NOK) ++counts->nok;
}

double RawScore(const v1::Inspection& inspection) { return inspection.raw_score(); }

// `score(inspection)` of the pictures that are `wanted(picture)`.
template <typename Wanted, typename Score>
std::vector<double> Scores(const std::vector<InspectedPicture>& pictures, Wanted wanted, Score score) {
  std::vector<double> scores;
  for (const InspectedPicture& inspected : pictures) {
    if (wanted(inspected.picture)) scores.push_back(score(inspected.inspection));
  }
  return scores;
}

bool IsGood(const TestPicture& picture) { return picture.good(); }
bool IsDefective(const TestPicture& picture) { return !picture.good(); }

KindEvaluation EvaluateKind(const std::string& kind, const std::vector<InspectedPicture>& pictures,
                            const std::vector<double>& good_scores) {
  KindEvaluation evaluation;
  evaluation.kind = kind;
  const auto of_kind = [&](const TestPicture& picture) { return picture.kind == kind; };
  for (const InspectedPicture& inspected : pictures) {
    if (!of_kind(inspected.picture)) continue;
    Count(inspected.inspection, &evaluation.verdicts);
    if (!inspected.picture.masks.empty()) ++evaluation.with_mask;
  }
  if (kind != kGoodKind) {
    const std::vector<double> scores = Scores(pictures, of_kind, RawScore);
    evaluation.image_auroc = Auroc(good_scores, scores);
    if (!good_scores.empty()) evaluation.average_precision = AveragePrecision(good_scores, scores);
  }
  return evaluation;
}

// `score`: of an inspection, by the layer or view that is called `name`. All have the same ones: they are of
// one version.
LayerEvaluation EvaluatePart(const std::string& name,
                             const std::function<double(const v1::Inspection&)>& score,
                             const std::vector<InspectedPicture>& pictures,
                             const std::vector<std::string>& kinds) {
  const std::vector<double> good = Scores(pictures, IsGood, score);
  const std::vector<double> bad = Scores(pictures, IsDefective, score);
  LayerEvaluation evaluation;
  evaluation.layer = name;
  evaluation.image_auroc = Auroc(good, bad);
  if (!good.empty()) evaluation.average_precision = AveragePrecision(good, bad);
  for (size_t k = 1; k < kinds.size(); ++k) {
    const auto of_kind = [&](const TestPicture& picture) { return picture.kind == kinds[k]; };
    evaluation.kinds.push_back(Auroc(good, Scores(pictures, of_kind, score)));
  }
  return evaluation;
}

}  // namespace

std::vector<std::string> KindsOf(const std::vector<TestPicture>& pictures) {
  std::vector<std::string> kinds = {kGoodKind};
  for (const TestPicture& picture : pictures) {
    if (std::find(kinds.begin(), kinds.end(), picture.kind) == kinds.end()) kinds.push_back(picture.kind);
  }
  return kinds;
}

Evaluation Evaluate(const std::vector<InspectedPicture>& pictures, const PixelEvaluation& pixels,
                    const BootstrapOptions& bootstrap) {
  Evaluation evaluation;
  if (pictures.empty()) return evaluation;
  const double threshold = pictures.front().inspection.threshold();
  const std::vector<double> good = Scores(pictures, IsGood, RawScore);
  const std::vector<double> bad = Scores(pictures, IsDefective, RawScore);
  evaluation.measures = MeasureScores(good, bad, threshold);
  evaluation.measures.pixel_auroc = pixels.all.auroc;
  evaluation.measures.pro30 = pixels.all.pro30;
  evaluation.intervals = Bootstrap(good, bad, threshold, pixels.histograms, bootstrap);
  evaluation.calibrated = OperatingPointAt(threshold, good, bad);
  evaluation.best = BestOperatingPoint(good, bad);

  std::vector<TestPicture> listed;
  for (const InspectedPicture& inspected : pictures) listed.push_back(inspected.picture);
  const std::vector<std::string> kinds = KindsOf(listed);
  evaluation.good = EvaluateKind(kGoodKind, pictures, good);
  for (size_t k = 1; k < kinds.size(); ++k) {
    evaluation.kinds.push_back(EvaluateKind(kinds[k], pictures, good));
    if (k < pixels.by_kind.size()) evaluation.kinds.back().pixels = pixels.by_kind[k];
  }
  for (const InspectedPicture& inspected : pictures) {
    if (inspected.picture.good()) continue;
    Count(inspected.inspection, &evaluation.defects);
    if (!inspected.picture.masks.empty()) ++evaluation.with_mask;
  }
  const v1::Inspection& first = pictures.front().inspection;
  for (int view = 0; view < first.views_size(); ++view) {
    const auto score = [view](const v1::Inspection& inspection) {
      return view < inspection.views_size() ? inspection.views(view).deviations() : 0;
    };
    evaluation.views.push_back(EvaluatePart(first.views(view).view(), score, pictures, kinds));
  }
  for (int layer = 0; layer < first.layers_size(); ++layer) {
    const auto score = [layer](const v1::Inspection& inspection) {
      return layer < inspection.layers_size() ? inspection.layers(layer).score() : 0;
    };
    evaluation.layers.push_back(EvaluatePart(first.layers(layer).layer(), score, pictures, kinds));
  }
  return evaluation;
}

}  // namespace mlfsc::client
