#include "client/generator/random.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace mlfsc::client {
namespace {

TEST(RandomTest, TheSameSeedGivesTheSameNumbersEverywhere) {
  // mt19937_64 is specified to the bit: its first output for seed 5489 is 14514284786278117030.
  Random random(5489);
  EXPECT_EQ(random.Uniform(0, 1), static_cast<double>(14514284786278117030ULL >> 11) * 0x1.0p-53);
}

TEST(RandomTest, IntegersCoverTheirRangeAndNoMore) {
  Random random(1);
  std::set<int> drawn;
  for (int i = 0; i < 1000; ++i) drawn.insert(random.Integer(-1, 2));
  EXPECT_EQ(drawn, (std::set<int>{-1, 0, 1, 2}));
}

TEST(RandomTest, NormalNumbersHaveMeanZeroAndDeviationOne) {
  Random random(2);
  double sum = 0;
  double squares = 0;
  constexpr int kCount = 100000;
  for (int i = 0; i < kCount; ++i) {
    const double value = random.Normal();
    sum += value;
    squares += value * value;
  }
  // Standard errors are 1 / sqrt(n) = 0.003 and sqrt(2 / n) = 0.0045; five of them.
  EXPECT_NEAR(sum / kCount, 0, 0.016);
  EXPECT_NEAR(squares / kCount, 1, 0.023);
}

TEST(RandomTest, EveryNameHasItsOwnSeed) {
  std::set<uint64_t> seeds;
  for (int i = 0; i < 100; ++i) seeds.insert(SeedOf(7, "test/good/" + std::to_string(i)));
  seeds.insert(SeedOf(8, "test/good/0"));
  EXPECT_EQ(seeds.size(), 101u);
  EXPECT_EQ(SeedOf(7, "a"), SeedOf(7, "a"));
}

}  // namespace
}  // namespace mlfsc::client
