#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/features/feature_extractor.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;

constexpr int kInputSize = 64;

FeatureOptions Options(FeatureSource source) {
  FeatureOptions options;
  options.source = source;
  options.input_size = kInputSize;
  return options;
}

int BorderOf(const FeatureOptions& options) {
  return options.source == FeatureSource::kPixels ? 0 : kBorderCells;
}

// What a backbone would give for `options`: noise around a mean and with a deviation of each channel's own.
PictureFeatures RandomFeatures(const FeatureOptions& options, int seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  PictureFeatures features;
  for (const LayerShape& shape : StandardisedShapes(options)) {
    FeatureMap map;
    map.layer = shape.layer;
    map.channels = shape.channels;
    map.height = shape.height + 2 * BorderOf(options);
    map.width = shape.width + 2 * BorderOf(options);
    map.values.resize(map.channels * map.plane_size());
    for (int channel = 0; channel < map.channels; ++channel) {
      const float mean = 10 * normal(random);
      const float deviation = std::exp(normal(random));
      for (size_t i = 0; i < map.plane_size(); ++i) map.plane(channel)[i] = mean + deviation * normal(random);
    }
    features.maps.push_back(std::move(map));
  }
  return features;
}

// Calls body(row, column) for every cell inside the border.
template <typename Body>
void ForEachInnerCell(const FeatureMap& map, int border, const Body& body) {
  for (int row = border; row < map.height - border; ++row) {
    for (int column = border; column < map.width - border; ++column) body(row, column);
  }
}

// The definition, cell by cell in long double.
FeatureMap NaiveStandardise(const FeatureMap& map, int border) {
  FeatureMap result;
  result.layer = map.layer;
  result.channels = map.channels;
  result.height = map.height - 2 * border;
  result.width = map.width - 2 * border;
  for (int channel = 0; channel < map.channels; ++channel) {
    const auto value = [&](int row, int column) -> long double {
      return map.plane(channel)[row * map.width + column];
    };
    long double sum = 0;
    ForEachInnerCell(map, border, [&](int row, int column) { sum += value(row, column); });
    const long double count = static_cast<long double>(result.plane_size());
    const long double mean = sum / count;
    long double squares = 0;
    ForEachInnerCell(map, border, [&](int row, int column) {
      squares += (value(row, column) - mean) * (value(row, column) - mean);
    });
    const long double deviation = std::sqrt(squares / (count - 1));
    ForEachInnerCell(map, border, [&](int row, int column) {
      result.values.push_back(static_cast<float>((value(row, column) - mean) / deviation));
    });
  }
  return result;
}

class StandardiseTest : public ::testing::TestWithParam<FeatureSource> {};
INSTANTIATE_TEST_SUITE_P(Sources, StandardiseTest,
                         ::testing::Values(FeatureSource::kPyramid, FeatureSource::kSinglePass,
                                           FeatureSource::kPixels),
                         [](const ::testing::TestParamInfo<FeatureSource>& source) -> std::string {
                           switch (source.param) {
                             case FeatureSource::kPyramid:
                               return "Pyramid";
                             case FeatureSource::kSinglePass:
                               return "SinglePass";
                             case FeatureSource::kPixels:
                               return "Pixels";
                           }
                           return "";
                         });

TEST_P(StandardiseTest, EqualsTheNaiveLoop) {
  const FeatureOptions options = Options(GetParam());
  const PictureFeatures features = RandomFeatures(options, 1);

  const absl::StatusOr<PictureFeatures> result = Standardise(options, features);

  ASSERT_THAT(result, IsOk());
  ASSERT_EQ(result->maps.size(), features.maps.size());
  for (size_t i = 0; i < features.maps.size(); ++i) {
    const FeatureMap want = NaiveStandardise(features.maps[i], BorderOf(options));
    const FeatureMap& got = result->maps[i];
    EXPECT_EQ(got.layer, want.layer);
    EXPECT_EQ(got.channels, want.channels);
    EXPECT_EQ(got.height, want.height);
    EXPECT_EQ(got.width, want.width);
    ASSERT_EQ(got.values.size(), want.values.size());
    for (size_t k = 0; k < want.values.size(); ++k) {
      // Both round a float64 (or wider) number to float32 once: one step apart at most, 2^-23 of the value,
      // and the same near 0 but for float64's rounding of the mean.
      ASSERT_NEAR(got.values[k], want.values[k], std::abs(want.values[k]) / (1 << 23) + 1e-12) << k;
    }
  }
}

TEST_P(StandardiseTest, ResultHasTheShapesThatAreStated) {
  const FeatureOptions options = Options(GetParam());
  const absl::StatusOr<PictureFeatures> result = Standardise(options, RandomFeatures(options, 2));
  ASSERT_THAT(result, IsOk());
  const std::vector<LayerShape> shapes = StandardisedShapes(options);
  ASSERT_EQ(result->maps.size(), shapes.size());
  for (size_t i = 0; i < shapes.size(); ++i) {
    EXPECT_EQ(result->maps[i].layer, shapes[i].layer);
    EXPECT_EQ(result->maps[i].channels, shapes[i].channels);
    EXPECT_EQ(result->maps[i].height, shapes[i].height);
    EXPECT_EQ(result->maps[i].width, shapes[i].width);
    EXPECT_EQ(result->maps[i].values.size(), shapes[i].channels * result->maps[i].plane_size());
  }
}

