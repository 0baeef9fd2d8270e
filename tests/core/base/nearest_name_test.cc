#include "core/base/nearest_name.h"

#include <gtest/gtest.h>

namespace mlfsc {
namespace {

TEST(NearestNameTest, OneLetterLeftOutAddedExchangedOrSwappedIsATypingError) {
  const std::vector<std::string> names = {"carpet", "grid", "leather", "Tile-2"};
  for (const char* typed : {"carpt", "carrpet", "carpat", "craper", "capret", "CARPET"}) {
    EXPECT_EQ(NearestName(typed, names), "carpet") << typed;
  }
  EXPECT_EQ(NearestName("tile2", names), "Tile-2");
  EXPECT_EQ(DidYouMean("gird", names), "; did you mean grid?");
}

TEST(NearestNameTest, WhatIsFarFromAllIsNoTypingError) {
  EXPECT_EQ(NearestName("wood", {"carpet", "grid"}), "");
  EXPECT_EQ(NearestName("", {"carpet"}), "");
  EXPECT_EQ(NearestName("carpet", {}), "");
  EXPECT_EQ(NearestName("ab", {"cd"}), "");
  EXPECT_EQ(DidYouMean("wood", {"grid"}), "");
  EXPECT_EQ(NearestName(std::string(100000, 'a'), {std::string(100000, 'a')}), "");
}

TEST(NearestNameTest, TheNearestIsTakenAndOfEqualsTheFirst) {
  EXPECT_EQ(NearestName("line1", {"line22", "line2", "line3"}), "line2");
}

}  // namespace
}  // namespace mlfsc
