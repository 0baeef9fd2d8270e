#include "server/time_left.h"

#include <gmock/gmock.h>

namespace mlfsc {
namespace {

constexpr absl::Time kStart = absl::UnixEpoch();

TrainingProgress At(TrainingPhase phase, int64_t done, int64_t total) {
  TrainingProgress progress;
  progress.phase = phase;
  progress.pictures_done = done;
  progress.pictures_total = total;
  return progress;
}

TEST(TimeLeftTest, IsUnknownBeforeAPaceIsKnown) {
  TimeLeft time_left;
  EXPECT_EQ(time_left.Estimate(At(TrainingPhase::kWaiting, 0, 100), kStart), std::nullopt);
  EXPECT_EQ(time_left.Estimate(At(TrainingPhase::kFeatures, 0, 100), kStart), std::nullopt);
  EXPECT_EQ(time_left.Estimate(At(TrainingPhase::kFeatures, 1, 100), kStart + absl::Seconds(1)),
            std::nullopt);
}

TEST(TimeLeftTest, IsUnknownWhileTheNumberOfPicturesIs) {
  TimeLeft time_left;
  time_left.Estimate(At(TrainingPhase::kFeatures, 0, 0), kStart);
  EXPECT_EQ(time_left.Estimate(At(TrainingPhase::kFeatures, 50, 0), kStart + absl::Seconds(5)), std::nullopt);
}

TEST(TimeLeftTest, ShrinksAsPhasesPass) {
  TimeLeft time_left;
  time_left.Estimate(At(TrainingPhase::kFeatures, 0, 100), kStart);
  absl::Duration last = absl::InfiniteDuration();
  // Half a minute for all the features; the later phases take no longer than foreseen.
  const std::pair<TrainingProgress, int> steps[] = {
      {At(TrainingPhase::kFeatures, 50, 100), 15},    {At(TrainingPhase::kFeatures, 100, 100), 30},
      {At(TrainingPhase::kLearning, 200, 200), 36},   {At(TrainingPhase::kStatistics, 100, 100), 38},
      {At(TrainingPhase::kCalibration, 50, 100), 39}, {At(TrainingPhase::kPublishing, 0, 0), 40},
  };
  for (const auto& [progress, seconds] : steps) {
    const std::optional<absl::Duration> left = time_left.Estimate(progress, kStart + absl::Seconds(seconds));
    ASSERT_TRUE(left.has_value());
    EXPECT_LT(*left, last);
    last = *left;
  }
  EXPECT_LT(last, absl::Seconds(1));
}

}  // namespace
}  // namespace mlfsc
