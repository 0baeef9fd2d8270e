#include "tests/load/disturbances.h"

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <system_error>
#include <thread>

#include <grpcpp/client_context.h>
#include <opencv2/core.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/image/draw.h"
#include "tests/testing/http2_request.h"
#include "tests/testing/local_socket.h"

namespace mlfsc::testing {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr char kTurning[] = "turning";
constexpr char kCopied[] = "copied";
constexpr char kDamaged[] = "damaged";
constexpr int kTrainingPictures = 4;
constexpr int kConnections = 100;
// What a category that others bring or take away is waited for, at most.
constexpr std::chrono::seconds kPatience(60);

std::unique_ptr<grpc::ClientContext> Context() {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(1));
  return context;
}

// A woven pattern with noise, PNG.
std::string Pattern(unsigned seed) {
  cv::RNG random(seed + 1);
  Image image;
  image.rgb = cv::Mat(128, 128, CV_8UC3);
  for (int y = 0; y < 128; ++y) {
    for (int x = 0; x < 128; ++x) {
      const int level = 120 + 40 * ((x / 4 + y / 4) % 2) + random.uniform(-15, 15);
      image.rgb.at<cv::Vec3b>(y, x) = cv::Vec3b::all(static_cast<unsigned char>(level));
    }
  }
  return EncodePng(image).value();
}

// Polls, since the store is looked at every so often only.
bool Eventually(const std::function<bool()>& condition) {
  const auto latest = SteadyClock::now() + kPatience;
  while (!condition()) {
    if (SteadyClock::now() > latest) return false;
    std::this_thread::sleep_for(milliseconds(50));
  }
  return true;
}

}  // namespace

const Disturbances::Kind Disturbances::kKinds[] = {
    {"another version activated", &Disturbances::ActivateOther},
    {"a category copied into the store, and deleted", &Disturbances::CopyCategory},
    {"a broken bundle in the store, and gone", &Disturbances::BreakBundle},
    {"garbage on the port", &Disturbances::KnockWithGarbage},
    {"a TLS hello on the port", &Disturbances::KnockWithTls},
    {"half a request, then silence", &Disturbances::StopHalfway},
    {"100 connections at once", &Disturbances::ManyConnections},
    {"the process stopped for 300 ms", &Disturbances::FreezeProcess},
};

Disturbances::Disturbances(LoadServer* server, double relative_tolerance)
    : server_(server),
      relative_tolerance_(relative_tolerance),
      stub_(v1::InspectionService::NewStub(server->NewChannel())) {
  for (unsigned i = 0; i < kTrainingPictures; ++i) pictures_.push_back(Pattern(i));
  Teach();
}

Disturbances::~Disturbances() = default;

void Disturbances::Teach() {
  for (const int atoms : {6, 10}) {
    const auto context = Context();
    const auto stream = stub_->Train(context.get());
    v1::TrainRequest request;
    request.mutable_start()->set_category(kTurning);
    v1::CategoryOptions* const options = request.mutable_start()->mutable_options();
    options->set_input_size(128);
    options->set_epochs(1);
    options->set_atoms(atoms);
    bool alive = stream->Write(request);
    for (const std::string& picture : pictures_) {
      request.mutable_picture()->set_encoded(picture);
      alive = alive && stream->Write(request);
    }
    stream->WritesDone();
    v1::TrainResponse response;
    while (stream->Read(&response)) {
    }
    const grpc::Status status = stream->Finish();
    v1::ScoreRequest score;
    score.set_category(kTurning);
    score.mutable_picture()->set_encoded(pictures_[0]);
    v1::ScoreResponse scored;
    const grpc::Status asked = status.ok() ? stub_->Score(Context().get(), score, &scored) : status;
    if (!asked.ok()) {
      std::cerr << "cannot teach " << kTurning << ": " << asked.error_message() << std::endl;
      std::abort();
    }
    scores_[scored.inspection().version()] = scored.inspection().raw_score();
  }
}

void Disturbances::DoNext() {
  const Kind& kind = kKinds[next_++ % std::size(kKinds)];
  doing_ = kind.name;
  (this->*kind.what)();
  ++report_.done[kind.name];
  ExpectScore(kTurning);
}

void Disturbances::ExpectScore(const std::string& category) {
  v1::ScoreRequest request;
  request.set_category(category);
  request.mutable_picture()->set_encoded(pictures_[0]);
  v1::ScoreResponse response;
  grpc::Status status;
  // The traffic beside this may fill the queues: a client comes back.
  const bool answered = Eventually([&] {
    status = stub_->Score(Context().get(), request, &response);
    return status.error_code() != grpc::StatusCode::RESOURCE_EXHAUSTED;
  });
  ++report_.asked;
  if (!answered || !status.ok()) {
    return Wrong(
        absl::StrCat("a good request: ", static_cast<int>(status.error_code()), " ", status.error_message()));
  }
  const v1::Inspection& inspection = response.inspection();
  const auto expected = scores_.find(inspection.version());
  if (expected == scores_.end()) return Wrong(absl::StrCat("version ", inspection.version()));
  if (std::abs(inspection.raw_score() - expected->second) >
      relative_tolerance_ * std::abs(expected->second)) {
    Wrong(absl::StrCat("score ", inspection.raw_score(), " instead of ", expected->second));
  }
}

