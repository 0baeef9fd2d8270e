// A store that real servers share, under kill -9, a full disk and activations without end. The counts are
// small here; `scripts/soak NAME` runs the full ones.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include <gmock/gmock.h>
#include <sys/mount.h>

#include "core/bundle/bundle_store.h"
#include "core/bundle/sha256.h"
#include "tests/e2e/cloth.h"
#include "tests/e2e/running_server.h"
#include "tests/testing/golden.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::Not;

int CountOr(const char* variable, int otherwise) {
  const char* value = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): before any thread
  return value == nullptr ? otherwise : std::atoi(value);
}

// Learnt in a fraction of a second, without the backbone.
v1::CategoryOptions PixelOptions() {
  v1::CategoryOptions options;
  options.set_feature_source(v1::PIXELS);
  options.set_input_size(128);
  options.set_patch_size(8);
  options.set_stride(4);
  options.set_atoms(8);
  options.set_epochs(1);
  return options;
}

std::vector<std::string> ServerArguments() {
  return {"--threads=1", "--coding_threads=1", "--learning_threads=1", "--max_trainings=2",
          "--store_poll=200ms"};
}

std::vector<std::string> LeftoversIn(const std::string& store) {
  std::vector<std::string> leftovers;
  for (const fs::directory_entry& category : fs::directory_iterator(store)) {
    for (const fs::directory_entry& entry : fs::directory_iterator(category)) {
      const std::string name = entry.path().filename();
      if (name.rfind(".tmp", 0) == 0 || name == ".deleted") leftovers.push_back(entry.path());
    }
  }
  return leftovers;
}

// What readers have found of a store so far, and what clients were told.
class Ledger {
 public:
  explicit Ledger(std::string store) : store_(std::move(store)) {}

  void Acknowledge(const std::string& category, int64_t version) {
    const std::lock_guard<std::mutex> lock(mutex_);
    acknowledged_.emplace_back(category, version);
  }
  // Every version is whole, every number has the content that it always had, what was acknowledged is there,
  // and `active` names a version.
  void Check() {
    StoreOptions options;
    options.read_only = true;
    const auto store = BundleStore::Open(store_, options);
    ASSERT_THAT(store, IsOk());
    std::vector<std::pair<std::string, int64_t>> acknowledged;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      acknowledged = acknowledged_;
    }
    const auto listings = (*store)->List();
    ASSERT_THAT(listings, IsOk());
    std::map<std::pair<std::string, int64_t>, std::string> found;
    for (const CategoryListing& listing : *listings) {
      EXPECT_THAT(listing.status, IsOk()) << listing.category;
      bool active_is_there = listing.active_version == 0;
      for (const VersionListing& version : listing.versions) {
        EXPECT_THAT((*store)->Load(listing.category, version.version), IsOk());
        active_is_there = active_is_there || version.version == listing.active_version;
        found[{listing.category, version.version}] = Sha256(testing::ReadFile(
            store_ + "/" + listing.category + "/" + std::to_string(version.version) + "/manifest.json"));
      }
      EXPECT_TRUE(active_is_there) << listing.category << " " << listing.active_version;
    }
    for (const auto& [name, sha256] : found) {
      const auto [seen, is_new] = seen_.emplace(name, sha256);
      EXPECT_TRUE(is_new || seen->second == sha256)
          << name.first << " version " << name.second << " was used twice";
    }
    for (const auto& name : seen_) EXPECT_EQ(found.count(name.first), 1u) << "version lost";
    for (const auto& name : acknowledged) {
      EXPECT_EQ(found.count(name), 1u) << name.first << " version " << name.second << " is lost";
    }
  }
  size_t versions() const { return seen_.size(); }

 private:
  const std::string store_;
  std::mutex mutex_;
  std::vector<std::pair<std::string, int64_t>> acknowledged_;
  std::map<std::pair<std::string, int64_t>, std::string> seen_;
};

class StoreSoakE2eTest : public ::testing::Test {
 protected:
  // Trains on what nobody kills until told to stop.
  void TrainOn(RunningServer* server, const std::atomic<bool>* stop, Ledger* ledger) {
    while (!*stop) {
      v1::TrainResult result;
      const grpc::Status status = server->Train("shared", PixelOptions(), pictures_, &result);
      ASSERT_TRUE(status.ok()) << status.error_message();
      ledger->Acknowledge("shared", result.version().version());
    }
  }

