#include "core/features/feature_map.h"

#include <memory>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "core/features/feature_extractor.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::testing::HasSubstr;

class FakeDeviceFeatures : public DeviceFeatures {
 public:
  explicit FakeDeviceFeatures(absl::StatusOr<std::vector<FeatureMap>> maps) : maps_(std::move(maps)) {}
  absl::StatusOr<std::vector<FeatureMap>> CopyToHost() const override { return maps_; }

 private:
  const absl::StatusOr<std::vector<FeatureMap>> maps_;
};

std::vector<FeatureMap> OneMap() { return {{"conv2_2", 1, 1, 2, {3, 4}}}; }

TEST(InHostMemoryTest, FeaturesInTheHostsMemoryAreHandedBack) {
  const absl::StatusOr<PictureFeatures> features = InHostMemory({OneMap(), nullptr});
  ASSERT_THAT(features, IsOk());
  EXPECT_EQ(features->maps.at(0).values, OneMap().at(0).values);
}

TEST(InHostMemoryTest, FeaturesOnADeviceAreCopied) {
  const absl::StatusOr<PictureFeatures> features =
      InHostMemory({{}, std::make_shared<FakeDeviceFeatures>(OneMap())});
  ASSERT_THAT(features, IsOk());
  EXPECT_EQ(features->maps.at(0).values, OneMap().at(0).values);
  EXPECT_EQ(features->device, nullptr);
}

TEST(InHostMemoryTest, ADeviceThatFailsSaysWhy) {
  EXPECT_THAT(
      InHostMemory({{}, std::make_shared<FakeDeviceFeatures>(absl::InternalError("fell off the bus"))}),
      StatusIs(absl::StatusCode::kInternal, HasSubstr("fell off the bus")));
}

TEST(StandardiseTest, FeaturesOnADeviceAreLeftToItsCoder) {
  const auto device = std::make_shared<FakeDeviceFeatures>(OneMap());
  const absl::StatusOr<PictureFeatures> features = Standardise({FeatureSource::kPyramid, 64}, {{}, device});
  ASSERT_THAT(features, IsOk());
  EXPECT_EQ(features->device, device);
}

}  // namespace
}  // namespace mlfsc
