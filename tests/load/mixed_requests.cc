#include "tests/load/mixed_requests.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <optional>
#include <random>
#include <set>
#include <utility>

#include <grpcpp/alarm.h>
#include <grpcpp/client_context.h>
#include <opencv2/core.hpp>

#include "absl/strings/str_cat.h"
#include "core/base/mutex.h"
#include "core/base/thread_pool.h"
#include "core/image/draw.h"
#include "mlfsc/v1/inspection.grpc.pb.h"
#include "tests/load/metrics_page.h"
#include "tests/testing/http2_request.h"
#include "tests/testing/local_socket.h"
#include "tests/testing/raw_picture.h"

namespace mlfsc::testing {
namespace {

using Random = std::mt19937_64;
using Codes = std::set<grpc::StatusCode>;

constexpr char kTile[] = "tile";
constexpr char kPlain[] = "plain";
constexpr char kLearnt[] = "learnt";
constexpr int kPictures = 8;
constexpr int kTrainingPictures = 4;
constexpr int kChannels = 4;
constexpr int kShortestMs = 0;
constexpr int kLongestMs = 8;

struct Kind {
  const char* name;
  // Of 1000 requests.
  int share;
};
constexpr Kind kScore = {"score", 350};
constexpr Kind kHeatmap = {"heatmap", 80};
constexpr Kind kRaw = {"raw pixels", 80};
constexpr Kind kBroken = {"broken picture", 120};
constexpr Kind kUnknown = {"unknown category", 40};
constexpr Kind kHurried = {"deadline of 0 to 8 ms", 120};
constexpr Kind kCancelled = {"cancelled after 0 to 8 ms", 120};
constexpr Kind kDisconnected = {"disconnected", 60};
constexpr Kind kListed = {"list", 28};
constexpr Kind kTrained = {"train", 2};
constexpr Kind kKinds[] = {kScore,   kHeatmap,   kRaw,          kBroken, kUnknown,
                           kHurried, kCancelled, kDisconnected, kListed, kTrained};

std::chrono::system_clock::time_point After(std::chrono::milliseconds time) {
  return std::chrono::system_clock::now() + time;
}

std::string CodeName(grpc::StatusCode code) {
  static constexpr const char* kNames[] = {
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  return kNames[static_cast<size_t>(code)];
}

Image ImageOf(const RawPixels& raw) {
  const cv::Mat grey(raw.height, raw.width, CV_8UC1,
                     const_cast<char*>(raw.data.data()));  // OpenCV has no matrix to be read only.
  Image image;
  cv::merge(std::vector<cv::Mat>{grey, grey, grey}, image.rgb);
  return image;
}

// A picture as a file and as raw pixels.
struct Picture {
  explicit Picture(unsigned seed) {
    const RawPicture source(seed);
    const PictureBytes bytes = source.bytes();
    const auto& pixels = std::get<RawPixels>(bytes);
    file.set_encoded(EncodePng(ImageOf(pixels)).value());
    v1::RawPixels* const message = raw.mutable_raw();
    message->set_data(std::string(pixels.data));
    message->set_height(pixels.height);
    message->set_width(pixels.width);
    message->set_channels(pixels.channels);
    message->set_sample_type(v1::RawPixels::UINT8);
  }

  v1::Picture file;
  v1::Picture raw;
  // By category, when it was alone.
  std::map<std::string, double> scores;
};

// A file with something wrong.
v1::Picture Broken(const v1::Picture& picture, Random* random) {
  std::string bytes = picture.encoded();
  switch ((*random)() % 4) {
    case 0:
      bytes.resize(bytes.size() / 2);
      break;
    case 1:
      bytes = "this is no picture";
      break;
    case 2:
      // In its compressed pixels.
      bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] + 1);
      break;
    default:
      bytes.clear();
  }
  v1::Picture broken;
  broken.set_encoded(bytes);
  return broken;
}

struct ClientCall {
  grpc::ClientContext context;
  grpc::Alarm cancellation;
};

}  // namespace

class MixedRequests::Impl {
 public:
  Impl(LoadServer* server, const MixedOptions& options) : server_(server), options_(options) {
    for (int i = 0; i < kChannels; ++i) {
      stubs_.push_back(v1::InspectionService::NewStub(server->NewChannel()));
    }
    for (unsigned i = 0; i < kPictures; ++i) pictures_.emplace_back(i);
    v1::CategoryOptions teaching;
    teaching.set_input_size(128);
    teaching.set_epochs(1);
    Teach(kTile, teaching);
    // Keeps this version: later ones are deleted again.
    Teach(kLearnt, teaching);
    teaching.Clear();
    teaching.set_feature_source(v1::PIXELS);
    teaching.set_input_size(128);
    teaching.set_atoms(5);
    teaching.set_epochs(1);
    Teach(kPlain, teaching);
    for (Picture& picture : pictures_) {
      for (const char* category : {kTile, kPlain}) picture.scores[category] = ScoreAlone(category, picture);
    }
  }

