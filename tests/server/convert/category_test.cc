#include "server/convert/category.h"

#include <gmock/gmock.h>

#include "tests/testing/bundles.h"

namespace mlfsc {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Manifest SomeManifest() {
  Manifest manifest = testing::RandomBundle(testing::SmallOptions(), 1).manifest;
  manifest.provenance.pictures = 12;
  manifest.provenance.create_time = absl::FromUnixMillis(1'700'000'000'250);
  manifest.provenance.program_version = "1.2.3";
  manifest.provenance.precision = "float32";
  manifest.provenance.instruction_set = "AVX2";
  return manifest;
}

TEST(ConvertCategoryTest, AVersionTellsItsManifest) {
  Manifest manifest = SomeManifest();
  manifest.provenance.backbone_sha256 = "ab";
  const v1::Version version = ToProto(3, manifest, "ab");
  EXPECT_EQ(version.version(), 3);
  EXPECT_EQ(version.pictures(), 12);
  EXPECT_EQ(version.create_time().seconds(), 1'700'000'000);
  EXPECT_EQ(version.create_time().nanos(), 250'000'000);
  EXPECT_EQ(version.backbone_sha256(), "ab");
  EXPECT_EQ(version.program_version(), "1.2.3");
  EXPECT_EQ(version.arithmetic(), "float32, AVX2");
  EXPECT_EQ(version.options().atoms(), manifest.options.learning.atoms);
  EXPECT_EQ(version.calibration().pictures(), manifest.calibration.pictures);
  EXPECT_EQ(version.calibration().log_mean(), manifest.calibration.log_mean);
  EXPECT_EQ(version.calibration().log_deviation(), manifest.calibration.log_deviation);
  EXPECT_EQ(version.calibration().degrees_of_freedom(), manifest.calibration.degrees_of_freedom);
  EXPECT_EQ(version.calibration().false_alarm_rate(), manifest.calibration.false_alarm_rate);
  EXPECT_EQ(version.calibration().threshold(), manifest.calibration.threshold);
  EXPECT_EQ(version.calibration().review_low(), manifest.calibration.review_low);
  EXPECT_EQ(version.calibration().review_high(), manifest.calibration.review_high);
  EXPECT_EQ(version.outliers(), v1::WARN);
  EXPECT_EQ(version.outliers_dropped(), 0);
  EXPECT_EQ(version.error(), "");
}

TEST(ConvertCategoryTest, AVersionTellsWhatWasKeptOutOfIt) {
  Manifest manifest = SomeManifest();
  manifest.provenance.outliers = OutlierAction::kDrop;
  manifest.provenance.outliers_dropped = 3;
  const v1::Version version = ToProto(3, manifest, "");
  EXPECT_EQ(version.outliers(), v1::DROP);
  EXPECT_EQ(version.outliers_dropped(), 3);
}

TEST(ConvertCategoryTest, AVersionOfAnotherBackboneSaysSo) {
  Manifest manifest = SomeManifest();
  manifest.provenance.backbone_sha256 = "ab";
  EXPECT_THAT(ToProto(1, manifest, "cd").error(), AllOf(HasSubstr("ab"), HasSubstr("cd")));
  // `pixels` needs none.
  manifest.provenance.backbone_sha256 = "";
  EXPECT_EQ(ToProto(1, manifest, "cd").error(), "");
}

TEST(ConvertCategoryTest, ADamagedVersionStandsAmongTheOthersWithItsError) {
  CategoryListing listing;
  listing.category = "tile";
  listing.active_version = 1;
  listing.versions.push_back({1, SomeManifest()});
  listing.versions.push_back({2, absl::DataLossError("manifest.json is truncated")});
  const v1::Category category = ToProto(listing, "");
  EXPECT_EQ(category.category(), "tile");
  EXPECT_EQ(category.active_version(), 1);
  ASSERT_EQ(category.versions_size(), 2);
  EXPECT_EQ(category.versions(0).pictures(), 12);
  EXPECT_EQ(category.versions(1).version(), 2);
  EXPECT_EQ(category.versions(1).error(), "manifest.json is truncated");
  EXPECT_EQ(category.error(), "");
}

TEST(ConvertCategoryTest, WhatIsWrongWithTheWholeCategoryIsTold) {
  CategoryListing listing;
  listing.category = "tile";
  listing.status = absl::DataLossError("active is empty");
  EXPECT_EQ(ToProto(listing, "").error(), "active is empty");
}

}  // namespace
}  // namespace mlfsc
