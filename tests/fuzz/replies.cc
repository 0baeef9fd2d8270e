// What a server answers: the client library and the commands, which may be pointed at any server.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/stubs/logging.h>
#include <grpcpp/support/status.h>
#include <opencv2/core.hpp>

#include "absl/strings/str_cat.h"
#include "client/commands/app.h"
#include "client/grpc_status.h"
#include "client/pictures/float_map.h"
#include "client/pictures/picture_file.h"
#include "core/base/retry_hint.h"
#include "core/image/draw.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "mlfsc/v1/inspection.pb.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/testing/fake_stub.h"
#include "tests/testing/self_advancing_clock.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc::fuzz {
namespace {

using client::Context;

// Pictures of 16 x 16 pixels to send, a data set of them, and a place for what commands write.
class Folder {
 public:
  static const std::string& Path() {
    static const auto& folder = *new Folder;
    return folder.temporary_.path();
  }

 private:
  Folder() {
    Image image;
    image.rgb = cv::Mat(16, 16, CV_8UC3, cv::Scalar::all(90));
    const std::string png = EncodePng(image).value();
    for (const char* name :
         {"/in/1.png", "/in/2.png", "/set/test/good/1.png", "/set/test/good/2.png", "/set/test/cut/1.png",
          "/set/test/cut/2.png", "/set/ground_truth/cut/1_mask.png"}) {
      Require(client::WriteFile(temporary_.path() + name, png).ok(), "a picture to send");
    }
  }

  testing::TemporaryFolder temporary_;
};

// Somebody who loses patience: `watch` waits for as long as a server answers nonsense.
class EarlyInterrupt : public client::Interrupt {
 public:
  bool Requested() const override { return ++asked_ > 100; }

 private:
  mutable std::atomic<int> asked_{0};
};

// Runs a command against a server that answers by `stub`. Whatever that says, the terminal sees text and line
// ends only.
void Run(std::vector<std::string> arguments, std::shared_ptr<testing::FakeStub> stub) {
  std::ostringstream out;
  std::ostringstream err;
  testing::SelfAdvancingClock clock;
  Context context;
  context.terminal.out = &out;
  context.terminal.err = &err;
  context.clock = &clock;
  context.connect = [&](client::ConnectionOptions options) {
    options.retry.max_attempts = 2;
    options.retry.timeout = absl::Seconds(1);
    return client::MakeConnection(stub, options.retry, &clock, [] { return 0.5; });
  };
  context.listen_for_interrupt = [] { return std::make_unique<EarlyInterrupt>(); };
  const int code = client::RunApp(std::move(arguments), context);
  Require(code >= 0 && code <= 3, "a documented exit code");
  for (const std::string& shown : {out.str(), err.str()}) {
    Require(std::none_of(shown.begin(), shown.end(), [](unsigned char c) { return c < 0x20 && c != '\n'; }),
            "no control characters on the terminal");
  }
}

template <typename Message>
Message Parsed(absl::string_view bytes) {
  Message message;
  // What cannot be parsed gRPC refuses before it comes here; what was read until then does as well.
  (void)message.ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size()));
  return message;
}

template <typename Message>
auto Answers(absl::string_view bytes) {
  return [message = Parsed<Message>(bytes)](const auto&...) -> absl::StatusOr<Message> { return message; };
}

// Messages, each with its length before it.
template <typename Message>
std::vector<Message> Series(absl::string_view bytes) {
  std::vector<Message> series;
  while (!bytes.empty()) {
    const size_t size = std::min<size_t>(static_cast<unsigned char>(bytes.front()), bytes.size() - 1);
    series.push_back(Parsed<Message>(bytes.substr(1, size)));
    bytes.remove_prefix(1 + size);
  }
  return series;
}

testing::FakeTraining TrainingOf(absl::string_view bytes) {
  testing::FakeTraining training;
  training.responses = Series<v1::TrainResponse>(bytes);
  return training;
}

// Inspections, in turn, of whatever is sent; maps are of one value.
void InspectInTurn(absl::string_view bytes, testing::FakeStub* stub) {
  const auto series = std::make_shared<std::vector<v1::Inspection>>(Series<v1::Inspection>(bytes));
  const auto next = std::make_shared<std::atomic<size_t>>(0);
  const auto inspection = [=] {
    return series->empty() ? v1::Inspection() : (*series)[(*next)++ % series->size()];
  };
  stub->on_score = [=](const v1::ScoreRequest&) -> absl::StatusOr<v1::ScoreResponse> {
    v1::ScoreResponse response;
    *response.mutable_inspection() = inspection();
    return response;
  };
  stub->on_heatmap = [=](const v1::HeatmapRequest& request) -> absl::StatusOr<v1::HeatmapResponse> {
    v1::HeatmapResponse response;
    *response.mutable_inspection() = inspection();
    response.set_map(std::string(16 * 16 * 4, static_cast<char>(0x40 + *next % 2)));
    response.set_format(request.format());
    return response;
  };
  stub->on_get = [](const v1::GetCategoryRequest&) -> absl::StatusOr<v1::Category> {
    v1::Category category;
    category.set_active_version(1);
    category.add_versions()->set_version(1);
    return category;
  };
}

