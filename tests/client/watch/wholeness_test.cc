#include "client/watch/wholeness.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlfsc::client {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

std::string Bytes(std::initializer_list<int> values) {
  std::string bytes;
  for (const int value : values) bytes += static_cast<char>(value);
  return bytes;
}

std::string Png() {
  std::string png = "\x89PNG\r\n\x1A\n";
  png += Bytes({0, 0, 0, 4}) + "IHDR1234" + Bytes({9, 9, 9, 9});
  // The mark's letters among the pixels are not the mark.
  png += Bytes({0, 0, 0, 8}) + "IDAT12IEND34" + Bytes({9, 9, 9, 9});
  return png + Bytes({0, 0, 0, 0}) + "IEND" + Bytes({0xAE, 0x42, 0x60, 0x82});
}

std::string Jpeg() {
  std::string jpeg = Bytes({0xFF, 0xD8, 0xFF, 0xE1, 0, 8});
  // A thumbnail has an end of its own.
  jpeg += Bytes({0xFF, 0xD8, 1, 2, 0xFF, 0xD9}) + Bytes({0xFF, 0xFF, 0xDA, 0, 4, 1, 2});
  return jpeg + "coded pixels" + Bytes({0xFF, 0x00, 7, 0xFF, 0xD9});
}

std::string Bmp(size_t size, size_t written) {
  std::string bmp = "BM" + Bytes({static_cast<int>(size & 0xFF), static_cast<int>(size >> 8), 0, 0});
  bmp.resize(written, 'p');
  bmp.resize(size, '\0');
  return bmp;
}

TEST(MayLackItsEndTest, APngWithoutItsEndDoes) {
  EXPECT_THAT(MayLackItsEnd(Png(), true), IsEmpty());
  EXPECT_THAT(MayLackItsEnd(Png() + "what a camera adds", true), IsEmpty());
  for (size_t size = 8; size < Png().size() - 4; ++size) {
    EXPECT_EQ(MayLackItsEnd(Png().substr(0, size), true), "no IEND chunk") << size;
  }
  std::string zeros = Png();
  zeros.replace(30, zeros.size() - 30, zeros.size() - 30, '\0');
  EXPECT_THAT(MayLackItsEnd(zeros, true), Not(IsEmpty())) << "the size before the pixels";
}

TEST(MayLackItsEndTest, AJpegWithoutItsEndDoes) {
  EXPECT_THAT(MayLackItsEnd(Jpeg(), true), IsEmpty());
  EXPECT_THAT(MayLackItsEnd(Jpeg() + "what a camera adds", true), IsEmpty());
  for (size_t size = 20; size < Jpeg().size(); ++size) {
    EXPECT_EQ(MayLackItsEnd(Jpeg().substr(0, size), true), "no end-of-image marker") << size;
  }
}

TEST(MayLackItsEndTest, ABmpThatIsShorterThanItSaysDoes) {
  EXPECT_THAT(MayLackItsEnd(Bmp(1000, 1000), false), IsEmpty());
  EXPECT_THAT(MayLackItsEnd(Bmp(1000, 1000).substr(0, 999), true), Not(IsEmpty()));
  EXPECT_THAT(MayLackItsEnd("BM", true), Not(IsEmpty()));
}

TEST(MayLackItsEndTest, ZerosAtTheEndCountAsLongAsSomebodyMayBeWriting) {
  EXPECT_THAT(MayLackItsEnd(Bmp(1000, 300), false), Not(IsEmpty()));
  EXPECT_THAT(MayLackItsEnd(Bmp(1000, 300), true), IsEmpty()) << "a black border";
  EXPECT_THAT(MayLackItsEnd("II*" + std::string(1000, '\0'), false), Not(IsEmpty()));
}

TEST(MayLackItsEndTest, OfOtherFilesNothingIsSaid) {
  EXPECT_THAT(MayLackItsEnd("text", true), IsEmpty());
  EXPECT_THAT(MayLackItsEnd("text", false), IsEmpty());
}

}  // namespace
}  // namespace mlfsc::client
