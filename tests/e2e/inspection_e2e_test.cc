// The way of a picture through the real server: learn a category, score pictures, draw maps.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <thread>

#include <gmock/gmock.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "tests/e2e/cloth.h"
#include "tests/e2e/running_server.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr Defect kDefects[] = {Defect::kHole, Defect::kStain, Defect::kScratch};
constexpr int kGoodPictures = 16;

// One server, and one category `cloth` with the default options, for all tests.
class InspectionE2eTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    store_ = new testing::TemporaryFolder;
    server_ = new RunningServer(store_->path());
    v1::TrainResult result;
    const grpc::Status status = server_->Train("cloth", {}, GoodCloths(kGoodPictures), &result);
    ASSERT_TRUE(status.ok()) << status.error_message();
    ASSERT_EQ(result.version().version(), 1);
    ASSERT_EQ(result.version().pictures(), kGoodPictures);
    ASSERT_EQ(result.version().calibration().pictures(), kGoodPictures);
  }
  static void TearDownTestSuite() {
    EXPECT_EQ(server_->Stop(), 0) << server_->process().log();
    delete server_;
    delete store_;
  }

  static v1::Inspection Score(const std::string& picture) {
    v1::Inspection inspection;
    const grpc::Status status = server_->Score("cloth", picture, &inspection);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return inspection;
  }
  static v1::ScoreRequest RawRequest(const cv::Mat& pixels, v1::RawPixels::SampleType type) {
    v1::ScoreRequest request;
    request.set_category("cloth");
    v1::RawPixels* raw = request.mutable_picture()->mutable_raw();
    raw->set_data(pixels.data, pixels.total() * pixels.elemSize());
    raw->set_height(pixels.rows);
    raw->set_width(pixels.cols);
    raw->set_channels(pixels.channels());
    raw->set_sample_type(type);
    return request;
  }
  static v1::HeatmapResponse Heatmap(const std::string& picture, v1::HeatmapRequest::Format format) {
    v1::HeatmapRequest request;
    request.set_category("cloth");
    request.mutable_picture()->set_encoded(picture);
    request.set_format(format);
    CallContext context;
    v1::HeatmapResponse response;
    const grpc::Status status = server_->stub().Heatmap(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  static testing::TemporaryFolder* store_;
  static RunningServer* server_;
};

testing::TemporaryFolder* InspectionE2eTest::store_ = nullptr;
RunningServer* InspectionE2eTest::server_ = nullptr;

TEST_F(InspectionE2eTest, EveryDefectScoresAboveTheThresholdAndAboveEveryGoodPicture) {
  double worst_good = 0;
  for (const unsigned seed : {1001U, 1002U, 1003U, 1004U}) {
    const v1::Inspection good = Score(ClothPng(seed));
    worst_good = std::max(worst_good, good.raw_score());
    EXPECT_NE(good.verdict(), v1::NOK);
  }
  for (const Defect defect : kDefects) {
    const v1::Inspection bad = Score(ClothPng(1001, defect));
    EXPECT_GT(bad.raw_score(), worst_good);
    EXPECT_GT(bad.raw_score(), bad.threshold());
    EXPECT_GT(bad.normalized_score(), 0.5);
    EXPECT_EQ(bad.verdict(), v1::NOK);
  }
}

TEST_F(InspectionE2eTest, AnAnswerTellsVersionLayersSizeAndTimes) {
  const v1::Inspection inspection = Score(ClothPng(1001));
  EXPECT_EQ(inspection.category(), "cloth");
  EXPECT_EQ(inspection.version(), 1);
  ASSERT_EQ(inspection.layers_size(), 3);
  EXPECT_EQ(inspection.layers(0).layer(), "conv4_3");
  EXPECT_EQ(inspection.layers(1).layer(), "conv3_3");
  EXPECT_EQ(inspection.layers(2).layer(), "conv2_2");
  EXPECT_EQ(inspection.layers(0).top_channels_size(), 8);
  EXPECT_EQ(inspection.picture_width(), kClothWidth);
  EXPECT_EQ(inspection.picture_height(), kClothHeight);
  EXPECT_GT(inspection.stage_times().features(), 0);
  EXPECT_GE(inspection.stage_times().total(), inspection.stage_times().features());
}

TEST_F(InspectionE2eTest, TheMapAndItsRegionsPointAtTheDefect) {
  const v1::HeatmapResponse response =
      Heatmap(ClothPng(1001, Defect::kHole), v1::HeatmapRequest::FLOAT32_MAP);
  ASSERT_EQ(response.map().size(), sizeof(float) * kClothWidth * kClothHeight);
  std::vector<float> map(static_cast<size_t>(kClothWidth) * kClothHeight);
  std::memcpy(map.data(), response.map().data(), response.map().size());
  const auto peak = std::max_element(map.begin(), map.end()) - map.begin();
  EXPECT_LT(std::abs(peak % kClothWidth - kDefectX), kDefectSide);
  EXPECT_LT(std::abs(peak / kClothWidth - kDefectY), kDefectSide);
  EXPECT_GT(map[static_cast<size_t>(peak)], response.region_threshold());
  ASSERT_GE(response.inspection().regions_size(), 1);
  const v1::Region& region = response.inspection().regions(0);
  EXPECT_LE(region.x(), kDefectX);
  EXPECT_GE(region.x() + region.width(), kDefectX);
  EXPECT_LE(region.y(), kDefectY);
  EXPECT_GE(region.y() + region.height(), kDefectY);
}

TEST_F(InspectionE2eTest, MapsArePicturesOfTheSizeThatWasSent) {
  for (const auto format : {v1::HeatmapRequest::OVERLAY_PNG, v1::HeatmapRequest::COLOR_MAP_PNG}) {
    const v1::HeatmapResponse response = Heatmap(ClothPng(1001, Defect::kHole), format);
    const std::vector<uchar> bytes(response.map().begin(), response.map().end());
    const cv::Mat picture = cv::imdecode(bytes, cv::IMREAD_COLOR);
    EXPECT_EQ(picture.cols, kClothWidth);
    EXPECT_EQ(picture.rows, kClothHeight);
    EXPECT_EQ(response.format(), format);
  }
}

TEST_F(InspectionE2eTest, AHeatmapScoresLikeAScore) {
  const std::string picture = ClothPng(1001, Defect::kStain);
  EXPECT_EQ(Heatmap(picture, v1::HeatmapRequest::OVERLAY_PNG).inspection().raw_score(),
            Score(picture).raw_score());
}

TEST_F(InspectionE2eTest, RawPixelsAndAFileOfTheSamePixelsScoreAlike) {
  v1::Inspection raw;
  const grpc::Status status = server_->Score(RawRequest(Cloth(1001), v1::RawPixels::UINT8), &raw);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(raw.raw_score(), Score(ClothPng(1001)).raw_score());
}

TEST_F(InspectionE2eTest, SixteenBitFilesAreGoodInputs) {
  cv::Mat wide;
  Cloth(1001).convertTo(wide, CV_16UC3, 257);
  cv::cvtColor(wide, wide, cv::COLOR_RGB2BGR);
  std::vector<uchar> bytes;
  ASSERT_TRUE(cv::imencode(".png", wide, bytes));
  const v1::Inspection inspection = Score(std::string(bytes.begin(), bytes.end()));
  EXPECT_NE(inspection.verdict(), v1::NOK);
  // Resized in float32, whatever the depth: not the same bits, but the same but for that rounding.
  EXPECT_NEAR(inspection.raw_score() / Score(ClothPng(1001)).raw_score(), 1, 1e-3);
}

// Features may differ by models/vgg16.h's 4e-5 between batches and numbers of threads; distances are squares
// of standardised residuals, which magnify that: a thousandth is far below what anybody acts on.
constexpr double kScoreTolerance = 1e-3;

// The score of `picture` while 16 others are under way.
double ScoreInCompany(RunningServer* server, const std::string& picture) {
  std::vector<std::thread> clients;
  double score = 0;
  for (unsigned i = 0; i < 17; ++i) {
    clients.emplace_back([&, i] {
      v1::Inspection inspection;
      const std::string sent =
          i == 8 ? picture : ClothPng(2000 + i, i % 2 == 0 ? Defect::kNone : Defect::kStain);
      const grpc::Status status = server->Score("cloth", sent, &inspection);
      EXPECT_TRUE(status.ok()) << status.error_message();
      if (i == 8) score = inspection.raw_score();
    });
  }
  for (std::thread& client : clients) client.join();
  return score;
}

// The suite's server has a thread for each core. More threads than cores: Vgg16Test; here they would take
// turns for minutes.
TEST_F(InspectionE2eTest, OnePicturesAnswerIsTheSameAloneAndAmongSixteenWithOneThreadOrMany) {
  const std::string picture = ClothPng(1001, Defect::kScratch);
  const double alone = Score(picture).raw_score();
  EXPECT_NEAR(ScoreInCompany(server_, picture) / alone, 1, kScoreTolerance);
  RunningServer other(store_->path(), {"--store_readonly=true", "--threads=1", "--coding_threads=3"});
  v1::Inspection inspection;
  EXPECT_TRUE(other.Score("cloth", picture, &inspection).ok());
  EXPECT_NEAR(inspection.raw_score() / alone, 1, kScoreTolerance);
  EXPECT_NEAR(ScoreInCompany(&other, picture) / alone, 1, kScoreTolerance);
}

struct BadRequest {
  std::string what;
  v1::ScoreRequest request;
  grpc::StatusCode code;
  // What the message must say.
  std::string message;
};

v1::ScoreRequest Encoded(const std::string& bytes, const std::string& category = "cloth",
                         int64_t version = 0) {
  v1::ScoreRequest request;
  request.set_category(category);
  request.set_version(version);
  request.mutable_picture()->set_encoded(bytes);
  return request;
}

// The checksum of PNG's chunks (ISO 3309).
uint32_t Crc(const std::string& bytes) {
  uint32_t crc = ~0U;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320U : 0);
  }
  return ~crc;
}

