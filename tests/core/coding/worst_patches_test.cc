#include "core/coding/worst_patches.h"

#include <algorithm>
#include <random>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlfsc {
namespace {

// By residual, the worst first, then by place.
using Key = std::tuple<float, int, int>;
Key KeyOf(const PatchPlace& place) { return {-place.residual, place.picture, place.index}; }

std::vector<Key> Keep(const std::vector<PatchPlace>& places) {
  WorstPatches worst;
  for (const PatchPlace& place : places) worst.Offer(place);
  std::vector<Key> kept;
  for (const PatchPlace& place : worst.places()) kept.push_back(KeyOf(place));
  return kept;
}

TEST(WorstPatchesTest, AreTheEightOfTheLargestResidualsInWhateverOrderTheyCome) {
  std::mt19937 random(1);
  for (const int count : {0, 1, 7, 8, 9, 60}) {
    // Few residuals, so that many are equal: of those the first places stay.
    std::vector<PatchPlace> places;
    for (int i = 0; i < count; ++i) {
      places.push_back({static_cast<float>(random() % 5), i % 3, static_cast<int>(i / 3)});
    }
    std::vector<Key> expected;
    for (const PatchPlace& place : places) expected.push_back(KeyOf(place));
    std::sort(expected.begin(), expected.end());
    expected.resize(std::min<size_t>(expected.size(), 8));
    for (int round = 0; round < 20; ++round) {
      std::shuffle(places.begin(), places.end(), random);
      ASSERT_THAT(Keep(places), ::testing::ElementsAreArray(expected));
    }
  }
}

}  // namespace
}  // namespace mlfsc