  void Run(int64_t count) {
    {
      MutexLock lock(&mutex_);
      end_ = next_ + count;
    }
    for (int i = 0; i < options_.at_once; ++i) Next();
    {
      MutexLock lock(&mutex_);
      mutex_.Await([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return under_way_ == 0; });
    }
    AwaitRest();
  }

  MixedReport report() const {
    MutexLock lock(&mutex_);
    return report_;
  }

 private:
  using Answered = std::function<void(const grpc::Status&)>;

  // Teaching and scoring in peace.

  grpc::Status Train(const std::string& category, const v1::CategoryOptions& options, bool keep_active,
                     v1::TrainResult* result) {
    grpc::ClientContext context;
    context.set_deadline(After(std::chrono::minutes(2)));
    const auto stream = stubs_[0]->Train(&context);
    v1::TrainRequest request;
    request.mutable_start()->set_category(category);
    request.mutable_start()->set_keep_active(keep_active);
    *request.mutable_start()->mutable_options() = options;
    bool alive = stream->Write(request);
    for (int i = 0; alive && i < kTrainingPictures; ++i) {
      *request.mutable_picture() = pictures_[static_cast<size_t>(i)].file;
      alive = stream->Write(request);
    }
    if (alive) stream->WritesDone();
    v1::TrainResponse response;
    while (stream->Read(&response)) {
      if (response.has_result()) *result = response.result();
    }
    return stream->Finish();
  }

  void Teach(const std::string& category, const v1::CategoryOptions& options) {
    v1::TrainResult result;
    const grpc::Status status = Train(category, options, /*keep_active=*/false, &result);
    if (status.ok()) return;
    std::cerr << "cannot teach " << category << ": " << status.error_message() << std::endl;
    std::abort();
  }

  double ScoreAlone(const std::string& category, const Picture& picture) {
    grpc::ClientContext context;
    v1::ScoreRequest request;
    request.set_category(category);
    *request.mutable_picture() = picture.file;
    v1::ScoreResponse response;
    const grpc::Status status = stubs_[0]->Score(&context, request, &response);
    if (status.ok()) return response.inspection().raw_score();
    std::cerr << "cannot score: " << status.error_message() << std::endl;
    std::abort();
  }

  // The next request, if there is one to send.
  void Next() {
    int64_t number;
    {
      MutexLock lock(&mutex_);
      if (next_ == end_) return;
      number = next_++;
      ++under_way_;
      ++report_.sent;
    }
    // std::seed_seq spreads neighbouring numbers apart.
    std::seed_seq seed{options_.seed, static_cast<uint64_t>(number)};
    Random random(seed);
    int64_t lot = static_cast<int64_t>(random() % 1000);
    const Kind* kind = kKinds;
    while (lot >= kind->share) lot -= (kind++)->share;
    Send(*kind, &random);
  }

  void Send(const Kind& kind, Random* random) {
    v1::InspectionService::Stub* const stub = stubs_[(*random)() % stubs_.size()].get();
    const Picture& picture = pictures_[(*random)() % pictures_.size()];
    const std::string category = (*random)() % 4 == 0 ? kPlain : kTile;
    const std::string name = kind.name;
    const Codes fine = {grpc::StatusCode::OK, grpc::StatusCode::RESOURCE_EXHAUSTED};
    if (name == kScore.name) return Score(stub, name, category, picture.file, picture, fine);
    if (name == kRaw.name) return Score(stub, name, category, picture.raw, picture, fine);
    if (name == kHeatmap.name) return Heatmap(stub, category, picture, (*random)());
    if (name == kBroken.name) {
      return Score(stub, name, category, Broken(picture.file, random), picture,
                   {grpc::StatusCode::INVALID_ARGUMENT, grpc::StatusCode::RESOURCE_EXHAUSTED});
    }
    if (name == kUnknown.name) {
      return Score(stub, name, "nobody", picture.file, picture,
                   {grpc::StatusCode::NOT_FOUND, grpc::StatusCode::RESOURCE_EXHAUSTED});
    }
    const std::chrono::microseconds short_time(
        std::uniform_int_distribution<int>(kShortestMs * 1000, kLongestMs * 1000)(*random));
    if (name == kHurried.name) {
      Codes codes = fine;
      codes.insert(grpc::StatusCode::DEADLINE_EXCEEDED);
      return Score(stub, name, category, picture.file, picture, codes, short_time);
    }
    if (name == kCancelled.name) {
      Codes codes = fine;
      codes.insert(grpc::StatusCode::CANCELLED);
      return Score(stub, name, category, picture.file, picture, codes, std::nullopt, short_time);
    }
    if (name == kDisconnected.name) {
      const bool whole = (*random)() % 2 == 0;
      const bool reset = (*random)() % 2 == 0;
      return others_.Schedule([this, category, &picture, short_time, whole, reset] {
        Disconnect(category, picture, short_time, whole, reset);
      });
    }
    if (name == kListed.name) return List(stub);
    const bool abandon = (*random)() % 2 == 0;
    others_.Schedule([this, abandon] { TrainOrGoAway(abandon); });
  }

