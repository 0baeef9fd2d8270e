#include "core/training/spool_size.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/training/trainer.h"
#include "tests/core/training/training_pictures.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

// Bytes in this process's files of `folder` that have no name.
int64_t MeasuredIn(const std::string& folder) {
  int64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    const std::string file = std::filesystem::read_symlink(entry.path(), error).string();
    struct stat status;
    if (file.rfind(folder + "/mlfsc-spool-", 0) == 0 && stat(entry.path().c_str(), &status) == 0)
      bytes += status.st_size;
  }
  return bytes;
}

CategoryOptions OptionsOf(FeatureSource source, int input_size, ScoreMethod method) {
  CategoryOptions options = DefaultOptions(source, input_size);
  options.scoring.method = method;
  return options;
}

// Features as the network would give them for the options.
PictureFeatures PictureOf(const CategoryOptions& options, std::mt19937* random) {
  if (options.features.source == FeatureSource::kPixels)
    return testing::WovenPixels(options.features.input_size, random);
  return testing::MixedFields(WantedFeatures(options), random);
}

// What three pictures have in the spool: when all are added, and at the most while the bundle is made.
std::pair<int64_t, int64_t> Measure(const CategoryOptions& options) {
  const testing::TemporaryFolder folder;
  SpoolMeter meter;
  TrainerOptions trainer_options;
  trainer_options.spool = SpoolPlace(folder.path(), &meter);
  auto trainer = *Trainer::Create(options, trainer_options);
  std::mt19937 random(1);
  for (int i = 0; i < 3; ++i) EXPECT_THAT(trainer->AddPicture(PictureOf(options, &random)), IsOk());
  const int64_t added = MeasuredIn(folder.path());
  EXPECT_EQ(meter.bytes(), added);
  int64_t most = 0;
  const auto bundle = trainer->Finish(nullptr, [&](const TrainingProgress&) {
    most = std::max(most, MeasuredIn(folder.path()));
    EXPECT_EQ(meter.bytes(), MeasuredIn(folder.path()));
    return true;
  });
  EXPECT_THAT(bundle, IsOk());
  trainer.reset();
  EXPECT_EQ(meter.bytes(), 0);
  return {added, most};
}

TEST(SpoolSizeTest, TheSpoolIsAsLargeAsTheFormulaSays) {
  CategoryOptions few_atoms = testing::WovenOptions(2, ScoreMethod::kWhitened);
  CategoryOptions many_atoms = testing::WovenOptions(17, ScoreMethod::kSum);
  CategoryOptions dense = few_atoms;
  dense.patches.stride = 1;
  CategoryOptions one_atom = OptionsOf(FeatureSource::kPyramid, 128, ScoreMethod::kSum);
  one_atom.learning.atoms = 1;
  one_atom.patches = {2, 1};
  one_atom.learning.epochs = 1;
  for (const CategoryOptions& options : {few_atoms, many_atoms, dense, one_atom}) {
    const SpoolSize size = SpoolSizeOf(options);
    const auto [added, most] = Measure(options);
    EXPECT_EQ(added, 3 * size.added()) << options.features.input_size;
    EXPECT_EQ(most, 3 * size.total()) << options.features.input_size;
  }
}

TEST(SpoolSizeTest, AFusedTrainingSpoolsItsAppearanceToo) {
  CategoryOptions options = DefaultOptions(FeatureSource::kPyramid, 96);
  options.learning.epochs = 1;
  const SpoolSize size = SpoolSizeOf(options);
  EXPECT_GT(size.appearance, 0);
  const auto [added, most] = Measure(options);
  EXPECT_EQ(added, 3 * size.added());
  // Three pictures are so few that each fold has its own dictionaries.
  EXPECT_EQ(most, added);
}

