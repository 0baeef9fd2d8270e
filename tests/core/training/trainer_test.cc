#include "core/training/trainer.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "core/coding/residual_coder.h"
#include "core/bundle/picture_scorer.h"
#include "core/features/feature_extractor.h"
#include "core/scoring/fused_scorer.h"
#include "core/scoring/heatmap.h"
#include "core/scoring/log_residuals.h"
#include "core/scoring/make_scorer.h"
#include "core/training/learning.h"
#include "tests/core/training/training_pictures.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::mlfsc::testing::WovenOptions;
using ::mlfsc::testing::WovenPixels;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<PictureFeatures> WovenPictures(int count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<PictureFeatures> pictures;
  for (int i = 0; i < count; ++i) pictures.push_back(WovenPixels(64, &random));
  return pictures;
}

std::unique_ptr<Trainer> TrainerOf(const CategoryOptions& options,
                                   const std::vector<PictureFeatures>& pictures) {
  absl::StatusOr<std::unique_ptr<Trainer>> trainer = Trainer::Create(options, {});
  EXPECT_THAT(trainer, IsOk());
  for (const PictureFeatures& picture : pictures) EXPECT_THAT((*trainer)->AddPicture(picture), IsOk());
  return *std::move(trainer);
}

Bundle Train(const CategoryOptions& options, const std::vector<PictureFeatures>& pictures,
             ThreadPool* pool = nullptr) {
  absl::StatusOr<Bundle> bundle = TrainerOf(options, pictures)->Finish(pool, nullptr);
  EXPECT_THAT(bundle, IsOk());
  return *std::move(bundle);
}

ResidualMaps Code(const CategoryOptions& options, const Dictionaries& dictionaries,
                  const PictureFeatures& picture) {
  return *(*MakeResidualCoder(dictionaries, options.patches, options.coding))
              ->Code(*Standardise(options.features, picture), nullptr);
}

std::vector<double> ScoresUnder(const Bundle& bundle, const std::vector<PictureFeatures>& pictures) {
  const auto scorer = *PictureScorer::Make(bundle);
  std::vector<double> scores;
  for (const PictureFeatures& picture : pictures) {
    scores.push_back(scorer->Score(*scorer->Code(picture, nullptr), nullptr).raw);
  }
  return scores;
}

double GeometricMean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += std::log(value);
  return std::exp(sum / static_cast<double>(values.size()));
}

// What dictionaries were learnt from `pictures`, as the trainer learns them.
Dictionaries LearnFrom(const CategoryOptions& options, const std::vector<PictureFeatures>& pictures,
                       const std::vector<int64_t>& chosen) {
  testing::TemporaryFolder folder;
  std::unique_ptr<FeatureSpool> spool;
  for (const PictureFeatures& picture : pictures) {
    const auto features = Standardise(options.features, picture);
    if (spool == nullptr) spool = *FeatureSpool::Create(folder.path(), features->maps);
    EXPECT_THAT(spool->Append(features->maps), IsOk());
  }
  return *LearnDictionaries(options, *spool, chosen, nullptr,
                            [](int64_t, double) { return absl::OkStatus(); });
}

// Calibrations by going through all others for each picture: nothing is subtracted, nothing is shared.
struct NaiveCalibrations {
  Calibration scores;
  Calibration maxima;
};
NaiveCalibrations CalibrateNaively(const CategoryOptions& options,
                                   const std::vector<PictureFeatures>& pictures,
                                   const std::optional<Dictionaries>& shared) {
  const int64_t count = static_cast<int64_t>(pictures.size());
  const int64_t folds = std::min<int64_t>(5, count);
  std::vector<double> scores;
  std::vector<double> maxima;
  for (int64_t i = 0; i < count; ++i) {
    std::vector<int64_t> others;
    for (int64_t j = 0; j < count; ++j) {
      if (j % folds != i % folds) others.push_back(j);
    }
    const Dictionaries dictionaries = shared.has_value() ? *shared : LearnFrom(options, pictures, others);
    WhiteningAccumulator sums;
    for (const int64_t j : others) sums.Add(MakeLogResiduals(Code(options, dictionaries, pictures[j])));
    const auto scorer = *MakeScorer(options.scoring, *sums.Statistics());
    const PictureScore score = scorer->Score(Code(options, dictionaries, pictures[i]), nullptr);
    scores.push_back(score.raw);
    double maximum = 0;
    const int side = options.features.input_size;
    cv::minMaxLoc(RenderHeatmap(score.map, MapGeometryOf(options), side, side), nullptr, &maximum);
    maxima.push_back(maximum);
  }
  return {*Calibrate(scores, options.scoring.false_alarm_rate),
          *Calibrate(maxima, options.scoring.false_alarm_rate)};
}