// Channel 3 of the deepest layer of a pyramid, filled by `fill(row, column)`, after standardisation.
template <typename Fill>
std::vector<float> StandardisedChannel(const Fill& fill) {
  const FeatureOptions options = Options(FeatureSource::kPyramid);
  PictureFeatures features = RandomFeatures(options, 3);
  FeatureMap& map = features.maps[0];
  for (int row = 0; row < map.height; ++row) {
    for (int column = 0; column < map.width; ++column) {
      map.plane(3)[row * map.width + column] = fill(row, column);
    }
  }
  const absl::StatusOr<PictureFeatures> result = Standardise(options, std::move(features));
  EXPECT_THAT(result, IsOk());
  const FeatureMap& standardised = result->maps[0];
  return {standardised.plane(3), standardised.plane(3) + standardised.plane_size()};
}

TEST(StandardiseChannelTest, AConstantChannelBecomesAllZeros) {
  for (const float value : {0.0f, 0.1f, -7.3f, 1e30f, -1e-30f}) {
    EXPECT_THAT(StandardisedChannel([&](int, int) { return value; }), Each(0.0f)) << value;
  }
}

TEST(StandardiseChannelTest, AChannelThatVariesByRoundingOnlyBecomesAllZeros) {
  // A checkerboard of two neighbouring float32 numbers.
  const float low = 5.7f;
  const float high = std::nextafter(low, 6.0f);
  EXPECT_THAT(StandardisedChannel([&](int row, int column) { return (row + column) % 2 == 0 ? low : high; }),
              Each(0.0f));
}

TEST(StandardiseChannelTest, OneCellThatDiffersByAGreyStepIsKept) {
  const std::vector<float> channel =
      StandardisedChannel([](int row, int column) { return row == 4 && column == 5 ? 1.0f : 254.0f / 255; });
  // 4 rows and columns of 8 - 4 = 4 remain; the cell lies at (2, 3). One of n values that differs has the
  // standardised value (n - 1) / sqrt(n). The step itself is rounded to 2^-24 of 1: 2^-16 of it.
  ASSERT_EQ(channel.size(), 16u);
  EXPECT_NEAR(channel[2 * 4 + 3], 15 / std::sqrt(16.0), 4.0 / (1 << 16));
}

TEST(StandardiseChannelTest, ALargeMeanDoesNotDrownASmallDeviation) {
  // Squares summed without taking off the mean first would lose these deviations in float64 too.
  const std::vector<float> channel = StandardisedChannel(
      [](int row, int column) { return 1e12f * ((row + column) % 2 == 0 ? 1.0f : 1.0001f); });
  // Half the values lie on each side: +- sqrt((n - 1) / n) for n = 16.
  const double want = std::sqrt(15.0 / 16);
  for (const float value : channel) EXPECT_NEAR(std::abs(value), want, 1e-6);
}

TEST(StandardiseChannelTest, WhatLiesInTheBorderHasNoInfluence) {
  const auto inner = [](int row, int column) { return static_cast<float>(row * column); };
  const auto with_border = [&](float border) {
    return StandardisedChannel([&inner, border](int row, int column) {
      const bool inside = row >= 2 && row < 6 && column >= 2 && column < 6;
      return inside ? inner(row, column) : border;
    });
  };
  EXPECT_EQ(with_border(0), with_border(1e6f));
}

TEST(StandardiseRefusalTest, AValueThatIsNotFiniteIsAnErrorThatNamesTheChannel) {
  const FeatureOptions options = Options(FeatureSource::kPyramid);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    PictureFeatures features = RandomFeatures(options, 4);
    features.maps[1].plane(17)[3 * features.maps[1].width + 3] = bad;
    EXPECT_THAT(Standardise(options, features),
                StatusIs(absl::StatusCode::kInternal, AllOf(HasSubstr("channel 17"), HasSubstr("conv3_3"))));
  }
}

TEST(StandardiseRefusalTest, FeaturesOfAnotherShapeAreAnError) {
  const FeatureOptions options = Options(FeatureSource::kPyramid);
  PictureFeatures features = RandomFeatures(options, 5);
  features.maps[2].width -= 1;
  EXPECT_THAT(Standardise(options, features),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("conv2_2 is 128x8x7 in 8192 values")));
}

TEST(StandardiseRefusalTest, FeaturesThatLiveElsewhereAreAnError) {
  EXPECT_THAT(Standardise(Options(FeatureSource::kPyramid), {}),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("0 layers")));
}

}  // namespace
}  // namespace mlfsc