std::string BigEndian(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

// A PNG whose header claims, with a right checksum, `width` x `height`.
std::string WithSize(std::string png, uint32_t width, uint32_t height) {
  // Signature, then the header chunk: length, "IHDR", width, height, 5 bytes more, checksum.
  png.replace(16, 8, BigEndian(width) + BigEndian(height));
  png.replace(29, 4, BigEndian(Crc(png.substr(12, 17))));
  return png;
}

std::string TinyPng(int width, int height) {
  std::vector<uchar> bytes;
  cv::imencode(".png", cv::Mat(height, width, CV_8UC3, cv::Scalar(1, 2, 3)), bytes);
  return {bytes.begin(), bytes.end()};
}

TEST_F(InspectionE2eTest, WhatCannotBeScoredHasItsOwnStatusAndMessage) {
  const std::string png = ClothPng(1);
  cv::Mat bright(32, 32, CV_32FC1, cv::Scalar(0.5));
  bright.at<float>(3, 4) = std::numeric_limits<float>::quiet_NaN();
  v1::ScoreRequest short_data = RawRequest(Cloth(1), v1::RawPixels::UINT8);
  short_data.mutable_picture()->mutable_raw()->mutable_data()->resize(100);
  v1::ScoreRequest without_picture;
  without_picture.set_category("cloth");

  const BadRequest cases[] = {
      {"nothing", without_picture, grpc::StatusCode::INVALID_ARGUMENT, "no content"},
      {"an empty file", Encoded(""), grpc::StatusCode::INVALID_ARGUMENT, "empty"},
      {"half a file", Encoded(png.substr(0, png.size() / 2)), grpc::StatusCode::INVALID_ARGUMENT, "PNG"},
      {"a few bytes", Encoded(png.substr(0, 12)), grpc::StatusCode::INVALID_ARGUMENT, "PNG"},
      {"text", Encoded("this is no picture, whatever its name says"), grpc::StatusCode::INVALID_ARGUMENT,
       "PNG"},
      {"wrong magic", Encoded("GIF89a" + png.substr(6)), grpc::StatusCode::INVALID_ARGUMENT, "PNG"},
      {"a bomb", Encoded(WithSize(png, 60000, 60000)), grpc::StatusCode::INVALID_ARGUMENT, "60000x60000"},
      {"the limit of a side", Encoded(WithSize(png, 4097, 16)), grpc::StatusCode::INVALID_ARGUMENT, "4096"},
      {"one pixel", Encoded(TinyPng(1, 1)), grpc::StatusCode::INVALID_ARGUMENT, "1x1"},
      {"not a number", RawRequest(bright, v1::RawPixels::FLOAT32), grpc::StatusCode::INVALID_ARGUMENT,
       "finite"},
      {"too few pixels", short_data, grpc::StatusCode::INVALID_ARGUMENT, "100"},
      {"an unknown category", Encoded(png, "silk"), grpc::StatusCode::NOT_FOUND, "silk"},
      {"an unknown version", Encoded(png, "cloth", 99), grpc::StatusCode::NOT_FOUND, "99"},
      {"a path", Encoded(png, "../cloth"), grpc::StatusCode::INVALID_ARGUMENT, "../cloth"},
      {"an absolute path", Encoded(png, "/etc/passwd"), grpc::StatusCode::INVALID_ARGUMENT, "/etc/passwd"},
      {"a hidden file", Encoded(png, ".lock"), grpc::StatusCode::INVALID_ARGUMENT, ".lock"},
      {"a name too long", Encoded(png, std::string(65, 'a')), grpc::StatusCode::INVALID_ARGUMENT, "64"},
      {"no name", Encoded(png, ""), grpc::StatusCode::INVALID_ARGUMENT, "category"},
      {"too much", Encoded(std::string(2 << 20, 'x')), grpc::StatusCode::RESOURCE_EXHAUSTED, "1048576"},
  };
  for (const BadRequest& bad : cases) {
    v1::Inspection inspection;
    const grpc::Status status = server_->Score(bad.request, &inspection);
    EXPECT_EQ(status.error_code(), bad.code) << bad.what << ": " << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr(bad.message)) << bad.what;
    EXPECT_EQ(status.error_details(), "") << bad.what << " is not worth a retry";
  }
  // And none of them did any harm.
  EXPECT_GT(Score(png).raw_score(), 0);
}

