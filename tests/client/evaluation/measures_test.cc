#include "client/evaluation/measures.h"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlfsc::client {
namespace {

TEST(MeasuresTest, EveryMeasureIsVisitedOnceUnderANameOfItsOwn) {
  std::set<std::string> names;
  int visits = 0;
  Measures measures;
  ForEachMeasure([&](const char* name, const char*, auto member, auto) {
    names.insert(name);
    EXPECT_FALSE((measures.*member).has_value()) << name << " is another's member";
    measures.*member = ++visits;
  });
  EXPECT_EQ(visits * sizeof(std::optional<double>), sizeof(Measures));
  EXPECT_EQ(names.size(), static_cast<size_t>(visits));
}

TEST(MeasuresTest, AMeanIsOverThoseThatHaveTheMeasure) {
  Measures first;
  first.image_auroc = 0.5;
  first.pixel_auroc = 0.9;
  Measures second;
  second.image_auroc = 1;
  const Measures mean = MeanOf({first, second});
  EXPECT_DOUBLE_EQ(*mean.image_auroc, 0.75);
  EXPECT_DOUBLE_EQ(*mean.pixel_auroc, 0.9);
  EXPECT_FALSE(mean.pro30.has_value());
  EXPECT_FALSE(MeanOf({}).image_auroc.has_value());
}

TEST(MeasuresTest, WithoutPicturesOfASideItsShareIsNotMadeUp) {
  const Measures measures = MeasureScores({}, {1, 2}, 1.5);
  EXPECT_FALSE(measures.r1.has_value());
  EXPECT_EQ(measures.r2, 0.5);
  EXPECT_FALSE(measures.image_auroc.has_value());
}

}  // namespace
}  // namespace mlfsc::client
