#include "core/image/orientation.h"

#include <string>

#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "tests/core/image/test_files.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::ExifBlock;
using ::mlfsc::testing::SamePixels;

TEST(ReadExifOrientationTest, FindsTheEntryInBothByteOrders) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    EXPECT_EQ(ReadExifOrientation(ExifBlock(orientation, /*big_endian=*/false)), orientation);
    EXPECT_EQ(ReadExifOrientation(ExifBlock(orientation, /*big_endian=*/true)), orientation);
  }
}

TEST(ReadExifOrientationTest, NumbersThatExifDoesNotKnowCountAsUpright) {
  EXPECT_EQ(ReadExifOrientation(ExifBlock(0, false)), kUpright);
  EXPECT_EQ(ReadExifOrientation(ExifBlock(9, false)), kUpright);
  EXPECT_EQ(ReadExifOrientation(ExifBlock(65535, true)), kUpright);
}

TEST(ReadExifOrientationTest, ABlockThatIsCutShortAnywhereCountsAsUprightOrGivesTheNumber) {
  const std::string block = ExifBlock(6, false);
  for (size_t size = 0; size < block.size(); ++size) {
    const int orientation = ReadExifOrientation(block.substr(0, size));
    EXPECT_TRUE(orientation == kUpright || orientation == 6) << size;
  }
}

TEST(ReadExifOrientationTest, ADirectoryOutsideTheBlockCountsAsUpright) {
  std::string block = ExifBlock(6, false);
  block.replace(4, 4, "\xff\xff\xff\xff");
  EXPECT_EQ(ReadExifOrientation(block), kUpright);
}

TEST(ReadExifOrientationTest, WhatIsNoExifBlockCountsAsUpright) {
  EXPECT_EQ(ReadExifOrientation(""), kUpright);
  EXPECT_EQ(ReadExifOrientation("no EXIF block, but as long as one would be"), kUpright);
}

// Where EXIF says that the first row and column of the stored picture lie, from its table 4.6.4-A.
TEST(UprightTest, PutsTheFirstRowAndColumnWhereExifSaysTheyLie) {
  // A stored picture of 2 rows and 3 columns:  a b c
  //                                            d e f
  const cv::Mat stored = (cv::Mat_<uint8_t>(2, 3) << 'a', 'b', 'c', 'd', 'e', 'f');
  const cv::Mat upright[] = {
      (cv::Mat_<uint8_t>(2, 3) << 'a', 'b', 'c', 'd', 'e', 'f'),  // 1: row 0 top, column 0 left
      (cv::Mat_<uint8_t>(2, 3) << 'c', 'b', 'a', 'f', 'e', 'd'),  // 2: top, right
      (cv::Mat_<uint8_t>(2, 3) << 'f', 'e', 'd', 'c', 'b', 'a'),  // 3: bottom, right
      (cv::Mat_<uint8_t>(2, 3) << 'd', 'e', 'f', 'a', 'b', 'c'),  // 4: bottom, left
      (cv::Mat_<uint8_t>(3, 2) << 'a', 'd', 'b', 'e', 'c', 'f'),  // 5: left, top
      (cv::Mat_<uint8_t>(3, 2) << 'd', 'a', 'e', 'b', 'f', 'c'),  // 6: right, top
      (cv::Mat_<uint8_t>(3, 2) << 'f', 'c', 'e', 'b', 'd', 'a'),  // 7: right, bottom
      (cv::Mat_<uint8_t>(3, 2) << 'c', 'f', 'b', 'e', 'a', 'd'),  // 8: left, bottom
  };
  for (int orientation = 1; orientation <= 8; ++orientation) {
    EXPECT_TRUE(SamePixels(Upright(stored, orientation), upright[orientation - 1])) << orientation;
  }
}

}  // namespace
}  // namespace mlfsc
