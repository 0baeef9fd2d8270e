// What clients send: every request through the service's conversion.
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/stubs/logging.h>

#include "absl/strings/str_cat.h"
#include "core/bundle/bundle_store.h"
#include "core/bundle/category_options.h"
#include "core/serving/picture_bytes.h"
#include "core/serving/threshold.h"
#include "mlfsc/v1/inspection.pb.h"
#include "server/convert/category.h"
#include "server/convert/inspection.h"
#include "server/convert/options.h"
#include "server/convert/picture.h"
#include "server/convert/status.h"
#include "server/convert/training.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/testing/bundles.h"

namespace mlfsc::fuzz {
namespace {

// A refusal as the caller gets it.
void CheckRefusal(const absl::Status& status) {
  RequireRefusal(status);
  const grpc::Status sent = ToGrpcStatus(status);
  Require(static_cast<int>(sent.error_code()) == static_cast<int>(status.code()), "the same code");
  Require(sent.error_message() == status.message(), "the same message");
}

void CheckPicture(const PictureBytes& picture) {
  PictureLimits limits;
  limits.max_bytes = 1 << 20;
  limits.max_side = 128;
  const absl::StatusOr<Image> image = Decode(picture, limits);
  if (!image.ok()) CheckRefusal(image.status());
}

void CheckInspection(const absl::StatusOr<InspectionRequest>& request) {
  if (!request.ok()) return CheckRefusal(request.status());
  Require(IsCategoryName(request->category), "a category's name");
  Require(request->version >= 0, "a version that can be");
  CheckPicture(request->picture);
}

void CheckOptions(const CategoryOptions& options) {
  Require(Validate(options).ok(), "options that a category may have");
  const absl::StatusOr<CategoryOptions> again = ToCategoryOptions(ToProto(options));
  Require(again.ok(), absl::StrCat("options can be asked for again: ", again.status().ToString()));
  Require(ToProto(*again).SerializeAsString() == ToProto(options).SerializeAsString(), "the same options");
}

template <typename Request>
void CheckTraining(const Request& request) {
  switch (request.content_case()) {
    case Request::kStart: {
      const absl::StatusOr<TrainingRequest> training = ToTrainingRequest(request.start(), {32, 64, 256, 512});
      if (!training.ok()) return CheckRefusal(training.status());
      Require(IsCategoryName(training->category), "a category's name");
      Require(training->expected_pictures >= 0, "a number of pictures");
      if (training->recalibrated_version == std::nullopt) CheckOptions(training->options);
      return;
    }
    case Request::kPicture: {
      const absl::StatusOr<PictureBytes> picture = ToPictureBytes(request.picture());
      if (!picture.ok()) return CheckRefusal(picture.status());
      return CheckPicture(*picture);
    }
    default:
      return;
  }
}

void CheckThreshold(const v1::SetThresholdRequest& request) {
  const absl::StatusOr<ThresholdRequest> threshold = ToThresholdRequest(request);
  if (!threshold.ok()) return CheckRefusal(threshold.status());
  const Manifest before = testing::RandomBundle(testing::SmallOptions(), 1).manifest;
  const absl::StatusOr<Manifest> after = WithLimit(before, threshold->limit);
  if (!after.ok()) return CheckRefusal(after.status());
  for (const Calibration& limits : {after->calibration, after->map_calibration}) {
    Require(limits.review_low > 0 && limits.review_low <= limits.threshold &&
                limits.threshold <= limits.review_high && std::isfinite(limits.review_high),
            "a band around its threshold");
  }
}

template <typename Message>
bool Parse(absl::string_view bytes, Message* message) {
  return message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

template <typename Message, typename Check>
void ParseAndCheck(absl::string_view bytes, const Check& check) {
  Message message;
  if (Parse(bytes, &message)) check(message);
}

constexpr int kKinds = 6;

// The kind of the message, then its bytes.
void FuzzRequest(absl::string_view input) {
  // As the server has it: no line for every text that is not UTF-8.
  static const google::protobuf::LogSilencer quiet;
  InputReader reader(input);
  const unsigned kind = reader.Number(1) % kKinds;
  const absl::string_view bytes = reader.Rest();
  switch (kind) {
    case 0:
      return ParseAndCheck<v1::ScoreRequest>(bytes,
                                             [](const auto& m) { CheckInspection(ToInspectionRequest(m)); });
    case 1:
      return ParseAndCheck<v1::HeatmapRequest>(
          bytes, [](const auto& m) { CheckInspection(ToInspectionRequest(m)); });
    case 2:
      return ParseAndCheck<v1::TrainRequest>(bytes, [](const auto& m) { CheckTraining(m); });
    case 3:
      return ParseAndCheck<v1::RecalibrateCategoryRequest>(bytes, [](const auto& m) { CheckTraining(m); });
    case 4:
      return ParseAndCheck<v1::SetThresholdRequest>(bytes, [](const auto& m) { CheckThreshold(m); });
    default:
      return ParseAndCheck<v1::CategoryOptions>(bytes, [](const auto& m) {
        const absl::StatusOr<CategoryOptions> options = ToCategoryOptions(m);
        if (!options.ok()) return CheckRefusal(options.status());
        CheckOptions(*options);
      });
  }
}

v1::Picture RawPicture() {
  v1::Picture picture;
  v1::RawPixels* raw = picture.mutable_raw();
  raw->set_data(std::string(16 * 17 * 2, '\x05'));
  raw->set_height(16);
  raw->set_width(17);
  raw->set_channels(1);
  raw->set_sample_type(v1::RawPixels::UINT16);
  raw->set_bit_depth(12);
  return picture;
}

v1::CategoryOptions AllOptions() {
  v1::CategoryOptions options;
  options.set_feature_source(v1::PIXELS);
  options.set_input_size(32);
  options.set_patch_size(8);
  options.set_stride(4);
  options.set_atoms(3);
  options.set_alpha(0.5);
  options.set_coder(v1::OMP);
  options.set_nonzeros(2);
  options.set_score_method(v1::SUM);
  options.set_top_residuals(2);
  options.set_top_patches(3);
  options.set_false_alarm_rate(0.02);
  options.set_epochs(3);
  options.set_batch_pictures(2);
  options.set_seed(7);
  options.set_resize(v1::BILINEAR);
  return options;
}

template <typename Message>
std::string Input(int kind, const Message& message) {
  return std::string(1, static_cast<char>(kind)) + message.SerializeAsString();
}

Seeds RequestSeeds() {
  Seeds seeds;
  v1::ScoreRequest score;
  score.set_category("carpet");
  score.set_version(3);
  *score.mutable_picture() = RawPicture();
  seeds.inputs.push_back(Input(0, score));
  score.mutable_picture()->set_encoded("BM");
  seeds.inputs.push_back(Input(0, score));
  v1::HeatmapRequest heatmap;
  heatmap.set_category("a.b_c-9");
  *heatmap.mutable_picture() = RawPicture();
  heatmap.set_format(v1::HeatmapRequest::FLOAT32_MAP);
  seeds.inputs.push_back(Input(1, heatmap));
  v1::TrainRequest train;
  train.mutable_start()->set_category("bolt");
  train.mutable_start()->set_expected_pictures(60);
  *train.mutable_start()->mutable_options() = AllOptions();
  seeds.inputs.push_back(Input(2, train));
  *train.mutable_picture() = RawPicture();
  seeds.inputs.push_back(Input(2, train));
  v1::RecalibrateCategoryRequest recalibrate;
  recalibrate.mutable_start()->set_category("bolt");
  recalibrate.mutable_start()->set_version(2);
  seeds.inputs.push_back(Input(3, recalibrate));
  v1::SetThresholdRequest threshold;
  threshold.set_category("bolt");
  threshold.set_threshold(12.5);
  seeds.inputs.push_back(Input(4, threshold));
  threshold.set_false_alarm_rate(0.05);
  seeds.inputs.push_back(Input(4, threshold));
  seeds.inputs.push_back(Input(5, AllOptions()));
  v1::CategoryOptions options;
  options.set_feature_source(v1::SINGLE_PASS);
  seeds.inputs.push_back(Input(5, options));
  seeds.words = {std::string("\0\0\0\0\0\0\xf8\x7f", 8), std::string("\0\0\0\0\0\0\xf0\x7f", 8),
                 "\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
                 "\xff\xff\xff\xff\x07"};
  return seeds;
}

const RegisterTarget request("request", FuzzRequest);
const RegisterSeeds request_seeds("request", RequestSeeds);

}  // namespace
}  // namespace mlfsc::fuzz
