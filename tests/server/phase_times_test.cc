#include "server/phase_times.h"

#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlfsc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr absl::Time kStart = absl::UnixEpoch();

absl::Time At(int ms) { return kStart + absl::Milliseconds(ms); }

std::vector<std::pair<std::string, double>> FieldsAt(const PhaseTimes& times, int ms) {
  std::vector<std::pair<std::string, double>> fields;
  for (const LogField& field : times.Fields(At(ms))) {
    fields.emplace_back(field.name, std::get<double>(field.value));
  }
  return fields;
}

TEST(PhaseTimesTest, AWordTakesTheTimeBeforeItAndTheLastOneTheRest) {
  PhaseTimes times(kStart);
  times.Hear(TrainingPhase::kWaiting, At(5));
  times.Hear(TrainingPhase::kFeatures, At(105));
  times.Hear(TrainingPhase::kFeatures, At(205));
  times.Hear(TrainingPhase::kLearning, At(235));
  EXPECT_THAT(FieldsAt(times, 275),
              ElementsAre(Pair("waiting_ms", 5), Pair("features_ms", 200), Pair("learning_ms", 70)));
}

TEST(PhaseTimesTest, APhaseThatComesAgainAddsUp) {
  PhaseTimes times(kStart);
  times.Hear(TrainingPhase::kStatistics, At(10));
  times.Hear(TrainingPhase::kCalibration, At(30));
  times.Hear(TrainingPhase::kStatistics, At(70));
  EXPECT_THAT(FieldsAt(times, 70), ElementsAre(Pair("statistics_ms", 50), Pair("calibration_ms", 20)));
}

TEST(PhaseTimesTest, ATrainingThatNeverBeganHasNone) {
  EXPECT_THAT(FieldsAt(PhaseTimes(kStart), 10), IsEmpty());
}

}  // namespace
}  // namespace mlfsc