void ExpectSame(const Calibration& found, const Calibration& expected) {
  // Sums less a fold's own differ from sums without it in float64's last places, and statistics are rounded
  // to float32: a unit in the last place of mean, deviation and correlation, some of which add up.
  EXPECT_EQ(found.pictures, expected.pictures);
  EXPECT_NEAR(found.log_mean, expected.log_mean, 1e-6);
  EXPECT_NEAR(found.log_deviation, expected.log_deviation, 1e-6);
  EXPECT_NEAR(found.threshold / expected.threshold, 1, 1e-5);
  EXPECT_EQ(found.false_alarm_rate, expected.false_alarm_rate);
}

class TrainerTest : public ::testing::TestWithParam<ScoreMethod> {};
INSTANTIATE_TEST_SUITE_P(Methods, TrainerTest, ::testing::Values(ScoreMethod::kSum, ScoreMethod::kWhitened));

TEST_P(TrainerTest, EachPictureIsCalibratedUnderTheStatisticsOfTheOtherFolds) {
  const CategoryOptions options = WovenOptions(3, GetParam());
  const std::vector<PictureFeatures> pictures = WovenPictures(7, 1);
  const Bundle bundle = Train(options, pictures);
  const NaiveCalibrations expected = CalibrateNaively(options, pictures, bundle.dictionaries);
  ExpectSame(bundle.manifest.calibration, expected.scores);
  ExpectSame(bundle.manifest.map_calibration, expected.maxima);
}

TEST_P(TrainerTest, WhereDictionariesOverfitTheyAreLearntWithoutThePictureToo) {
  const CategoryOptions options = WovenOptions(20, GetParam());
  const std::vector<PictureFeatures> pictures = WovenPictures(6, 2);
  const Bundle bundle = Train(options, pictures);
  const NaiveCalibrations expected = CalibrateNaively(options, pictures, std::nullopt);
  ExpectSame(bundle.manifest.calibration, expected.scores);
  ExpectSame(bundle.manifest.map_calibration, expected.maxima);
}

TEST_P(TrainerTest, DictionariesAndStatisticsAreThoseOfAllPictures) {
  // 3 atoms are shared between the folds, 20 are not: the bundle has those of all pictures either way.
  for (const int atoms : {3, 20}) {
    const CategoryOptions options = WovenOptions(atoms, GetParam());
    const std::vector<PictureFeatures> pictures = WovenPictures(5, 3);
    const Bundle bundle = Train(options, pictures);
    EXPECT_EQ(bundle.dictionaries[0].values, LearnFrom(options, pictures, {0, 1, 2, 3, 4})[0].values);
    ASSERT_EQ(bundle.whitening.has_value(), GetParam() == ScoreMethod::kWhitened);
    if (!bundle.whitening.has_value()) continue;
    WhiteningAccumulator sums;
    for (const PictureFeatures& picture : pictures) {
      sums.Add(MakeLogResiduals(Code(options, bundle.dictionaries, picture)));
    }
    // The same sums in another order, rounded to float32.
    EXPECT_FLOAT_EQ(bundle.whitening->mean[0], sums.Statistics()->mean[0]);
    EXPECT_FLOAT_EQ(bundle.whitening->deviation[0], sums.Statistics()->deviation[0]);
  }
}

TEST_P(TrainerTest, UnseenGoodPicturesScoreLikeTheTrainingOnesOutOfFold) {
  // Shared dictionaries, few patches, and many atoms.
  for (const auto& [atoms, count] : {std::pair{3, 8}, std::pair{5, 2}, std::pair{20, 8}}) {
    const Bundle bundle = Train(WovenOptions(atoms, GetParam()), WovenPictures(count, 4));
    const double unseen = GeometricMean(ScoresUnder(bundle, WovenPictures(30, 5)));
    EXPECT_NEAR(std::exp(bundle.manifest.calibration.log_mean) / unseen, 1, 0.15)
        << atoms << " atoms from " << count << " pictures";
  }
}

