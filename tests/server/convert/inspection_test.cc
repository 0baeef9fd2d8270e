#include "server/convert/inspection.h"

#include <gmock/gmock.h>

#include "tests/testing/bundles.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

v1::HeatmapRequest SomeRequest() {
  v1::HeatmapRequest request;
  request.set_category("tile");
  request.set_version(3);
  request.mutable_picture()->set_encoded("bytes");
  return request;
}

Inspection SomeInspection() {
  Inspection inspection;
  inspection.model =
      CategoryModel::Make("tile", 3, testing::RandomBundle(testing::SmallOptions(), 1)).value();
  inspection.score.raw = 7.5;
  inspection.score.layers = {{"conv4_3", 4, {1, 9, 2, 8, 3, 7, 4, 6, 5, 5}}};
  inspection.normalised = 0.75;
  inspection.verdict = Verdict::kNok;
  Region region;
  region.x = 1;
  region.y = 2;
  region.width = 3;
  region.height = 4;
  region.area = 11;
  region.peak = 5.5;
  region.peak_x = 2;
  region.peak_y = 3;
  region.center_x = 2.25;
  region.center_y = 3.5;
  inspection.regions = {region};
  inspection.picture_width = 640;
  inspection.picture_height = 480;
  inspection.map = "map";
  inspection.picture = "picture";
  inspection.scale = {1.5, 2.5};
  inspection.times.decode = absl::Milliseconds(1);
  inspection.times.queue = absl::Milliseconds(2);
  inspection.times.features = absl::Milliseconds(3);
  inspection.times.coding = absl::Milliseconds(4);
  inspection.times.scoring = absl::Milliseconds(5);
  inspection.times.encode = absl::Milliseconds(6);
  inspection.times.total = absl::Microseconds(21500);
  return inspection;
}

TEST(ConvertInspectionTest, ARequestKeepsCategoryVersionAndPicture) {
  const v1::HeatmapRequest request = SomeRequest();
  const absl::StatusOr<InspectionRequest> inspection = ToInspectionRequest(request);
  ASSERT_THAT(inspection, testing::IsOk());
  EXPECT_EQ(inspection->category, "tile");
  EXPECT_EQ(inspection->version, 3);
  EXPECT_EQ(std::get<EncodedPicture>(inspection->picture).bytes, "bytes");
}

TEST(ConvertInspectionTest, OnlyAHeatmapRequestDraws) {
  v1::ScoreRequest score;
  score.set_category("tile");
  score.mutable_picture()->set_encoded("bytes");
  EXPECT_FALSE(ToInspectionRequest(score)->heatmap.has_value());
  const std::pair<v1::HeatmapRequest::Format, HeatmapFormat> formats[] = {
      {v1::HeatmapRequest::FORMAT_UNSPECIFIED, HeatmapFormat::kOverlayPng},
      {v1::HeatmapRequest::OVERLAY_PNG, HeatmapFormat::kOverlayPng},
      {v1::HeatmapRequest::COLOR_MAP_PNG, HeatmapFormat::kColorMapPng},
      {v1::HeatmapRequest::FLOAT32_MAP, HeatmapFormat::kFloat32},
  };
  for (const auto& [wire, core] : formats) {
    v1::HeatmapRequest request = SomeRequest();
    request.set_format(wire);
    EXPECT_EQ(ToInspectionRequest(request)->heatmap, core);
  }
}

TEST(ConvertInspectionTest, ThePictureComesAlongOnlyWhenItIsAskedFor) {
  v1::HeatmapRequest request = SomeRequest();
  EXPECT_FALSE(ToInspectionRequest(request)->with_picture);
  request.set_with_picture(true);
  EXPECT_TRUE(ToInspectionRequest(request)->with_picture);
}

TEST(ConvertInspectionTest, BadFieldsAreNamed) {
  const auto refused = [](const v1::HeatmapRequest& request, const char* what) {
    EXPECT_THAT(ToInspectionRequest(request), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(what)));
  };
  v1::HeatmapRequest request = SomeRequest();
  request.set_category("../../etc/passwd");
  refused(request, "../../etc/passwd");
  request = SomeRequest();
  request.clear_category();
  refused(request, "category");
  request = SomeRequest();
  request.set_version(-1);
  refused(request, "version is -1");
  request = SomeRequest();
  request.clear_picture();
  refused(request, "no content");
  request = SomeRequest();
  request.set_format(static_cast<v1::HeatmapRequest::Format>(9));
  refused(request, "format is 9");
}

