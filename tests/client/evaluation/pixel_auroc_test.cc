#include "client/evaluation/pixel_auroc.h"

#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "client/evaluation/roc.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct MaskedMap {
  int kind;
  cv::Mat map;
  cv::Mat mask;
};

// Maps with few values (many ties) when `values` is small.
std::vector<MaskedMap> DrawMaps(int pictures, int kinds, int values, std::mt19937* random) {
  std::uniform_int_distribution<int> value(0, values - 1);
  std::uniform_int_distribution<int> side(1, 20);
  std::vector<MaskedMap> maps;
  for (int i = 0; i < pictures; ++i) {
    MaskedMap one;
    one.kind = i % kinds;
    one.map.create(side(*random), side(*random), CV_32FC1);
    if (one.kind > 0) one.mask = cv::Mat(one.map.size(), CV_8UC1, cv::Scalar(0));
    for (int y = 0; y < one.map.rows; ++y) {
      for (int x = 0; x < one.map.cols; ++x) {
        one.map.at<float>(y, x) = static_cast<float>(value(*random)) / 8;
        if (one.kind > 0 && value(*random) % 4 == 0) {
          one.mask.at<uint8_t>(y, x) = 1;
          one.map.at<float>(y, x) += static_cast<float>(one.kind) / 2;
        }
      }
    }
    maps.push_back(one);
  }
  return maps;
}

// The pixels as plain lists, ranked as pictures are.
std::optional<double> PlainAuroc(const std::vector<MaskedMap>& maps, const std::vector<int>& kinds) {
  std::vector<double> good;
  std::vector<double> bad;
  for (const MaskedMap& one : maps) {
    if (std::find(kinds.begin(), kinds.end(), one.kind) == kinds.end()) continue;
    for (int y = 0; y < one.map.rows; ++y) {
      for (int x = 0; x < one.map.cols; ++x) {
        const bool defective = !one.mask.empty() && one.mask.at<uint8_t>(y, x) != 0;
        (defective ? bad : good).push_back(one.map.at<float>(y, x));
      }
    }
  }
  return Auroc(good, bad);
}

absl::StatusOr<PixelAuroc::Areas> Rank(const std::vector<MaskedMap>& maps, int kinds) {
  absl::StatusOr<std::unique_ptr<PixelAuroc>> pixels = PixelAuroc::Create(kinds);
  if (!pixels.ok()) return pixels.status();
  for (const MaskedMap& one : maps) {
    const absl::Status added = (*pixels)->Add(one.kind, one.map, one.mask);
    if (!added.ok()) return added;
  }
  return (*pixels)->Compute();
}

TEST(PixelAurocTest, AgreesWithRankingAllPixelsInMemory) {
  std::mt19937 random(3);
  for (int round = 0; round < 30; ++round) {
    const std::vector<MaskedMap> maps = DrawMaps(9, 3, 5 + 40 * round, &random);
    const absl::StatusOr<PixelAuroc::Areas> areas = Rank(maps, 3);
    ASSERT_THAT(areas, IsOk());
    // Counts of pairs are whole or half numbers below 2^53, exact on both ways; the divisions round.
    EXPECT_NEAR(*areas->all, *PlainAuroc(maps, {0, 1, 2}), 1e-15);
    ASSERT_EQ(areas->by_kind.size(), 3u);
    EXPECT_EQ(areas->by_kind[0], std::nullopt);
    EXPECT_NEAR(*areas->by_kind[1], *PlainAuroc(maps, {0, 1}), 1e-15);
    EXPECT_NEAR(*areas->by_kind[2], *PlainAuroc(maps, {0, 2}), 1e-15);
  }
}

TEST(PixelAurocTest, WithoutGoodPicturesAKindIsRankedAgainstItself) {
  std::mt19937 random(4);
  std::vector<MaskedMap> maps = DrawMaps(6, 2, 30, &random);
  maps.erase(std::remove_if(maps.begin(), maps.end(), [](const MaskedMap& m) { return m.kind == 0; }),
             maps.end());
  const absl::StatusOr<PixelAuroc::Areas> areas = Rank(maps, 2);
  ASSERT_THAT(areas, IsOk());
  EXPECT_NEAR(*areas->by_kind[1], *PlainAuroc(maps, {1}), 1e-15);
}

TEST(PixelAurocTest, NothingButGoodPixelsHaveNoArea) {
  const absl::StatusOr<PixelAuroc::Areas> areas =
      Rank({{0, cv::Mat(4, 4, CV_32FC1, cv::Scalar(1)), cv::Mat()}}, 1);
  ASSERT_THAT(areas, IsOk());
  EXPECT_EQ(areas->all, std::nullopt);
}

TEST(PixelAurocTest, NothingAtAllHasNoArea) {
  const absl::StatusOr<PixelAuroc::Areas> areas = Rank({}, 2);
  ASSERT_THAT(areas, IsOk());
  EXPECT_EQ(areas->all, std::nullopt);
  EXPECT_THAT(areas->by_kind, ElementsAre(std::nullopt, std::nullopt));
}

TEST(PixelAurocTest, AMaskOfAnotherSizeIsRefusedWithBothSizes) {
  EXPECT_THAT(Rank({{1, cv::Mat(4, 6, CV_32FC1, cv::Scalar(1)), cv::Mat(3, 5, CV_8UC1, cv::Scalar(0))}}, 2),
              StatusIs(absl::StatusCode::kInvalidArgument, AllOf(HasSubstr("5x3"), HasSubstr("6x4"))));
}

}  // namespace
}  // namespace mlfsc::client