TEST_P(TrainerTest, TheBundleDoesNotDependOnTheThreads) {
  for (const int atoms : {3, 20}) {
    const CategoryOptions options = WovenOptions(atoms, GetParam());
    const std::vector<PictureFeatures> pictures = WovenPictures(6, 6);
    const BundleFiles alone = SerialiseBundle(Train(options, pictures));
    for (const int threads : {1, 4}) {
      ThreadPool pool(threads);
      const BundleFiles files = SerialiseBundle(Train(options, pictures, &pool));
      EXPECT_EQ(files.arrays, alone.arrays);
      EXPECT_EQ(files.manifest, alone.manifest);
    }
  }
}

TEST_P(TrainerTest, ABundleThatWasLoadedScoresAsTheOneThatWasLearnt) {
  const Bundle learnt = Train(WovenOptions(3, GetParam()), WovenPictures(5, 7));
  const absl::StatusOr<Bundle> loaded = ParseBundle(SerialiseBundle(learnt));
  ASSERT_THAT(loaded, IsOk());
  const std::vector<PictureFeatures> pictures = WovenPictures(3, 8);
  EXPECT_EQ(ScoresUnder(*loaded, pictures), ScoresUnder(learnt, pictures));
  EXPECT_EQ(loaded->manifest.calibration.threshold, learnt.manifest.calibration.threshold);
}

TEST_P(TrainerTest, TheManifestNamesOptionsAndPictures) {
  const Bundle bundle = Train(WovenOptions(3, GetParam()), WovenPictures(4, 9));
  EXPECT_EQ(bundle.manifest.provenance.pictures, 4);
  EXPECT_EQ(bundle.manifest.options.learning.atoms, 3);
  EXPECT_EQ(bundle.manifest.options.scoring.method, GetParam());
  EXPECT_EQ(bundle.manifest.calibration.pictures, 4);
}

TEST_P(TrainerTest, ProgressGoesThroughThePhasesToTheirEnds) {
  for (const int atoms : {3, 20}) {
    std::vector<TrainingProgress> reports;
    const auto bundle = TrainerOf(WovenOptions(atoms, GetParam()), WovenPictures(6, 10))
                            ->Finish(nullptr, [&](const TrainingProgress& progress) {
                              reports.push_back(progress);
                              return true;
                            });
    ASSERT_THAT(bundle, IsOk());
    ASSERT_FALSE(reports.empty());
    EXPECT_EQ(reports.front().phase, TrainingPhase::kLearning);
    EXPECT_GT(reports.front().objective, 0);
    std::vector<TrainingPhase> phases;
    for (size_t i = 0; i < reports.size(); ++i) {
      const bool last = i + 1 == reports.size() || reports[i + 1].phase != reports[i].phase;
      if (last) {
        EXPECT_EQ(reports[i].pictures_done, reports[i].pictures_total);
        phases.push_back(reports[i].phase);
      } else {
        EXPECT_LT(reports[i].pictures_done, reports[i + 1].pictures_done);
      }
    }
    EXPECT_THAT(phases, AnyOf(ElementsAre(TrainingPhase::kLearning, TrainingPhase::kStatistics,
                                          TrainingPhase::kCalibration),
                              ElementsAre(TrainingPhase::kLearning, TrainingPhase::kCalibration)));
    EXPECT_EQ(reports.back().pictures_total, 6);
  }
}

TEST_P(TrainerTest, EndsWithCancelledWhenTheCallbackSaysSo) {
  for (const int atoms : {3, 20}) {
    for (const TrainingPhase phase : {TrainingPhase::kLearning, TrainingPhase::kCalibration}) {
      int calls_in_phase = 0;
      const auto bundle = TrainerOf(WovenOptions(atoms, GetParam()), WovenPictures(5, 11))
                              ->Finish(nullptr, [&](const TrainingProgress& progress) {
                                return progress.phase != phase || ++calls_in_phase < 2;
                              });
      EXPECT_THAT(bundle, StatusIs(absl::StatusCode::kCancelled, HasSubstr("cancelled")));
      EXPECT_EQ(calls_in_phase, 2);
    }
  }
}

