#include "models/bare_forward.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/backbone_fixture.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::kShippedBackbone;
using ::mlfsc::testing::StatusIs;
using ::testing::HasSubstr;

TEST(BareForwardTest, RunsBothModesOnAnyBatch) {
  const std::unique_ptr<BareForward> bare = BareForward::Make({kShippedBackbone, "cpu", 2}).value();
  for (const FeatureSource source : {FeatureSource::kPyramid, FeatureSource::kSinglePass}) {
    for (const int batch : {1, 3}) {
      ASSERT_THAT(bare->Prepare({source, 64}, batch), IsOk());
      EXPECT_THAT(bare->Run(), IsOk());
      EXPECT_THAT(bare->Run(), IsOk());
    }
  }
}

TEST(BareForwardTest, WithoutAnInputItDoesNotRun) {
  const std::unique_ptr<BareForward> bare = BareForward::Make({kShippedBackbone, "cpu", 1}).value();
  EXPECT_THAT(bare->Run(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("prepared")));
  EXPECT_THAT(bare->Prepare({FeatureSource::kPixels, 64}, 1),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("pixels")));
  EXPECT_THAT(bare->Prepare({FeatureSource::kPyramid, 64}, 0),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("0 pictures")));
}

TEST(BareForwardTest, AMissingBackboneIsNotFound) {
  EXPECT_THAT(BareForward::Make({"/nowhere.safetensors", "cpu", 1}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nowhere.safetensors")));
}

}  // namespace
}  // namespace mlfsc
