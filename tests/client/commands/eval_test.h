// `mlfsc eval` against a fake server that knows two versions of cloth.
#ifndef MLFSC_TESTS_CLIENT_COMMANDS_EVAL_TEST_H_
#define MLFSC_TESTS_CLIENT_COMMANDS_EVAL_TEST_H_

#include <atomic>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/image/decode.h"
#include "tests/client/commands/command_test.h"

namespace mlfsc::client {

// A data set of grey pictures of 16 x 16 pixels; the fake server's score is the grey level, and so is its
// map.
class EvalTest : public CommandTest {
 protected:
  EvalTest() {
    cloth_.set_category("cloth");
    cloth_.set_active_version(2);
    *cloth_.add_versions() = MakeVersion(1);
    *cloth_.add_versions() = MakeVersion(2);
    stub_->on_get = [this](const v1::GetCategoryRequest&) -> absl::StatusOr<v1::Category> { return cloth_; };
    stub_->on_score = [this](const v1::ScoreRequest& request) -> absl::StatusOr<v1::ScoreResponse> {
      ++scores_;
      v1::ScoreResponse response;
      *response.mutable_inspection() = Inspect(request.version(), request.picture());
      return response;
    };
    stub_->on_heatmap = [this](const v1::HeatmapRequest& request) -> absl::StatusOr<v1::HeatmapResponse> {
      ++maps_;
      v1::HeatmapResponse response;
      *response.mutable_inspection() = Inspect(request.version(), request.picture());
      const std::vector<float> map(16 * 16, static_cast<float>(response.inspection().raw_score()));
      response.set_map(std::string(reinterpret_cast<const char*>(map.data()), map.size() * sizeof(float)));
      response.set_format(request.format());
      response.set_scale_low(1);
      response.set_scale_high(100);
      return response;
    };
    WritePicture("set/train/good/0.png", 3);
    WritePicture("set/test/good/0.png", 5);
    WritePicture("set/test/good/1.png", 11);
    WritePicture("set/test/hole/0.png", 20);
    WritePicture("set/test/hole/1.png", 8);
    WritePicture("set/test/cut/0.png", 30);
  }

  static v1::Inspection Inspect(int64_t version, const v1::Picture& picture) {
    const absl::StatusOr<Image> image = DecodePicture(picture.encoded(), PictureLimits());
    EXPECT_THAT(image, testing::IsOk());
    v1::Inspection inspection;
    inspection.set_version(version);
    inspection.set_raw_score(image->rgb.at<cv::Vec3b>(0, 0)[0]);
    inspection.set_threshold(10);
    inspection.set_verdict(inspection.raw_score() > 12  ? v1::NOK
                           : inspection.raw_score() > 8 ? v1::REVIEW
                                                        : v1::OK);
    v1::LayerScore* layer = inspection.add_layers();
    layer->set_layer("conv4_3");
    layer->set_score(100 - inspection.raw_score());
    inspection.set_picture_width(image->width());
    inspection.set_picture_height(image->height());
    return inspection;
  }

  void WriteMasks() {
    WritePicture("set/ground_truth/hole/0_mask.png", 255);
    WritePicture("set/ground_truth/hole/1_mask.png", 255);
    WritePicture("set/ground_truth/cut/0_mask.png", 255);
  }

  nlohmann::json RunJson(std::vector<std::string> arguments) {
    arguments.push_back("--json");
    const Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return nlohmann::json::parse(outcome.out);
  }

  v1::Category cloth_;
  std::atomic<int> scores_{0};
  std::atomic<int> maps_{0};
};

}  // namespace mlfsc::client

#endif  // MLFSC_TESTS_CLIENT_COMMANDS_EVAL_TEST_H_