TEST_P(TrainerTest, PicturesThatAreAllAlikeGiveAFiniteCalibration) {
  // The weave is the same each time.
  for (const PictureFeatures& picture : WovenPictures(2, 12)) {
    const Bundle bundle = Train(WovenOptions(3, GetParam()), {picture, picture, picture});
    for (const Calibration& calibration : {bundle.manifest.calibration, bundle.manifest.map_calibration}) {
      EXPECT_TRUE(std::isfinite(calibration.log_mean));
      EXPECT_TRUE(std::isfinite(calibration.review_high));
      EXPECT_GT(calibration.threshold, 0);
      EXPECT_GE(calibration.log_deviation, 0.01);
    }
    EXPECT_THAT(ParseBundle(SerialiseBundle(bundle)), IsOk());
    EXPECT_EQ(bundle.manifest.calibration.VerdictOf(ScoresUnder(bundle, {picture})[0]), Verdict::kOk);
  }
}

TEST_P(TrainerTest, FlatPicturesAreRefused) {
  PictureFeatures flat = WovenPictures(1, 12)[0];
  std::fill(flat.maps[0].values.begin(), flat.maps[0].values.end(), 0.5f);
  EXPECT_THAT(TrainerOf(WovenOptions(3, GetParam()), {flat, flat, flat})->Finish(nullptr, nullptr),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("all score 0")));
}

// Pictures with their signatures, as the server adds them.
std::unique_ptr<Trainer> TrainerOfInputs(const std::vector<InputPicture>& inputs, OutlierAction outliers,
                                         ScoreMethod method = ScoreMethod::kWhitened, int atoms = 3) {
  TrainerOptions trainer_options;
  trainer_options.outliers = outliers;
  auto trainer = *Trainer::Create(WovenOptions(atoms, method), trainer_options);
  for (const InputPicture& input : inputs) {
    const PictureSignature signature = SignatureOf(input);
    EXPECT_THAT(trainer->AddPicture(PixelFeatures(input), &signature), IsOk());
  }
  return trainer;
}

std::vector<InputPicture> WovenInputs(int count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<InputPicture> inputs;
  for (int i = 0; i < count; ++i) inputs.push_back(testing::WovenInput(64, &random));
  return inputs;
}

// A bright streak over a quarter of the picture.
InputPicture Streaked(InputPicture picture) {
  for (int y = 20; y < 44; ++y) {
    for (int x = 8; x < 48; ++x) picture.rgb[y * picture.size + x] = (x * 7 + y * 13) % 5 < 2 ? 1 : 0;
  }
  return picture;
}

TEST_P(TrainerTest, SignaturesOfIndependentPicturesChangeNothing) {
  const std::vector<InputPicture> inputs = WovenInputs(8, 20);
  std::vector<PictureFeatures> features;
  for (const InputPicture& input : inputs) features.push_back(PixelFeatures(input));
  const auto trainer = TrainerOfInputs(inputs, OutlierAction::kDrop, GetParam());
  const absl::StatusOr<Bundle> bundle = trainer->Finish(nullptr, nullptr);
  ASSERT_THAT(bundle, IsOk());
  EXPECT_EQ(trainer->findings().independent_pictures, 8);
  EXPECT_TRUE(trainer->findings().outliers.empty());
  Bundle without = Train(WovenOptions(3, GetParam()), features);
  without.manifest.provenance.outliers = OutlierAction::kDrop;
  EXPECT_EQ(SerialiseBundle(*bundle).manifest, SerialiseBundle(without).manifest);
}

TEST_P(TrainerTest, CopiesCountOnceAndLieInOneFold) {
  const std::vector<InputPicture> parts = WovenInputs(10, 21);
  std::mt19937 random(22);
  std::vector<InputPicture> inputs;
  for (const InputPicture& part : parts) {
    for (int shot = 0; shot < 5; ++shot)
      inputs.push_back(testing::TakenAgain(part, shot == 0 ? 0 : 1, &random));
  }
  const auto single = TrainerOfInputs(parts, OutlierAction::kWarn, GetParam());
  const auto repeated = TrainerOfInputs(inputs, OutlierAction::kWarn, GetParam());
  const absl::StatusOr<Bundle> once = single->Finish(nullptr, nullptr);
  const absl::StatusOr<Bundle> often = repeated->Finish(nullptr, nullptr);
  ASSERT_THAT(once, IsOk());
  ASSERT_THAT(often, IsOk());
  EXPECT_EQ(often->manifest.provenance.pictures, 50);
  EXPECT_EQ(often->manifest.calibration.pictures, 10);
  EXPECT_EQ(often->manifest.map_calibration.pictures, 10);
  EXPECT_EQ(repeated->findings().independent_pictures, 10);
  // The parts are the same and so is what is known of each from the others: the noise of a shot moves the
  // spread a little. With copies in all folds it would be a small part of it.
  EXPECT_NEAR(std::log(often->manifest.calibration.threshold / once->manifest.calibration.threshold), 0,
              once->manifest.calibration.log_deviation);
}

