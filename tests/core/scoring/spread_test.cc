#include "core/scoring/spread.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <boost/math/distributions/students_t.hpp>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/testing/golden.h"

namespace mlfsc {
namespace {

constexpr double kNormalQuartile = 0.6744897501960817;

// Looks at every pair.
double NaiveSpread(const std::vector<double>& values) {
  std::vector<double> distances;
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t j = 0; j < i; ++j) distances.push_back(std::abs(values[i] - values[j]));
  }
  std::sort(distances.begin(), distances.end());
  const size_t middle = distances.size() / 2;
  const double median =
      distances.size() % 2 == 1 ? distances[middle] : (distances[middle - 1] + distances[middle]) / 2;
  return median / (std::sqrt(2.0) * kNormalQuartile);
}

std::vector<double> Normal(int count, std::mt19937* random) {
  std::normal_distribution<double> normal(7, 0.3);
  std::vector<double> values(count);
  for (double& value : values) value = normal(*random);
  return values;
}

TEST(SpreadTest, MedianAndSpreadAreTheGoldenOnes) {
  const SafetensorsFile golden = testing::ReadGolden("spread.safetensors");
  for (const int count : {2, 3, 4, 5, 8, 9, 31, 110}) {
    const std::vector<float> stored = testing::GoldenFloats(golden, absl::StrCat("values.", count));
    ASSERT_EQ(stored.size(), count);
    const std::vector<double> values(stored.begin(), stored.end());
    // Values of about 7 are read as float32: half a unit in the last place each.
    EXPECT_NEAR(Median(values), testing::GoldenFloats(golden, absl::StrCat("median.", count))[0], 1e-6);
    EXPECT_NEAR(PairwiseSpread(values), testing::GoldenFloats(golden, absl::StrCat("spread.", count))[0],
                1e-6)
        << count;
  }
}

TEST(SpreadTest, MedianOfAnEvenNumberIsTheMeanOfTheMiddleTwo) {
  EXPECT_EQ(Median({5}), 5);
  EXPECT_EQ(Median({9, 1}), 5);
  EXPECT_EQ(Median({9, 1, 2}), 2);
  EXPECT_EQ(Median({9, 1, 2, 4}), 3);
}

TEST(SpreadTest, IsTheMedianDistanceOfAllPairs) {
  std::mt19937 random(1);
  for (int count = 2; count < 40; ++count) {
    const std::vector<double> values = Normal(count, &random);
    EXPECT_NEAR(PairwiseSpread(values), NaiveSpread(values), 1e-14) << count;
  }
}

TEST(SpreadTest, EqualValuesAndPairsAreCounted) {
  EXPECT_EQ(PairwiseSpread({3, 3, 3, 3}), 0);
  // Distances 0, 0, 0, 1, 1, 1 and 0, 0, 1, 1, 1, 1.
  EXPECT_NEAR(PairwiseSpread({3, 3, 3, 4}), NaiveSpread({3, 3, 3, 4}), 1e-15);
  EXPECT_NEAR(PairwiseSpread({3, 3, 4, 4}), NaiveSpread({3, 3, 4, 4}), 1e-15);
}

TEST(SpreadTest, OfTwoValuesTimesItsFactorIsTheStandardDeviation) {
  EXPECT_NEAR(PredictionFactorsOf(2).scale * PairwiseSpread({1, 4}), 3 / std::sqrt(2.0), 1e-12);
  EXPECT_EQ(PredictionFactorsOf(2).freedom, 1);
}

TEST(SpreadTest, AQuarterOfWildValuesDoesNotCarryItAway) {
  std::mt19937 random(2);
  std::vector<double> values = Normal(30, &random);
  const double clean = PairwiseSpread(values);
  for (int i = 0; i < 7; ++i) values[i] = i % 2 == 0 ? 1e6 : -1e6 * i;
  EXPECT_LT(PairwiseSpread(values), 2.5 * clean);
  EXPECT_GT(PairwiseSpread(values), 0.8 * clean);
}

TEST(SpreadTest, OfManyNormalValuesIsTheirStandardDeviation) {
  std::mt19937 random(3);
  // Its own deviation: 0.3 / sqrt(2 0.864 10000) = 0.0023; four of them.
  EXPECT_NEAR(PairwiseSpread(Normal(10000, &random)), 0.3, 0.0092);
}

// The chance that a new normal value lies above the limit is averaged over samples, so that few are needed.
TEST(PredictionFactorsTest, NormalValuesPassTheLimitAtTheAskedForRate) {
  std::mt19937 random(4);
  std::normal_distribution<double> normal;
  for (const int count : {2, 3, 4, 5, 6, 8, 9, 16, 20, 21, 31, 110, 300}) {
    const PredictionFactors factors = PredictionFactorsOf(count);
    const boost::math::students_t_distribution<double> student(factors.freedom);
    // Median and corrected spread of each sample.
    std::vector<std::pair<double, double>> samples(count <= 31 ? 20000 : 1500);
    for (auto& [middle, spread] : samples) {
      std::vector<double> values(count);
      for (double& value : values) value = normal(random);
      middle = Median(values);
      spread = factors.scale * PairwiseSpread(values);
    }
    for (const double rate : {0.05, 0.01, 0.001}) {
      const double t = quantile(complement(student, rate)) * std::sqrt(1 + 1.0 / count);
      double sum = 0;
      double squares = 0;
      for (const auto& [middle, spread] : samples) {
        const double passing = std::erfc((middle + t * spread) / std::sqrt(2.0)) / 2;
        sum += passing;
        squares += passing * passing;
      }
      const auto trials = static_cast<double>(samples.size());
      const double mean = sum / trials;
      const double error = std::sqrt((squares / trials - mean * mean) / trials);
      // The fit's own 2 %, and four deviations of this simulation, which are a few per cent (two values at
      // 0.1 %: 17 %).
      EXPECT_NEAR(mean / rate, 1, 0.02 + 4 * error / rate) << count << " values, rate " << rate;
      EXPECT_LT(error / rate, 0.25);
    }
  }
}

TEST(PredictionFactorsTest, TheFormulaGoesOnWhereTheTableEnds) {
  for (const int count : {19, 20, 21, 22}) {
    const PredictionFactors here = PredictionFactorsOf(count);
    const PredictionFactors next = PredictionFactorsOf(count + 1);
    EXPECT_NEAR(here.scale, next.scale, 0.006) << count;
    EXPECT_NEAR(next.freedom - here.freedom, 0.9, 0.3) << count;
  }
  // Efficiency 0.864: of many values the freedom is that share of the standard deviation's.
  EXPECT_NEAR(PredictionFactorsOf(10000).freedom / 9999, 0.8637, 1e-4);
  EXPECT_NEAR(PredictionFactorsOf(10000).scale, 1, 1e-4);
}

}  // namespace
}  // namespace mlfsc