// Code and details of a failed call, then its message.
absl::Status FailureOf(absl::string_view bytes) {
  InputReader reader(bytes);
  // Others gRPC makes UNKNOWN before anybody sees them.
  const unsigned code = reader.Number(1) % 17;
  const unsigned stated = reader.Number(2);
  const size_t size = std::min<size_t>(stated, reader.Rest().size());
  const std::string details(reader.Rest().substr(0, size));
  const std::string message(reader.Rest().substr(size));
  const grpc::Status status(static_cast<grpc::StatusCode>(code), message, details);
  const absl::Status failure = client::FromGrpcStatus(status);
  Require(failure.ok() == (code == 0), "a failure stays one");
  if (const auto delay = RetryDelay(failure)) Require(*delay >= absl::ZeroDuration(), "a delay from 0");
  return failure;
}

// As `eval --heatmaps` draws it.
void Draw(const v1::HeatmapResponse& response) {
  const absl::StatusOr<cv::Mat> map = client::ToFloatMap(response);
  if (!map.ok()) return;
  Require(!client::ToNpy(*map).empty(), "a NumPy file");
  Image image;
  image.rgb = cv::Mat(map->rows, map->cols, CV_8UC3, cv::Scalar::all(90));
  Require(client::DrawOverlay(image, *map, response).ok(), "a drawing");
}

constexpr int kKinds = 13;

// The kind of the answer, then its bytes.
void FuzzReply(absl::string_view input) {
  static const google::protobuf::LogSilencer quiet;
  InputReader reader(input);
  const unsigned kind = reader.Number(1) % kKinds;
  const absl::string_view bytes = reader.Rest();
  const std::string in = Folder::Path() + "/in";
  const std::string out = Folder::Path() + "/out";
  const auto stub = std::make_shared<testing::FakeStub>();
  switch (kind) {
    case 0: {
      const absl::Status failure = FailureOf(bytes);
      if (failure.ok()) return;
      stub->on_list = [&failure]() -> absl::StatusOr<v1::ListCategoriesResponse> { return failure; };
      return Run({"categories"}, stub);
    }
    case 1:
      stub->on_list = Answers<v1::ListCategoriesResponse>(bytes);
      Run({"categories"}, stub);
      return Run({"categories", "--json"}, stub);
    case 2:
      stub->on_score = Answers<v1::ScoreResponse>(bytes);
      Run({"score", "tile", in}, stub);
      return Run({"score", "tile", in, "--json"}, stub);
    case 3:
    case 4:
      stub->on_heatmap = Answers<v1::HeatmapResponse>(bytes);
      return Run({"heatmap", "tile", in, "--out", out, "--format", kind == 3 ? "overlay" : "float"}, stub);
    case 5:
      stub->on_statistics = Answers<v1::GetStatisticsResponse>(bytes);
      Run({"statistics"}, stub);
      Run({"statistics", "tile"}, stub);
      return Run({"statistics", "--json"}, stub);
    case 6:
      stub->on_train = [&bytes](int) { return TrainingOf(bytes); };
      return Run({"train", "tile", in}, stub);
    case 7:
      stub->on_recalibrate = [&bytes](int) { return TrainingOf(bytes); };
      return Run({"recalibrate", "tile", in}, stub);
    case 8:
      stub->on_set_threshold = Answers<v1::Category>(bytes);
      stub->on_activate = Answers<v1::Category>(bytes);
      stub->on_delete = Answers<v1::Category>(bytes);
      Run({"threshold", "tile", "--threshold", "3"}, stub);
      Run({"activate", "tile", "1"}, stub);
      return Run({"delete", "tile", "1"}, stub);
    case 9:
      return Draw(Parsed<v1::HeatmapResponse>(bytes));
    case 11:
      InspectInTurn(bytes, stub.get());
      return Run({"eval", "tile", Folder::Path() + "/set", "--bootstrap", "3"}, stub);
    case 12:
      InspectInTurn(bytes, stub.get());
      std::filesystem::remove_all(out);
      std::filesystem::create_directory(out);
      std::filesystem::remove(in + "/scores.csv");
      return Run(
          {"watch", in, "tile", "--once", "--settle", "0", "--link", out, "--journal", out + "/journal"},
          stub);
    default:
      stub->on_health = Answers<grpc::health::v1::HealthCheckResponse>(bytes);
      Run({"health"}, stub);
      return Run({"health", "tile"}, stub);
  }
}

