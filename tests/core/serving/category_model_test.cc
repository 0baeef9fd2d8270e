#include "core/serving/category_model.h"

#include <memory>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/features/feature_extractor.h"
#include "core/image/input_picture.h"
#include "core/scoring/make_scorer.h"
#include "core/serving/picture_bytes.h"
#include "tests/testing/bundles.h"
#include "tests/testing/raw_picture.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::RandomBundle;
using testing::RawPicture;
using testing::SmallOptions;
using testing::StatusIs;

PictureFeatures FeaturesOf(const RawPicture& picture) {
  return PixelFeatures(MakeInputPicture(*Decode(picture.bytes(), {}), SmallOptions().features.input_size,
                                        SmallOptions().resize));
}

TEST(CategoryModelTest, ScoresAsItsPartsDo) {
  const Bundle bundle = RandomBundle(SmallOptions(), 1);
  const auto model = CategoryModel::Make("tile", 3, bundle);
  ASSERT_THAT(model, IsOk());
  EXPECT_EQ((*model)->category(), "tile");
  EXPECT_EQ((*model)->version(), 3);
  const RawPicture picture(1);
  const absl::StatusOr<CodedPicture> coded = (*model)->Code(FeaturesOf(picture), nullptr);
  ASSERT_THAT(coded, IsOk());

  const CategoryOptions& options = bundle.manifest.options;
  const auto coder = MakeResidualCoder(bundle.dictionaries, options.patches, options.coding);
  const auto expected = (*coder)->Code(*Standardise(options.features, FeaturesOf(picture)), nullptr);
  ASSERT_EQ(coded->residuals.size(), 1u);
  EXPECT_EQ(coded->residuals.front().values, expected->front().values);
  const auto scorer = MakeScorer(options.scoring, bundle.whitening);
  EXPECT_EQ((*model)->Score(*coded, nullptr).raw, (*scorer)->Score(*expected, nullptr).raw);
}

TEST(CategoryModelTest, TheHeatmapHasTheAskedForSize) {
  const auto model = CategoryModel::Make("tile", 1, RandomBundle(SmallOptions(), 1));
  const PictureScore score = (*model)->Score(*(*model)->Code(FeaturesOf(RawPicture(1)), nullptr), nullptr);
  const cv::Mat heatmap = (*model)->Heatmap(score, 40, 48).Rows(0, 40);
  EXPECT_EQ(heatmap.rows, 40);
  EXPECT_EQ(heatmap.cols, 48);
}

TEST(CategoryModelTest, ABundleThatDoesNotFitItselfIsDamaged) {
  Bundle no_whitening = RandomBundle(SmallOptions(), 1);
  no_whitening.whitening.reset();
  EXPECT_THAT(CategoryModel::Make("tile", 3, std::move(no_whitening)),
              StatusIs(absl::StatusCode::kDataLoss, AllOf(HasSubstr("tile"), HasSubstr("version 3"))));
  Bundle wrong_patches = RandomBundle(SmallOptions(), 1);
  wrong_patches.manifest.options.patches.size = 4;
  EXPECT_THAT(CategoryModel::Make("tile", 3, std::move(wrong_patches)),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("tile")));
}

TEST(CategoryModelTest, FeaturesOfAnotherSourceAreRefused) {
  const auto model = CategoryModel::Make("tile", 1, RandomBundle(SmallOptions(), 1));
  PictureFeatures features = FeaturesOf(RawPicture(1));
  features.maps[0].layer = "conv4_3";
  EXPECT_FALSE((*model)->Code(std::move(features), nullptr).ok());
}

}  // namespace
}  // namespace mlfsc