TEST(TrainerCopiesTest, CopiesOfOnePictureAreRefusedBeforeAnythingIsLearnt) {
  const std::vector<InputPicture> inputs(6, WovenInputs(1, 23)[0]);
  int reports = 0;
  EXPECT_THAT(TrainerOfInputs(inputs, OutlierAction::kWarn)
                  ->Finish(nullptr,
                           [&](const TrainingProgress&) {
                             ++reports;
                             return true;
                           }),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("the 6 good pictures"), HasSubstr("copies of one"))));
  EXPECT_EQ(reports, 0);
}

// 24 good pictures, a streaked one at 5 and black frames at 11 and 20.
std::vector<InputPicture> Contaminated() {
  std::vector<InputPicture> inputs = WovenInputs(24, 24);
  inputs.insert(inputs.begin() + 5, Streaked(inputs[0]));
  inputs.insert(inputs.begin() + 11, testing::FlatInput(64, 0));
  inputs.insert(inputs.begin() + 20, testing::FlatInput(64, 2));
  return inputs;
}

std::vector<int64_t> Named(const TrainingFindings& findings) {
  std::vector<int64_t> pictures;
  for (const Outlier& outlier : findings.outliers) pictures.push_back(outlier.picture);
  return pictures;
}

TEST_P(TrainerTest, OutliersAreNamedAndStay) {
  const auto trainer = TrainerOfInputs(Contaminated(), OutlierAction::kWarn, GetParam());
  const absl::StatusOr<Bundle> bundle = trainer->Finish(nullptr, nullptr);
  ASSERT_THAT(bundle, IsOk());
  ASSERT_THAT(Named(trainer->findings()), ElementsAre(5, 11, 20));
  for (const Outlier& outlier : trainer->findings().outliers) EXPECT_FALSE(outlier.dropped);
  EXPECT_THAT(trainer->findings().outliers[0].reason, HasSubstr("the others' limit is"));
  EXPECT_THAT(trainer->findings().outliers[1].reason, HasSubstr("black"));
  EXPECT_EQ(bundle->manifest.provenance.pictures, 27);
  EXPECT_EQ(bundle->manifest.provenance.outliers, OutlierAction::kWarn);
  EXPECT_EQ(bundle->manifest.provenance.outliers_dropped, 0);
}

TEST_P(TrainerTest, DroppedOutliersLeaveNoTrace) {
  for (const int atoms : {3, 20}) {
    const auto contaminated = TrainerOfInputs(Contaminated(), OutlierAction::kDrop, GetParam(), atoms);
    absl::StatusOr<Bundle> bundle = contaminated->Finish(nullptr, nullptr);
    ASSERT_THAT(bundle, IsOk());
    EXPECT_THAT(Named(contaminated->findings()), ElementsAre(5, 11, 20));
    for (const Outlier& outlier : contaminated->findings().outliers) EXPECT_TRUE(outlier.dropped);
    EXPECT_EQ(contaminated->findings().independent_pictures, 24);
    EXPECT_EQ(bundle->manifest.provenance.pictures, 24);
    EXPECT_EQ(bundle->manifest.provenance.outliers_dropped, 3);

    const absl::StatusOr<Bundle> clean =
        TrainerOfInputs(WovenInputs(24, 24), OutlierAction::kDrop, GetParam(), atoms)
            ->Finish(nullptr, nullptr);
    ASSERT_THAT(clean, IsOk());
    bundle->manifest.provenance.outliers_dropped = 0;
    EXPECT_EQ(SerialiseBundle(*bundle).arrays, SerialiseBundle(*clean).arrays);
    EXPECT_EQ(SerialiseBundle(*bundle).manifest, SerialiseBundle(*clean).manifest);
  }
}