  // Scores `sent`, which is `picture` in some form. `codes`: what may come of it.
  void Score(v1::InspectionService::Stub* stub, const std::string& kind, const std::string& category,
             const v1::Picture& sent, const Picture& picture, const Codes& codes,
             std::optional<std::chrono::microseconds> deadline = std::nullopt,
             std::optional<std::chrono::microseconds> cancel_after = std::nullopt) {
    struct Exchange : ClientCall {
      v1::ScoreRequest request;
      v1::ScoreResponse response;
    };
    const auto call = std::make_shared<Exchange>();
    call->request.set_category(category);
    *call->request.mutable_picture() = sent;
    SetDeadline(&call->context, deadline);
    if (cancel_after.has_value()) {
      call->cancellation.Set(std::chrono::system_clock::now() + *cancel_after, [call](bool expired) {
        if (expired) call->context.TryCancel();
      });
    }
    stub->async()->Score(&call->context, &call->request, &call->response,
                         [this, call, kind, category, &picture, codes](const grpc::Status& status) {
                           call->cancellation.Cancel();
                           Check(kind, status, codes);
                           if (status.ok()) CheckScore(kind, call->response.inspection(), category, picture);
                           Ended();
                         });
  }

  void Heatmap(v1::InspectionService::Stub* stub, const std::string& category, const Picture& picture,
               uint64_t lot) {
    struct Exchange : ClientCall {
      v1::HeatmapRequest request;
      v1::HeatmapResponse response;
    };
    const auto call = std::make_shared<Exchange>();
    call->request.set_category(category);
    *call->request.mutable_picture() = picture.file;
    static constexpr v1::HeatmapRequest::Format kFormats[] = {
        v1::HeatmapRequest::OVERLAY_PNG, v1::HeatmapRequest::COLOR_MAP_PNG, v1::HeatmapRequest::FLOAT32_MAP};
    call->request.set_format(kFormats[lot % 3]);
    SetDeadline(&call->context, std::nullopt);
    stub->async()->Heatmap(
        &call->context, &call->request, &call->response,
        [this, call, category, &picture](const grpc::Status& status) {
          Check(kHeatmap.name, status, {grpc::StatusCode::OK, grpc::StatusCode::RESOURCE_EXHAUSTED});
          if (status.ok()) CheckScore(kHeatmap.name, call->response.inspection(), category, picture);
          Ended();
        });
  }

  void List(v1::InspectionService::Stub* stub) {
    struct Exchange : ClientCall {
      v1::ListCategoriesRequest request;
      v1::ListCategoriesResponse response;
    };
    const auto call = std::make_shared<Exchange>();
    SetDeadline(&call->context, std::nullopt);
    stub->async()->ListCategories(&call->context, &call->request, &call->response,
                                  [this, call](const grpc::Status& status) {
                                    Check(kListed.name, status, {grpc::StatusCode::OK});
                                    Ended();
                                  });
  }

  // Sends all of a request or half of it and goes.
  void Disconnect(const std::string& category, const Picture& picture, std::chrono::microseconds stay,
                  bool whole, bool reset) {
    v1::ScoreRequest request;
    request.set_category(category);
    *request.mutable_picture() = picture.file;
    const std::string bytes = Http2Request("/mlfsc.v1.InspectionService/Score", request.SerializeAsString());
    LocalSocket socket(server_->port());
    socket.Write(absl::string_view(bytes).substr(0, whole ? bytes.size() : bytes.size() / 2));
    socket.AwaitInput(static_cast<int>(stay.count() / 1000));
    if (reset) socket.ResetOnClose();
    Count(kDisconnected.name, "gone");
    Ended();
  }