  // Trains; calls `publishing` when the server says that it publishes.
  void TrainOnVictim(RunningServer* server, Ledger* ledger, const std::function<void()>& publishing) {
    CallContext context;
    const auto stream = server->stub().Train(&context);
    v1::TrainRequest request;
    request.mutable_start()->set_category("shared");
    *request.mutable_start()->mutable_options() = PixelOptions();
    bool alive = stream->Write(request);
    for (const std::string& picture : pictures_) {
      request.mutable_picture()->set_encoded(picture);
      alive = alive && stream->Write(request);
    }
    if (alive) stream->WritesDone();
    v1::TrainResponse response;
    while (stream->Read(&response)) {
      if (response.progress().phase() == v1::TrainProgress::PUBLISHING) publishing();
      if (response.has_result()) ledger->Acknowledge("shared", response.result().version().version());
    }
    stream->Finish();
  }

  const std::vector<std::string> pictures_ = GoodCloths(4);
  const testing::TemporaryFolder store_;
};

TEST_F(StoreSoakE2eTest, KilledAtAnyMomentItLeavesAStoreThatIsWhole) {
  const int kills = CountOr("MLFSC_SOAK_KILLS", 4);
  std::mt19937 random(1);
  Ledger ledger(store_.path());
  RunningServer survivor(store_.path(), ServerArguments());
  auto victim = std::make_unique<RunningServer>(store_.path(), ServerArguments());
  // How long a training takes here, without and with company.
  const auto start = SteadyClock::now();
  TrainOnVictim(victim.get(), &ledger, [] {});
  const auto training = SteadyClock::now() - start;
  int killed_training = 0;
  int killed_publishing = 0;
  for (int kill = 0; kill < kills; ++kill) {
    SCOPED_TRACE(kill);
    std::atomic<bool> stop{false};
    std::thread other([&] { TrainOn(&survivor, &stop, &ledger); });
    // Every other kill falls into the milliseconds of publishing; the rest anywhere in two trainings.
    const bool at_publishing = kill % 2 == 1;
    std::mutex mutex;
    std::condition_variable changed;
    bool publishing = false;
    bool ended = false;
    std::thread client([&] {
      const auto set = [&](bool* flag) {
        const std::lock_guard<std::mutex> lock(mutex);
        *flag = true;
        changed.notify_all();
      };
      for (int i = 0; i < 3; ++i) TrainOnVictim(victim.get(), &ledger, [&] { set(&publishing); });
      set(&ended);
    });
    {
      std::unique_lock<std::mutex> lock(mutex);
      if (at_publishing) {
        // Progress that nobody took in time is not sent: then it ends unseen.
        changed.wait(lock, [&] { return publishing || ended; });
        // The moment within it: a store's fsyncs take a few milliseconds.
        changed.wait_for(lock, std::chrono::microseconds(random() % 20'000), [] { return false; });
        ++killed_publishing;
      } else {
        changed.wait_for(lock, 2 * training * (random() % 1000) / 1000, [] { return false; });
        ++killed_training;
      }
    }
    victim->process().Signal(SIGKILL);
    EXPECT_EQ(victim->process().Wait(), 128 + SIGKILL);
    client.join();
    ledger.Check();
    stop = true;
    other.join();

    victim = std::make_unique<RunningServer>(store_.path(), ServerArguments());
    EXPECT_THAT(victim->process().log(), Not(HasSubstr("warning")));
    EXPECT_THAT(victim->process().log(), Not(HasSubstr("error")));
    EXPECT_THAT(LeftoversIn(store_.path()), IsEmpty());
    ledger.Check();
    v1::Inspection inspection;
    const grpc::Status status = victim->Score("shared", pictures_[0], &inspection);
    EXPECT_TRUE(status.ok()) << status.error_message();
    if (HasFailure()) break;
  }
  std::cout << kills << " kills: " << killed_training << " at a random moment, " << killed_publishing
            << " while publishing; " << ledger.versions()
            << " versions, each whole and each number used once\n";
}

TEST_F(StoreSoakE2eTest, AnAnswersVersionWasActiveBetweenItsRequestAndItsReply) {
  const int activations = CountOr("MLFSC_SOAK_ACTIVATIONS", 40);
  constexpr int kClients = 8;
  RunningServer server(store_.path(), ServerArguments());
  for (int i = 0; i < 2; ++i) {
    v1::TrainResult result;
    ASSERT_TRUE(server.Train("tile", PixelOptions(), pictures_, &result).ok());
  }
  struct Span {
    int64_t version;
    SteadyClock::time_point begin;
    SteadyClock::time_point end;
  };
  std::atomic<bool> stop{false};
  std::vector<std::vector<Span>> answers(kClients);
  std::vector<std::thread> clients;
  for (std::vector<Span>& mine : answers) {
    clients.emplace_back([&] {
      while (!stop) {
        v1::Inspection inspection;
        Span span{0, SteadyClock::now(), {}};
        const grpc::Status status = server.Score("tile", pictures_[0], &inspection);
        span.end = SteadyClock::now();
        span.version = inspection.version();
        ASSERT_TRUE(status.ok()) << status.error_message();
        mine.push_back(span);
      }
    });
  }
  // From its call's begin a version may answer; until the next call's end the one before may.
  std::vector<Span> active = {{2, SteadyClock::time_point::min(), {}}};
  for (int i = 0; i < activations; ++i) {
    Span next{1 + i % 2, SteadyClock::now(), {}};
    CallContext context;
    v1::ActivateVersionRequest request;
    request.set_category("tile");
    request.set_version(next.version);
    v1::Category category;
    const grpc::Status status = server.stub().ActivateVersion(&context, request, &category);
    ASSERT_TRUE(status.ok()) << status.error_message();
    active.back().end = SteadyClock::now();
    active.push_back(next);
  }
  active.back().end = SteadyClock::time_point::max();
  stop = true;
  for (std::thread& client : clients) client.join();
  int64_t count = 0;
  for (const std::vector<Span>& mine : answers) {
    for (const Span& answer : mine) {
      // The spans overlap and are in order: the first that ends after the request's begin, and some after it.
      auto span = std::lower_bound(active.begin(), active.end(), answer.begin,
                                   [](const Span& a, SteadyClock::time_point time) { return a.end < time; });
      bool was_active = false;
      for (; span != active.end() && span->begin <= answer.end; ++span) {
        was_active = was_active || span->version == answer.version;
      }
      EXPECT_TRUE(was_active) << "version " << answer.version;
      ++count;
    }
  }
  EXPECT_GT(count, 0);
  std::cout << activations << " activations while " << kClients << " clients got " << count
            << " answers, each of a version that was active meanwhile\n";
}

TEST_F(StoreSoakE2eTest, OnAFullDiskTrainingSaysSoAndScoringGoesOn) {
  const std::string disk = store_.path() + "/disk";
  fs::create_directory(disk);
  if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=128k") != 0) {
    GTEST_SKIP() << "a file system of a size of our own needs root: " << std::strerror(errno);
  }
  {
    RunningServer server(disk, ServerArguments());
    grpc::Status status;
    int versions = 0;
    while (status.ok() && versions < 100) {
      v1::TrainResult result;
      status = server.Train("tile", PixelOptions(), pictures_, &result);
      if (status.ok()) ++versions;
    }
    EXPECT_GT(versions, 0);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_THAT(status.error_message(), HasSubstr("No space left on device"));
    EXPECT_TRUE(status.error_details().empty()) << "coming again does not help";
    EXPECT_THAT(LeftoversIn(disk), IsEmpty());
    v1::Inspection inspection;
    EXPECT_TRUE(server.Score("tile", pictures_[0], &inspection).ok());
    EXPECT_EQ(inspection.version(), versions);
    // With room it goes on where it was.
    for (int version = 1; version <= 2; ++version) {
      CallContext context;
      v1::DeleteVersionRequest request;
      request.set_category("tile");
      request.set_version(version);
      v1::Category category;
      EXPECT_TRUE(server.stub().DeleteVersion(&context, request, &category).ok());
    }
    v1::TrainResult result;
    EXPECT_TRUE(server.Train("tile", PixelOptions(), pictures_, &result).ok());
    EXPECT_GT(result.version().version(), versions);
  }
  EXPECT_EQ(umount(disk.c_str()), 0);
}

}  // namespace
}  // namespace mlfsc