TEST_P(TrainerTest, WithOutliersTheThresholdIsStillThatOfTheGoodPictures) {
  const Bundle contaminated =
      *TrainerOfInputs(Contaminated(), OutlierAction::kWarn, GetParam())->Finish(nullptr, nullptr);
  const Bundle clean =
      *TrainerOfInputs(WovenInputs(24, 24), OutlierAction::kWarn, GetParam())->Finish(nullptr, nullptr);
  const InputPicture streaked = Streaked(WovenInputs(1, 25)[0]);
  EXPECT_LT(contaminated.manifest.calibration.threshold / clean.manifest.calibration.threshold, 1.5);
  EXPECT_EQ(
      contaminated.manifest.calibration.VerdictOf(ScoresUnder(contaminated, {PixelFeatures(streaked)})[0]),
      Verdict::kNok);
}

TEST(TrainerDropTest, WhenTooFewGoodPicturesAreLeftItIsRefused) {
  std::vector<InputPicture> inputs(2, WovenInputs(1, 26)[0]);
  inputs.push_back(testing::FlatInput(64, 0));
  EXPECT_THAT(TrainerOfInputs(inputs, OutlierAction::kDrop)->Finish(nullptr, nullptr),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("copies of one")));
}

TEST(TrainerBackboneTest, UnseenGoodPicturesScoreLikeTheTrainingOnesOutOfFold) {
  CategoryOptions options = DefaultOptions(FeatureSource::kPyramid);
  std::mt19937 random(13);
  std::vector<PictureFeatures> pictures;
  for (int i = 0; i < 33; ++i) pictures.push_back(testing::MixedFields(options.features, &random));
  const std::vector<PictureFeatures> unseen(pictures.begin() + 25, pictures.end());
  pictures.resize(25);
  for (const ScoreMethod method : {ScoreMethod::kSum, ScoreMethod::kWhitened}) {
    options.scoring.method = method;
    const Bundle bundle = Train(options, pictures);
    const double middle = GeometricMean(ScoresUnder(bundle, unseen));
    EXPECT_NEAR(std::exp(bundle.manifest.calibration.log_mean) / middle, 1, 0.15);
  }
}

TEST(TrainerBackboneTest, SinglePassLearnsAtItsThreeResolutions) {
  const CategoryOptions options = DefaultOptions(FeatureSource::kSinglePass, 96);
  std::mt19937 random(14);
  std::vector<PictureFeatures> pictures;
  for (int i = 0; i < 3; ++i) pictures.push_back(testing::MixedFields(WantedFeatures(options), &random));
  const Bundle bundle = Train(options, pictures);
  ASSERT_EQ(bundle.dictionaries.size(), 3);
  EXPECT_EQ(bundle.whitening->mean.size(), 896);
  EXPECT_TRUE(std::isfinite(ScoresUnder(bundle, {pictures[0]})[0]));
}

std::vector<PictureFeatures> BackbonePictures(const CategoryOptions& options, int count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<PictureFeatures> pictures;
  for (int i = 0; i < count; ++i) pictures.push_back(testing::MixedFields(WantedFeatures(options), &random));
  return pictures;
}

TEST(TrainerFusedTest, TheDefaultOfABackboneIsFused) {
  EXPECT_EQ(DefaultOptions(FeatureSource::kPyramid).scoring.method, ScoreMethod::kFused);
  EXPECT_EQ(DefaultOptions(FeatureSource::kSinglePass).scoring.method, ScoreMethod::kFused);
  EXPECT_EQ(DefaultOptions(FeatureSource::kPixels).scoring.method, ScoreMethod::kWhitened);
}

TEST(TrainerFusedTest, TheSamePicturesGiveTheSameBytesWhateverTheThreads) {
  const CategoryOptions options = DefaultOptions(FeatureSource::kPyramid, 96);
  const std::vector<PictureFeatures> pictures = BackbonePictures(options, 6, 21);
  ThreadPool pool(2);
  const BundleFiles alone = SerialiseBundle(Train(options, pictures));
  EXPECT_EQ(alone.arrays, SerialiseBundle(Train(options, pictures, &pool)).arrays);
}