v1::Version SomeVersion() {
  v1::Version version;
  version.set_version(2);
  version.set_pictures(60);
  version.set_error("damaged");
  version.set_backbone_sha256(std::string(64, 'a'));
  version.mutable_create_time()->set_seconds(1'700'000'000);
  version.mutable_options()->set_feature_source(v1::PYRAMID);
  version.mutable_options()->set_input_size(256);
  version.mutable_calibration()->set_threshold(10);
  return version;
}

v1::Inspection SomeInspection() {
  v1::Inspection inspection;
  inspection.set_category("tile");
  inspection.set_version(2);
  inspection.set_raw_score(12.5);
  inspection.set_normalized_score(0.9);
  inspection.set_verdict(v1::NOK);
  inspection.set_picture_width(16);
  inspection.set_picture_height(16);
  v1::LayerScore* layer = inspection.add_layers();
  layer->set_layer("conv4_3");
  layer->add_top_channels()->set_score(3);
  v1::Region* region = inspection.add_regions();
  region->set_x(2);
  region->set_y(3);
  region->set_width(5);
  region->set_height(6);
  region->set_area(20);
  region->set_peak_x(4);
  region->set_peak_y(5);
  inspection.mutable_stage_times()->set_total(12);
  return inspection;
}

template <typename Message>
std::string Input(int kind, const Message& message) {
  return std::string(1, static_cast<char>(kind)) + message.SerializeAsString();
}

std::string Framed(const google::protobuf::Message& message) {
  const std::string bytes = message.SerializeAsString();
  return std::string(1, static_cast<char>(bytes.size())) + bytes;
}

std::string FailureInput() {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(2);
  google::rpc::Status details;
  details.set_code(8);
  details.add_details()->PackFrom(retry);
  const std::string bytes = details.SerializeAsString();
  return absl::StrCat(std::string("\0\x08", 2), std::string(1, static_cast<char>(bytes.size())),
                      std::string(1, '\0'), bytes, "the queue is full");
}

Seeds ReplySeeds() {
  Seeds seeds;
  seeds.inputs.push_back(FailureInput());
  v1::ListCategoriesResponse list;
  v1::Category* category = list.add_categories();
  category->set_category("tile");
  category->set_active_version(2);
  *category->add_versions() = SomeVersion();
  seeds.inputs.push_back(Input(1, list));
  seeds.inputs.push_back(Input(8, *category));
  v1::ScoreResponse score;
  *score.mutable_inspection() = SomeInspection();
  seeds.inputs.push_back(Input(2, score));
  v1::HeatmapResponse heatmap;
  *heatmap.mutable_inspection() = SomeInspection();
  heatmap.set_map(std::string(16 * 16 * 4, '\x40'));
  heatmap.set_scale_low(1);
  heatmap.set_scale_high(9);
  for (const int kind : {3, 4, 9}) seeds.inputs.push_back(Input(kind, heatmap));
  v1::GetStatisticsResponse statistics;
  v1::CategoryStatistics* traffic = statistics.add_categories();
  traffic->set_category("tile");
  traffic->set_ok(3);
  for (int bin = 0; bin < 20; ++bin) traffic->add_score_histogram(bin);
  traffic->add_minutes()->set_pictures(3);
  statistics.add_queues()->set_stage("decode");
  seeds.inputs.push_back(Input(5, statistics));
  v1::TrainResponse progress;
  progress.mutable_progress()->set_phase(v1::TrainProgress::LEARNING);
  progress.mutable_progress()->set_pictures_done(3);
  progress.mutable_progress()->set_pictures_total(4);
  progress.mutable_progress()->set_seconds_left(7);
  v1::TrainResponse result;
  *result.mutable_result()->mutable_version() = SomeVersion();
  for (const char* kind : {"\x06", "\x07"}) {
    seeds.inputs.push_back(absl::StrCat(kind, Framed(progress), Framed(result)));
  }
  v1::Inspection small;
  small.set_verdict(v1::OK);
  small.set_raw_score(3);
  small.set_threshold(5);
  small.set_picture_width(16);
  small.set_picture_height(16);
  v1::Inspection large = small;
  large.set_verdict(v1::NOK);
  large.set_raw_score(7);
  large.add_layers()->set_score(2);
  for (const char* kind : {"\x0b", "\x0c"}) {
    seeds.inputs.push_back(absl::StrCat(kind, Framed(small), Framed(large), Framed(large)));
  }
  grpc::health::v1::HealthCheckResponse health;
  health.set_status(grpc::health::v1::HealthCheckResponse::SERVING);
  seeds.inputs.push_back(Input(10, health));
  seeds.words = {std::string("\0\0\0\0\0\0\xf8\x7f", 8),
                 std::string("\0\0\0\0\0\0\xf0\x7f", 8),
                 "\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
                 "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
                 "\x1b[2J",
                 "type.googleapis.com/google.rpc.RetryInfo"};
  return seeds;
}

const RegisterTarget reply("reply", FuzzReply);
const RegisterSeeds reply_seeds("reply", ReplySeeds);

}  // namespace
}  // namespace mlfsc::fuzz