  void TrainOrGoAway(bool abandon) {
    v1::CategoryOptions options;
    options.set_input_size(128);
    options.set_epochs(1);
    const Codes may_be_busy = {grpc::StatusCode::OK, grpc::StatusCode::CANCELLED,
                               grpc::StatusCode::RESOURCE_EXHAUSTED, grpc::StatusCode::ALREADY_EXISTS};
    if (abandon) {
      grpc::ClientContext context;
      const auto stream = stubs_[0]->Train(&context);
      v1::TrainRequest request;
      request.mutable_start()->set_category(kLearnt);
      *request.mutable_start()->mutable_options() = options;
      stream->Write(request);
      *request.mutable_picture() = pictures_[0].file;
      stream->Write(request);
      v1::TrainResponse response;
      stream->Read(&response);
      context.TryCancel();
      Check(kTrained.name, stream->Finish(), may_be_busy);
      return Ended();
    }
    v1::TrainResult result;
    const grpc::Status status = Train(kLearnt, options, /*keep_active=*/true, &result);
    Check(kTrained.name, status, may_be_busy);
    if (status.ok()) {
      grpc::ClientContext context;
      v1::DeleteVersionRequest request;
      request.set_category(kLearnt);
      request.set_version(result.version().version());
      v1::Category response;
      const grpc::Status deleted = stubs_[0]->DeleteVersion(&context, request, &response);
      if (!deleted.ok()) Wrong(kTrained.name, deleted.error_message());
    }
    Ended();
  }

  static void SetDeadline(grpc::ClientContext* context, std::optional<std::chrono::microseconds> deadline) {
    context->set_deadline(std::chrono::system_clock::now() +
                          deadline.value_or(std::chrono::microseconds(std::chrono::minutes(1))));
  }

  void Check(const std::string& kind, const grpc::Status& status, const Codes& codes) {
    const grpc::StatusCode code = status.error_code();
    Count(kind, CodeName(code));
    if (codes.count(code) == 0) {
      if (code == grpc::StatusCode::DEADLINE_EXCEEDED) {
        MutexLock lock(&mutex_);
        ++report_.unanswered;
      } else {
        Wrong(kind, absl::StrCat(CodeName(code), ": ", status.error_message()));
      }
    }
    // RetryInfo is in the details.
    if (code == grpc::StatusCode::RESOURCE_EXHAUSTED && status.error_details().empty()) {
      Wrong(kind, absl::StrCat("no hint when to come back: ", status.error_message()));
    }
  }

  void CheckScore(const std::string& kind, const v1::Inspection& inspection, const std::string& category,
                  const Picture& picture) {
    const double expected = picture.scores.at(category);
    if (inspection.category() == category &&
        std::abs(inspection.raw_score() - expected) <= options_.relative_tolerance * std::abs(expected)) {
      return;
    }
    Wrong(kind, absl::StrCat("category ", inspection.category(), ", score ", inspection.raw_score(),
                             " instead of ", category, ", ", expected));
  }

  void Count(const std::string& kind, const std::string& outcome) {
    MutexLock lock(&mutex_);
    ++report_.answers[kind][outcome];
  }

  void Wrong(const std::string& kind, const std::string& what) {
    MutexLock lock(&mutex_);
    ++report_.wrong;
    if (report_.examples.size() < 10) report_.examples.push_back(absl::StrCat(kind, ": ", what));
  }

  void Ended() {
    Next();
    MutexLock lock(&mutex_);
    --under_way_;
    mutex_.SignalAll();
  }

  // Until the server has ended what it began, at most a minute.
  void AwaitRest() {
    const auto latest = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    double started = 0;
    double ended = 0;
    do {
      const MetricsPage page = MetricsPage::Read(server_->metrics_port());
      started = page.Sum("grpc_server_started_total");
      ended = page.Sum("grpc_server_handled_total");
    } while (started != ended && std::chrono::steady_clock::now() < latest);
    MutexLock lock(&mutex_);
    report_.started = static_cast<int64_t>(started);
    report_.ended = static_cast<int64_t>(ended);
  }

  LoadServer* const server_;
  const MixedOptions options_;
  std::vector<std::unique_ptr<v1::InspectionService::Stub>> stubs_;
  std::vector<Picture> pictures_;

  mutable Mutex mutex_;
  int64_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t end_ ABSL_GUARDED_BY(mutex_) = 0;
  int under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  MixedReport report_ ABSL_GUARDED_BY(mutex_);
  // For clients that block.
  ThreadPool others_{4};
};

MixedRequests::MixedRequests(LoadServer* server, const MixedOptions& options)
    : impl_(std::make_unique<Impl>(server, options)) {}
MixedRequests::~MixedRequests() = default;

void MixedRequests::Run(int64_t count) { impl_->Run(count); }
MixedReport MixedRequests::report() const { return impl_->report(); }

}  // namespace mlfsc::testing