TEST(TrainerFusedTest, ABundleThatWasLoadedScoresToTheBitLikeTheOneThatWasLearnt) {
  const CategoryOptions options = DefaultOptions(FeatureSource::kPyramid, 96);
  const std::vector<PictureFeatures> pictures = BackbonePictures(options, 6, 22);
  Bundle bundle = Train(options, pictures);
  bundle.manifest.provenance.backbone_sha256 = std::string(64, 'a');
  const absl::StatusOr<Bundle> loaded = ParseBundle(SerialiseBundle(bundle));
  ASSERT_THAT(loaded, IsOk());
  EXPECT_EQ(ScoresUnder(*loaded, pictures), ScoresUnder(bundle, pictures));
}

TEST(TrainerFusedTest, UnseenGoodPicturesMeasureLikeTheTrainingOnesOutOfFold) {
  const CategoryOptions options = DefaultOptions(FeatureSource::kPyramid);
  std::vector<PictureFeatures> pictures = BackbonePictures(options, 33, 13);
  const std::vector<PictureFeatures> unseen(pictures.begin() + 25, pictures.end());
  pictures.resize(25);
  const Bundle bundle = Train(options, pictures);
  const auto coder = *PictureScorer::Make(bundle);
  const auto scorer = *FusedScorer::Make(*bundle.whitening, *bundle.appearance, options.scoring.top_patches);
  std::vector<double> residual;
  std::vector<double> detail;
  std::vector<double> memory;
  for (const PictureFeatures& picture : unseen) {
    const CodedPicture coded = *coder->Code(picture, nullptr);
    const Measures measures = scorer->Measure(coded.residuals, coded.appearance, nullptr).measures;
    residual.push_back(measures.residual);
    detail.push_back(measures.detail);
    memory.push_back(measures.memory);
  }
  const FusionScales& scales = bundle.appearance->scales;
  EXPECT_NEAR(std::exp(scales.residual.middle) / GeometricMean(residual), 1, 0.15);
  EXPECT_NEAR(std::exp(scales.detail.middle) / GeometricMean(detail), 1, 0.15);
  EXPECT_NEAR(std::exp(scales.memory.middle) / GeometricMean(memory), 1, 0.15);
}

TEST(TrainerFusedTest, APictureOfAnotherLookIsFlaggedByTheAppearanceViewAlone) {
  const CategoryOptions options = DefaultOptions(FeatureSource::kPyramid, 128);
  std::vector<PictureFeatures> pictures = BackbonePictures(options, 21, 23);
  PictureFeatures strange = std::move(pictures.back());
  pictures.pop_back();
  const Bundle bundle = Train(options, pictures);
  // Twice as strong everywhere: standardised, the maps of the residual view are the same.
  for (FeatureMap& map : strange.appearance) {
    for (float& value : map.values) value *= 2;
  }
  const auto scorer = *PictureScorer::Make(bundle);
  const PictureScore score = scorer->Score(*scorer->Code(strange, nullptr), nullptr);
  EXPECT_EQ(bundle.manifest.calibration.VerdictOf(score.raw), Verdict::kNok);
  ASSERT_EQ(score.views.size(), 2u);
  EXPECT_EQ(score.views[0].view, "appearance");
  EXPECT_GT(score.views[0].deviations, 3);
  EXPECT_EQ(score.views[1].view, "residual");
  EXPECT_LT(score.views[1].deviations, 3);
}

TEST(TrainerFusedTest, FeaturesWithoutAppearanceAreRefused) {
  const CategoryOptions options = DefaultOptions(FeatureSource::kPyramid, 96);
  std::mt19937 random(24);
  const auto trainer = TrainerOf(options, {});
  EXPECT_THAT(trainer->AddPicture(testing::MixedFields(options.features, &random)),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("appearance layers")));
  EXPECT_EQ(trainer->pictures(), 0);
}