TEST(ConvertInspectionTest, AResponseTellsAllThatWasFound) {
  const Inspection inspection = SomeInspection();
  const v1::ScoreResponse response = ToScoreResponse(inspection);
  const v1::Inspection& proto = response.inspection();
  EXPECT_EQ(proto.category(), "tile");
  EXPECT_EQ(proto.version(), 3);
  EXPECT_EQ(proto.raw_score(), 7.5);
  EXPECT_EQ(proto.normalized_score(), 0.75);
  EXPECT_EQ(proto.verdict(), v1::NOK);
  EXPECT_EQ(proto.threshold(), inspection.model->manifest().calibration.threshold);
  EXPECT_EQ(proto.picture_width(), 640);
  EXPECT_EQ(proto.picture_height(), 480);
  ASSERT_EQ(proto.regions_size(), 1);
  EXPECT_EQ(proto.regions(0).x(), 1);
  EXPECT_EQ(proto.regions(0).y(), 2);
  EXPECT_EQ(proto.regions(0).width(), 3);
  EXPECT_EQ(proto.regions(0).height(), 4);
  EXPECT_EQ(proto.regions(0).area(), 11);
  EXPECT_EQ(proto.regions(0).peak(), 5.5);
  EXPECT_EQ(proto.regions(0).peak_x(), 2);
  EXPECT_EQ(proto.regions(0).peak_y(), 3);
  EXPECT_EQ(proto.regions(0).center_x(), 2.25);
  EXPECT_EQ(proto.regions(0).center_y(), 3.5);
  EXPECT_EQ(proto.stage_times().decode(), 1);
  EXPECT_EQ(proto.stage_times().queue(), 2);
  EXPECT_EQ(proto.stage_times().features(), 3);
  EXPECT_EQ(proto.stage_times().coding(), 4);
  EXPECT_EQ(proto.stage_times().scoring(), 5);
  EXPECT_EQ(proto.stage_times().encode(), 6);
  EXPECT_EQ(proto.stage_times().total(), 21.5);
}

TEST(ConvertInspectionTest, ALayerTellsItsEightWorstChannelsWorstFirst) {
  const v1::ScoreResponse response = ToScoreResponse(SomeInspection());
  ASSERT_EQ(response.inspection().layers_size(), 1);
  const v1::LayerScore& layer = response.inspection().layers(0);
  EXPECT_EQ(layer.layer(), "conv4_3");
  EXPECT_EQ(layer.score(), 4);
  std::vector<int> channels;
  for (const v1::ChannelScore& top : layer.top_channels()) channels.push_back(top.channel());
  // Scores 9, 8, 7, 6, 5, 5, 4, 3; the two of equal score in the order of their numbers.
  EXPECT_THAT(channels, ::testing::ElementsAre(1, 3, 5, 7, 8, 9, 6, 4));
  EXPECT_EQ(layer.top_channels(0).score(), 9);
}

TEST(ConvertInspectionTest, AHeatmapCarriesTheMapAndItsScale) {
  Inspection inspection = SomeInspection();
  const double region_threshold = inspection.model->manifest().map_calibration.threshold;
  const v1::HeatmapResponse response =
      ToHeatmapResponse(std::move(inspection), v1::HeatmapRequest::FLOAT32_MAP);
  EXPECT_EQ(response.inspection().raw_score(), 7.5);
  EXPECT_EQ(response.map(), "map");
  EXPECT_EQ(response.picture(), "picture");
  EXPECT_EQ(response.format(), v1::HeatmapRequest::FLOAT32_MAP);
  EXPECT_EQ(response.scale_low(), 1.5);
  EXPECT_EQ(response.scale_high(), 2.5);
  EXPECT_EQ(response.region_threshold(), region_threshold);
}

TEST(ConvertInspectionTest, AnUnspecifiedFormatIsAnsweredAsTheOverlayItGot) {
  EXPECT_EQ(ToHeatmapResponse(SomeInspection(), v1::HeatmapRequest::FORMAT_UNSPECIFIED).format(),
            v1::HeatmapRequest::OVERLAY_PNG);
}

}  // namespace
}  // namespace mlfsc
