#include "core/features/standardise_channel.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/vector_targets.h"

namespace mlfsc {
namespace {

using StandardiseChannelTest = testing::VectorTargetTest;

TEST_P(StandardiseChannelTest, IsTheNaiveLoopWhateverTheLength) {
  std::mt19937 random(11);
  std::normal_distribution<float> normal(40, 7);
  for (size_t count : {2, 3, 7, 8, 31, 32, 33, 64, 100, 784}) {
    std::vector<float> values(count);
    std::generate(values.begin(), values.end(), [&] { return normal(random); });
    double mean = 0;
    for (const float value : values) mean += value / static_cast<double>(count);
    double squares = 0;
    for (const float value : values) squares += (value - mean) * (value - mean);
    const double deviation = std::sqrt(squares / static_cast<double>(count - 1));
    std::vector<float> found = values;
    ASSERT_TRUE(StandardiseChannel(found.data(), count));
    for (size_t i = 0; i < count; ++i) {
      const double want = (values[i] - mean) / deviation;
      // Float64 throughout, then one rounding to float32.
      EXPECT_NEAR(found[i], want, std::numeric_limits<float>::epsilon() * std::max(1.0, std::abs(want)))
          << count << " " << i;
    }
  }
}

TEST_P(StandardiseChannelTest, AConstantChannelAndASingleValueBecomeZero) {
  for (size_t count : {1, 5, 64, 100}) {
    std::vector<float> values(count, 3.25F);
    ASSERT_TRUE(StandardiseChannel(values.data(), count));
    EXPECT_THAT(values, ::testing::Each(0.0F));
  }
  EXPECT_TRUE(StandardiseChannel(nullptr, 0));
}

TEST_P(StandardiseChannelTest, AValueThatIsNotFiniteIsFoundWhereverItIs) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    for (size_t place : {0, 1, 31, 32, 63, 69}) {
      std::vector<float> values(70, 1);
      values[place] = bad;
      EXPECT_FALSE(StandardiseChannel(values.data(), values.size())) << place;
    }
  }
}

INSTANTIATE_VECTOR_TARGETS(StandardiseChannelTest);

}  // namespace
}  // namespace mlfsc