// The first mini-batch alone would take minutes: none ends before the training does.
TEST(TrainerCancelTest, ATrainingEndsInTheMiddleOfAMiniBatch) {
  CategoryOptions options = WovenOptions(512, ScoreMethod::kWhitened);
  options.patches.stride = 1;
  DefaultTopCounts(&options);
  options.coding.alpha = 1e-6;
  options.learning.batch_pictures = 64;
  const auto trainer = TrainerOf(options, std::vector<PictureFeatures>(64, WovenPictures(1, 1)[0]));
  ThreadPool pool(1);
  Cancellation cancellation;
  int mini_batches = 0;
  std::atomic<bool> begun{false};
  std::thread client([&] {
    while (!begun) std::this_thread::yield();
    cancellation.Cancel();
  });
  begun = true;
  const absl::StatusOr<Bundle> bundle = trainer->Finish({&pool, &cancellation}, [&](const TrainingProgress&) {
    ++mini_batches;
    return true;
  });
  client.join();
  EXPECT_THAT(bundle, StatusIs(absl::StatusCode::kCancelled, HasSubstr("training")));
  EXPECT_EQ(mini_batches, 0);
}

// Whatever a training does between two reports, it ends there once it is cancelled.
TEST(TrainerCancelTest, NoReportComesAfterTheOneThatSawTheCancellation) {
  for (const int atoms : {2, 17}) {
    const std::vector<PictureFeatures> pictures = WovenPictures(10, 2);
    int64_t all_reports = 0;
    ASSERT_THAT(TrainerOf(WovenOptions(atoms, ScoreMethod::kWhitened), pictures)
                    ->Finish(nullptr,
                             [&](const TrainingProgress&) {
                               ++all_reports;
                               return true;
                             }),
                IsOk());
    for (int64_t last = 1; last < all_reports; ++last) {
      Cancellation cancellation;
      int64_t reports = 0;
      const auto trainer = TrainerOf(WovenOptions(atoms, ScoreMethod::kWhitened), pictures);
      const auto bundle = trainer->Finish({nullptr, &cancellation}, [&](const TrainingProgress&) {
        if (++reports == last) cancellation.Cancel();
        return true;
      });
      EXPECT_THAT(bundle, StatusIs(absl::StatusCode::kCancelled, HasSubstr("training"))) << last;
      EXPECT_EQ(reports, last);
    }
  }
}

TEST(TrainerRefusalTest, FewerThanTwoPicturesCannotBeCalibrated) {
  const CategoryOptions options = WovenOptions(3, ScoreMethod::kWhitened);
  EXPECT_THAT(
      TrainerOf(options, {})->Finish(nullptr, nullptr),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("0 good pictures cannot be calibrated")));
  EXPECT_THAT(TrainerOf(options, WovenPictures(1, 1))->Finish(nullptr, nullptr),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("1 good picture cannot be calibrated"), HasSubstr("at least 2"))));
}

TEST(TrainerRefusalTest, MorePicturesThanTheLimit) {
  TrainerOptions trainer_options;
  trainer_options.max_pictures = 2;
  const auto trainer = Trainer::Create(WovenOptions(3, ScoreMethod::kSum), trainer_options);
  ASSERT_THAT(trainer, IsOk());
  const std::vector<PictureFeatures> pictures = WovenPictures(3, 1);
  EXPECT_THAT((*trainer)->AddPicture(pictures[0]), IsOk());
  EXPECT_THAT((*trainer)->AddPicture(pictures[1]), IsOk());
  EXPECT_THAT((*trainer)->AddPicture(pictures[2]),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("more than 2 pictures")));
  EXPECT_EQ((*trainer)->pictures(), 2);
}

TEST(TrainerRefusalTest, FeaturesThatAreNotFiniteAreNotAdded) {
  const auto trainer = TrainerOf(WovenOptions(3, ScoreMethod::kSum), {});
  PictureFeatures picture = WovenPictures(1, 1)[0];
  picture.maps[0].values[5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(trainer->AddPicture(picture), StatusIs(absl::StatusCode::kInternal, HasSubstr("not finite")));
  EXPECT_EQ(trainer->pictures(), 0);
}

TEST(TrainerRefusalTest, OptionsThatCannotBeUsed) {
  CategoryOptions options = WovenOptions(3, ScoreMethod::kSum);
  options.learning.atoms = 0;
  EXPECT_THAT(Trainer::Create(options, {}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("atoms is 0")));
}

TEST(TrainerRefusalTest, ASpoolFolderThatIsMissing) {
  TrainerOptions trainer_options;
  trainer_options.spool.folder = "/nowhere/to/be/found";
  EXPECT_THAT(Trainer::Create(WovenOptions(3, ScoreMethod::kSum), trainer_options),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("/nowhere/to/be/found")));
}

}  // namespace
}  // namespace mlfsc
