#include "client/evaluation/pixel_ranking.h"

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

absl::StatusOr<PixelEvaluation> Rank(const std::vector<MaskedMap>& maps, int kinds) {
  absl::StatusOr<std::unique_ptr<PixelRanking>> pixels = PixelRanking::Create(kinds);
  if (!pixels.ok()) return pixels.status();
  int64_t index = 0;
  for (const MaskedMap& one : maps) {
    const absl::Status added = (*pixels)->Add(index++, one.kind, one.map, one.mask);
    if (!added.ok()) return added;
  }
  return (*pixels)->Compute();
}

TEST(PixelRankingTest, AgreesWithRankingAllPixelsInMemory) {
  std::mt19937 random(3);
  for (int round = 0; round < 30; ++round) {
    const std::vector<MaskedMap> maps = DrawMaps(9, 3, 5 + 40 * round, &random);
    const absl::StatusOr<PixelEvaluation> pixels = Rank(maps, 3);
    ASSERT_THAT(pixels, IsOk());
    // Counts of pairs are whole or half numbers below 2^53, exact on both ways; the divisions round.
    EXPECT_NEAR(*pixels->all.auroc, *PlainAuroc(maps, {0, 1, 2}), 1e-15);
    ASSERT_EQ(pixels->by_kind.size(), 3u);
    EXPECT_EQ(pixels->by_kind[0].auroc, std::nullopt);
    EXPECT_NEAR(*pixels->by_kind[1].auroc, *PlainAuroc(maps, {0, 1}), 1e-15);
    EXPECT_NEAR(*pixels->by_kind[2].auroc, *PlainAuroc(maps, {0, 2}), 1e-15);
  }
}

TEST(PixelRankingTest, WithoutGoodPicturesAKindIsRankedAgainstItself) {
  std::mt19937 random(4);
  std::vector<MaskedMap> maps = DrawMaps(6, 2, 30, &random);
  maps.erase(std::remove_if(maps.begin(), maps.end(), [](const MaskedMap& m) { return m.kind == 0; }),
             maps.end());
  const absl::StatusOr<PixelEvaluation> pixels = Rank(maps, 2);
  ASSERT_THAT(pixels, IsOk());
  EXPECT_NEAR(*pixels->by_kind[1].auroc, *PlainAuroc(maps, {1}), 1e-15);
}

TEST(PixelRankingTest, NothingButGoodPixelsHaveNoArea) {
  const absl::StatusOr<PixelEvaluation> pixels =
      Rank({{0, cv::Mat(4, 4, CV_32FC1, cv::Scalar(1)), cv::Mat()}}, 1);
  ASSERT_THAT(pixels, IsOk());
  EXPECT_EQ(pixels->all.auroc, std::nullopt);
}

TEST(PixelRankingTest, NothingAtAllHasNoArea) {
  const absl::StatusOr<PixelEvaluation> pixels = Rank({}, 2);
  ASSERT_THAT(pixels, IsOk());
  EXPECT_EQ(pixels->all.auroc, std::nullopt);
  ASSERT_EQ(pixels->by_kind.size(), 2u);
  EXPECT_EQ(pixels->by_kind[1].pro30, std::nullopt);
}

cv::Mat Rows(int rows, int cols, const std::vector<float>& values) {
  return cv::Mat(rows, cols, CV_32FC1, const_cast<float*>(values.data())).clone();
}

TEST(PixelRankingTest, ProIsOneWhenEveryRegionIsAboveEveryGoodPixel) {
  cv::Mat mask = cv::Mat::zeros(2, 4, CV_8UC1);
  mask.at<uint8_t>(0, 0) = mask.at<uint8_t>(1, 3) = 1;
  const absl::StatusOr<PixelEvaluation> pixels = Rank({{1, Rows(2, 4, {8, 1, 1, 2, 3, 1, 1, 9}), mask}}, 2);
  ASSERT_THAT(pixels, IsOk());
  EXPECT_DOUBLE_EQ(*pixels->all.pro30, 1);
  EXPECT_EQ(pixels->histograms.pictures[0].regions, 2);
}

TEST(PixelRankingTest, ProCountsASmallRegionAsMuchAsALargeOne) {
  // One region of one pixel above all good ones, one of three pixels below them; pixels touching at a corner
  // are one region.
  cv::Mat mask = cv::Mat::zeros(3, 4, CV_8UC1);
  mask.at<uint8_t>(0, 0) = 1;
  mask.at<uint8_t>(0, 3) = mask.at<uint8_t>(1, 2) = mask.at<uint8_t>(2, 3) = 1;
  const absl::StatusOr<PixelEvaluation> pixels =
      Rank({{1, Rows(3, 4, {9, 5, 5, 1, 5, 5, 1, 5, 5, 5, 5, 1}), mask}}, 2);
  ASSERT_THAT(pixels, IsOk());
  // All good pixels tie: between rates 0 and 1 the curve is straight from 1/2 to 1/2.
  EXPECT_DOUBLE_EQ(*pixels->all.pro30, 0.5);
  EXPECT_DOUBLE_EQ(*pixels->all.auroc, 0.25);
}

TEST(PixelRankingTest, HistogramsMeasureNearlyAsTheWholeDoesAndDoNotDependOnTheOrder) {
  std::mt19937 random(6);
  std::vector<MaskedMap> maps = DrawMaps(12, 3, 100000, &random);
  const absl::StatusOr<PixelEvaluation> pixels = Rank(maps, 3);
  ASSERT_THAT(pixels, IsOk());
  const PixelMeasures binned = MeasureHistograms(pixels->histograms, std::vector<int>(12, 1));
  // A bin holds at most two in a thousand of the good and of the bad pixels; half of their pairs may be
  // wrong.
  EXPECT_NEAR(*binned.auroc, *pixels->all.auroc, 0.001);
  // The bin at the limit is 0.002 of 0.3 wide.
  EXPECT_NEAR(*binned.pro30, *pixels->all.pro30, 0.007);

  absl::StatusOr<std::unique_ptr<PixelRanking>> backwards = PixelRanking::Create(3);
  ASSERT_THAT(backwards, IsOk());
  for (int i = 11; i >= 0; --i) {
    ASSERT_THAT((*backwards)->Add(i, maps[i].kind, maps[i].map, maps[i].mask), IsOk());
  }
  const absl::StatusOr<PixelEvaluation> again = (*backwards)->Compute();
  ASSERT_THAT(again, IsOk());
  for (size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(again->histograms.pictures[i].good, pixels->histograms.pictures[i].good);
    EXPECT_EQ(again->histograms.pictures[i].bad, pixels->histograms.pictures[i].bad);
  }
}

TEST(PixelRankingTest, AMaskOfAnotherSizeIsRefusedWithBothSizes) {
  EXPECT_THAT(Rank({{1, cv::Mat(4, 6, CV_32FC1, cv::Scalar(1)), cv::Mat(3, 5, CV_8UC1, cv::Scalar(0))}}, 2),
              StatusIs(absl::StatusCode::kInvalidArgument, AllOf(HasSubstr("5x3"), HasSubstr("6x4"))));
}

}  // namespace
}  // namespace mlfsc::client