// The figures that the manual gives, in MB a picture.
TEST(SpoolSizeTest, SizesAreThoseOfTheManual) {
  const auto megabytes = [](FeatureSource source, int input_size, ScoreMethod method) {
    return static_cast<double>(SpoolSizeOf(OptionsOf(source, input_size, method)).total()) / 1e6;
  };
  constexpr double kRounding = 0.05;
  EXPECT_NEAR(megabytes(FeatureSource::kPyramid, 128, ScoreMethod::kFused), 0.9, kRounding);
  EXPECT_NEAR(megabytes(FeatureSource::kPyramid, 256, ScoreMethod::kFused), 5.2, kRounding);
  EXPECT_NEAR(megabytes(FeatureSource::kPyramid, 512, ScoreMethod::kFused), 24.3, kRounding);
  EXPECT_NEAR(megabytes(FeatureSource::kPyramid, 1024, ScoreMethod::kFused), 105.0, kRounding);
  EXPECT_NEAR(megabytes(FeatureSource::kPyramid, 256, ScoreMethod::kWhitened), 3.2, kRounding);
  EXPECT_NEAR(megabytes(FeatureSource::kPyramid, 512, ScoreMethod::kWhitened), 15.5, kRounding);
  EXPECT_NEAR(megabytes(FeatureSource::kPyramid, 1024, ScoreMethod::kWhitened), 67.6, kRounding);
  EXPECT_NEAR(megabytes(FeatureSource::kSinglePass, 256, ScoreMethod::kFused), 17.8, kRounding);
  EXPECT_NEAR(megabytes(FeatureSource::kSinglePass, 512, ScoreMethod::kFused), 77.2, kRounding);
  EXPECT_NEAR(megabytes(FeatureSource::kSinglePass, 1024, ScoreMethod::kFused), 320.9, kRounding);
  EXPECT_NEAR(megabytes(FeatureSource::kSinglePass, 256, ScoreMethod::kWhitened), 15.9, kRounding);
  EXPECT_NEAR(megabytes(FeatureSource::kSinglePass, 512, ScoreMethod::kWhitened), 68.4, kRounding);
  EXPECT_NEAR(megabytes(FeatureSource::kSinglePass, 1024, ScoreMethod::kWhitened), 283.5, kRounding);
  EXPECT_NEAR(megabytes(FeatureSource::kPixels, 256, ScoreMethod::kWhitened), 0.3, kRounding);
}

TEST(SpoolSizeTest, APictureThatWillNotFitIsRefusedWithWhatIsNeededAndFree) {
  const CategoryOptions options = testing::WovenOptions(2, ScoreMethod::kWhitened);
  const SpoolSize size = SpoolSizeOf(options);
  ASSERT_GT(size.residuals, 0);
  const testing::TemporaryFolder folder;
  TrainerOptions trainer_options;
  trainer_options.spool = SpoolPlace(folder.path());
  // As much as two pictures and their residuals take.
  trainer_options.spool.free_bytes = [&](const std::string& asked) -> absl::StatusOr<int64_t> {
    EXPECT_EQ(asked, folder.path());
    return 2 * size.total() - MeasuredIn(folder.path());
  };
  auto trainer = *Trainer::Create(options, trainer_options);
  std::mt19937 random(1);
  EXPECT_THAT(trainer->AddPicture(testing::WovenPixels(64, &random)), IsOk());
  EXPECT_THAT(trainer->AddPicture(testing::WovenPixels(64, &random)), IsOk());
  EXPECT_THAT(trainer->AddPicture(testing::WovenPixels(64, &random)),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       AllOf(HasSubstr(folder.path()), HasSubstr("3 pictures needs 0.0 MB more"),
                             HasSubstr("0.0 MB are free"))));
  EXPECT_EQ(trainer->pictures(), 2);

  // Said at once when the number is known.
  trainer.reset();
  trainer_options.expected_pictures = 3;
  EXPECT_THAT(Trainer::Create(options, trainer_options),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("3 pictures")));
  trainer_options.expected_pictures = 2;
  EXPECT_THAT(Trainer::Create(options, trainer_options), IsOk());
}

TEST(SpoolSizeTest, WhereNobodyKnowsWhatIsFreeWritingTells) {
  SpoolPlace place("/tmp");
  place.free_bytes = [](const std::string&) { return absl::FailedPreconditionError("cannot tell"); };
  EXPECT_THAT(CheckRoom(place, int64_t{1} << 60, 1), IsOk());
  EXPECT_THAT(FreeBytes("/no/such/folder"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("/no/such/folder")));
  const absl::StatusOr<int64_t> free = FreeBytes("/tmp");
  ASSERT_THAT(free, IsOk());
  EXPECT_GT(*free, 0);
}

}  // namespace
}  // namespace mlfsc