TEST_F(InspectionE2eTest, ATrainingThatCannotBeSaysWhy) {
  v1::TrainResult result;
  grpc::Status status = server_->Train("broken", QuickOptions(), {ClothPng(1), "no picture"}, &result);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("picture 1: "));

  status = server_->Train("lonely", QuickOptions(), {ClothPng(1)}, &result);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION) << status.error_message();

  v1::CategoryOptions options;
  options.set_input_size(512);
  status = server_->Train("large", options, GoodCloths(2), &result);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), AllOf(HasSubstr("512"), HasSubstr("128, 256")));

  CallContext context;
  v1::ListCategoriesResponse response;
  ASSERT_TRUE(server_->stub().ListCategories(&context, {}, &response).ok());
  ASSERT_EQ(response.categories_size(), 1) << response.DebugString();
  EXPECT_EQ(response.categories(0).category(), "cloth");
}

TEST_F(InspectionE2eTest, ProgressLeadsThroughThePhasesToTheResult) {
  CallContext context;
  const auto stream = server_->stub().Train(&context);
  v1::TrainRequest request;
  request.mutable_start()->set_category("progress");
  *request.mutable_start()->mutable_options() = QuickOptions();
  request.mutable_start()->set_keep_active(true);
  request.mutable_start()->set_expected_pictures(4);
  stream->Write(request);
  for (const std::string& picture : GoodCloths(4)) {
    request.mutable_picture()->set_encoded(picture);
    stream->Write(request);
  }
  stream->WritesDone();
  int last_phase = v1::TrainProgress::PHASE_UNSPECIFIED;
  v1::TrainResponse response;
  v1::TrainResult result;
  while (stream->Read(&response)) {
    if (response.has_result()) {
      result = response.result();
      continue;
    }
    EXPECT_GE(response.progress().phase(), last_phase);
    last_phase = response.progress().phase();
  }
  const grpc::Status status = stream->Finish();
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_GE(last_phase, v1::TrainProgress::FEATURES);
  EXPECT_EQ(result.version().version(), 1);

  // It was asked not to be made active.
  v1::Inspection inspection;
  EXPECT_EQ(server_->Score("progress", ClothPng(1), &inspection).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
}

}  // namespace
}  // namespace mlfsc
