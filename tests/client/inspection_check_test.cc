#include "client/inspection_check.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(InspectionCheckTest, AnOrdinaryOneIsSound) {
  v1::Inspection inspection;
  EXPECT_THAT(CheckInspection(inspection), IsOk());
  inspection.set_verdict(v1::NOK);
  inspection.set_raw_score(12.5);
  inspection.add_layers()->add_top_channels()->set_score(3);
  EXPECT_THAT(CheckInspection(inspection), IsOk());
}

TEST(InspectionCheckTest, AVerdictNobodyKnowsIsNamed) {
  v1::Inspection inspection;
  inspection.set_verdict(static_cast<v1::Verdict>(-7));
  EXPECT_THAT(CheckInspection(inspection), StatusIs(absl::StatusCode::kInternal, HasSubstr("verdict -7")));
}

TEST(InspectionCheckTest, AScoreThatIsNoNumberIsNamed) {
  v1::Inspection inspection;
  inspection.set_raw_score(kNan);
  EXPECT_THAT(CheckInspection(inspection), StatusIs(absl::StatusCode::kInternal, HasSubstr("raw_score nan")));
  inspection.set_raw_score(0);
  inspection.set_threshold(std::numeric_limits<double>::infinity());
  EXPECT_THAT(CheckInspection(inspection), StatusIs(absl::StatusCode::kInternal, HasSubstr("threshold inf")));
  inspection.set_threshold(0);
  inspection.add_layers()->set_score(kNan);
  EXPECT_THAT(CheckInspection(inspection), StatusIs(absl::StatusCode::kInternal, HasSubstr("layer score")));
  inspection.mutable_layers(0)->set_score(0);
  inspection.mutable_layers(0)->add_top_channels()->set_score(kNan);
  EXPECT_THAT(CheckInspection(inspection), StatusIs(absl::StatusCode::kInternal, HasSubstr("channel score")));
}

}  // namespace
}  // namespace mlfsc::client