void Disturbances::Wrong(const std::string& what) {
  ++report_.wrong;
  if (report_.examples.size() < 10) report_.examples.push_back(absl::StrCat(doing_, ": ", what));
}

void Disturbances::ActivateOther() {
  v1::GetCategoryRequest get;
  get.set_category(kTurning);
  v1::Category category;
  grpc::Status status = stub_->GetCategory(Context().get(), get, &category);
  if (!status.ok()) return Wrong(status.error_message());
  for (const auto& [version, score] : scores_) {
    if (version == category.active_version()) continue;
    v1::ActivateVersionRequest request;
    request.set_category(kTurning);
    request.set_version(version);
    status = stub_->ActivateVersion(Context().get(), request, &category);
    if (!status.ok() || category.active_version() != version)
      Wrong(absl::StrCat("activation: ", status.error_message()));
    return;
  }
}

void Disturbances::CopyCategory() {
  // As one who copies with care: aside first, then in its place. The server takes nothing that begins with a
  // dot for a category.
  const fs::path aside = fs::path(server_->store()) / ".copying";
  fs::copy(fs::path(server_->store()) / kTurning, aside, fs::copy_options::recursive);
  // A deleted category leaves behind which numbers it has used.
  fs::remove_all(fs::path(server_->store()) / kCopied);
  fs::rename(aside, fs::path(server_->store()) / kCopied);
  const auto found = [this] {
    v1::GetCategoryRequest request;
    request.set_category(kCopied);
    v1::Category category;
    return stub_->GetCategory(Context().get(), request, &category).error_code();
  };
  if (!Eventually([&] { return found() == grpc::StatusCode::OK; })) return Wrong("the copy did not come");
  ExpectScore(kCopied);
  v1::DeleteCategoryRequest request;
  request.set_category(kCopied);
  v1::DeleteCategoryResponse response;
  const grpc::Status status = stub_->DeleteCategory(Context().get(), request, &response);
  if (!status.ok()) return Wrong(absl::StrCat("deletion: ", status.error_message()));
  if (found() != grpc::StatusCode::NOT_FOUND) Wrong("the copy is still there");
}

void Disturbances::BreakBundle() {
  const fs::path folder = fs::path(server_->store()) / kDamaged;
  fs::create_directories(folder / "1");
  std::ofstream(folder / "1" / "manifest.json") << "{\"format\": \"mlfsc-bundle\", ";
  std::ofstream(folder / "1" / "bundle.safetensors") << std::string(1000, '\xff');
  std::ofstream(folder / "active") << "1\n";
  // It must be refused, whenever it is looked at.
  const auto refused = [this] {
    v1::ScoreRequest request;
    request.set_category(kDamaged);
    request.mutable_picture()->set_encoded(pictures_[0]);
    v1::ScoreResponse response;
    return stub_->Score(Context().get(), request, &response).error_code();
  };
  if (refused() == grpc::StatusCode::OK) Wrong("a broken bundle answers");
  std::error_code error;
  fs::remove_all(folder, error);
  if (error) Wrong(error.message());
}

void Disturbances::KnockWithGarbage() {
  std::mt19937 random(static_cast<unsigned>(next_));
  std::string bytes(4096, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  LocalSocket socket(server_->port());
  socket.Write(bytes);
  socket.AwaitInput(1000);
}

void Disturbances::KnockWithTls() {
  // The head of a record with a client's hello, and nothing of what it announces.
  LocalSocket socket(server_->port());
  socket.Write(absl::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
  socket.AwaitInput(1000);
}

void Disturbances::StopHalfway() {
  v1::ScoreRequest request;
  request.set_category(kTurning);
  request.mutable_picture()->set_encoded(pictures_[0]);
  const std::string bytes = Http2Request("/mlfsc.v1.InspectionService/Score", request.SerializeAsString());
  LocalSocket socket(server_->port());
  socket.Write(absl::string_view(bytes).substr(0, bytes.size() / 2));
  ExpectScore(kTurning);
  socket.ResetOnClose();
}

void Disturbances::ManyConnections() {
  std::vector<std::unique_ptr<LocalSocket>> sockets;
  for (int i = 0; i < kConnections; ++i) sockets.push_back(std::make_unique<LocalSocket>(server_->port()));
  for (const auto& socket : sockets) {
    if (!socket->connected()) return Wrong("a connection was refused");
  }
  ExpectScore(kTurning);
}

void Disturbances::FreezeProcess() {
  server_->process().Signal(SIGSTOP);
  std::this_thread::sleep_for(milliseconds(300));
  server_->process().Signal(SIGCONT);
}

}  // namespace mlfsc::testing
