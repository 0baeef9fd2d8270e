// The real server under load, in turn with the bare work of the same pictures in the same process.
//   mlfsc_serving_bench BACKBONE PICTURES STORE SCALE    PICTURES: train/good and test/good below it; STORE:
//   an
//                                                        empty folder; SCALE: 1 for the full length
//   mlfsc_serving_bench --OPTION...                      the server, for itself
// Prints one JSON object: what was sent and what came of it.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/client.h"
#include "client/pictures/picture_file.h"
#include "core/base/mutex.h"
#include "server/options.h"
#include "tests/bench/measured_server.h"
#include "tests/bench/or_die.h"
#include "tests/bench/score_clients.h"

namespace mlfsc {
namespace {

using Json = nlohmann::json;
using SteadyClock = std::chrono::steady_clock;

constexpr char kCategory[] = "bench";
constexpr int kMostClients = 32;
constexpr int kTrainingPictures = 500;
constexpr absl::Duration kDeadline = absl::Seconds(10);

double Elapsed(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

std::vector<v1::Picture> PicturesOf(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  std::vector<v1::Picture> pictures;
  for (const std::string& file : files) pictures.push_back(OrDie(client::ReadPicture(file)));
  return pictures;
}

Json ToJson(const std::vector<ScoreAnswer>& answers) {
  Json json = {{"sent", Json::array()}, {"latency", Json::array()}, {"code", Json::array()}};
  for (const ScoreAnswer& answer : answers) {
    json["sent"].push_back(answer.sent);
    json["latency"].push_back(answer.latency);
    json["code"].push_back(static_cast<int>(answer.code));
  }
  return json;
}

// The server's memory once in a while, from construction to Stop.
class MemoryLog {
 public:
  explicit MemoryLog(const MeasuredServer* server) : thread_([this, server] { Watch(server); }) {}
  ~MemoryLog() { Stop(); }

  void Note(const std::string& phase) {
    MutexLock lock(&mutex_);
    phases_.push_back({{"seconds", Elapsed(start_)}, {"phase", phase}});
  }
  Json Stop() {
    {
      MutexLock lock(&mutex_);
      stopping_ = true;
      mutex_.SignalAll();
    }
    if (thread_.joinable()) thread_.join();
    MutexLock lock(&mutex_);
    return {{"seconds", seconds_}, {"bytes", bytes_}, {"phases", phases_}};
  }

 private:
  void Watch(const MeasuredServer* server) {
    MutexLock lock(&mutex_);
    while (!stopping_) {
      seconds_.push_back(Elapsed(start_));
      bytes_.push_back(server->ResidentBytes());
      mutex_.AwaitWithTimeout([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_; },
                              absl::Milliseconds(500));
    }
  }

  const SteadyClock::time_point start_ = SteadyClock::now();
  Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<double> seconds_ ABSL_GUARDED_BY(mutex_);
  std::vector<int64_t> bytes_ ABSL_GUARDED_BY(mutex_);
  std::vector<Json> phases_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

class ServingBench {
 public:
  ServingBench(const std::string& program, const std::string& backbone, const std::string& pictures,
               const std::string& store, double scale)
      : scale_(scale),
        arguments_({"--listen=127.0.0.1:0", "--store=" + store, "--backbone=" + backbone, "--device=auto",
                    "--log_level=error"}),
        learnt_(PicturesOf(pictures + "/train/good")),
        server_(program, arguments_),
        clients_(server_.port(), kMostClients, kCategory, PicturesOf(pictures + "/test/good")) {
    client::ConnectionOptions connection;
    connection.channel.server = absl::StrCat("127.0.0.1:", server_.port());
    client_ = std::make_unique<client::Client>(client::MakeConnection(connection));
    Train(kCategory, static_cast<int>(learnt_.size()));
  }

  Json Run() {
    MemoryLog memory(&server_);
    Json found;
    const ServerOptions options =
        OrDie(ParseCommandLine(arguments_, [](const std::string&) { return std::nullopt; })).options;
    // Pictures that wait, and those of the batch in the pass.
    found["places"] = options.features.queue_length + options.features.max_batch;
    found["max_batch"] = options.features.max_batch;
    Settle();
    BareMs({1, options.features.max_batch});
    memory.Note("warm");
    found["lone"] = Lone(Scaled(60));
    memory.Note("lone");
    for (const int at_once : {1, 2, 8, kMostClients}) {
      Json rounds = Json::array();
      for (int round = 0; round < 2; ++round) rounds.push_back(ClosedRound(at_once, at_once == 1 ? 40 : 72));
      found["closed"].push_back({{"clients", at_once}, {"rounds", rounds}});
      memory.Note(absl::StrCat(at_once, " clients"));
    }
    Settle();
    for (const double load : {0.5, 0.9, 1.5}) {
      found["open"].push_back(OpenRun(load, found["places"]));
      memory.Note(absl::StrCat(static_cast<int>(100 * load), " % load"));
    }
    found["idle"] = Idle();
    memory.Note("idle");
    found["training"] = DuringTraining();
    memory.Note("training");
    Settle();
    memory.Note("end");
    found["memory"] = memory.Stop();
    return found;
  }

 private:
  int Scaled(int count) const { return std::max(2, static_cast<int>(count * scale_)); }

  void Train(const std::string& category, int pictures) {
    client::Training training;
    training.start.set_category(category);
    training.pictures = pictures;
    training.picture = [this](int i) -> absl::StatusOr<v1::Picture> {
      return learnt_[static_cast<size_t>(i) % learnt_.size()];
    };
    OrDie(client_->Train(training).status());
  }

  // The server's estimate of a picture's time forgets what the bare work did to it.
  void Settle() { clients_.Closed(1, Scaled(20)); }

  std::vector<double> BareMs(const std::vector<int>& batches) {
    return server_.BareMs(batches, [this] { clients_.Closed(1, 1); });
  }

  // One bare picture, one request, and so on.
  Json Lone(int turns) {
    Json bare = Json::array();
    std::vector<ScoreAnswer> answers;
    for (int i = 0; i < turns; ++i) {
      bare.push_back(BareMs({1}).front());
      answers.push_back(clients_.Closed(1, 1).front());
    }
    return {{"bare_ms", bare}, {"answers", ToJson(answers)}};
  }

  // `count` pictures served, then the bare work of the batches that they rode in.
  Json ClosedRound(int at_once, int count) {
    server_.TakeBatches();
    const SteadyClock::time_point start = SteadyClock::now();
    const std::vector<ScoreAnswer> answers = clients_.Closed(at_once, Scaled(count));
    const double seconds = Elapsed(start);
    const std::vector<int> batches = server_.TakeBatches();
    return {{"seconds", seconds},
            {"answers", ToJson(answers)},
            {"batches", batches},
            {"bare_ms", BareMs(batches)}};
  }

  // Pictures a second when there is always another.
  double Capacity() {
    const SteadyClock::time_point start = SteadyClock::now();
    const int count = Scaled(96);
    clients_.Closed(kMostClients, count);
    return count / Elapsed(start);
  }

  // Above capacity all places are taken from the beginning. Capacity is measured before and after: a machine
  // that others use as well is not the same for long.
  Json OpenRun(double load, int places) {
    const double capacity = Capacity();
    std::exponential_distribution<double> gap(load * capacity);
    const double length = 25 * scale_;
    Json answers = ToJson(clients_.Open(
        kDeadline, load > 1 ? places : 0, [&] { return gap(random_); },
        [length](double elapsed) { return elapsed < length; }));
    return {{"load", load},
            {"capacity", capacity},
            {"capacity_after", Capacity()},
            {"answers", std::move(answers)}};
  }

  // Single pictures, three or so a second.
  Json Paced(const std::function<bool(double elapsed)>& go_on) {
    std::uniform_real_distribution<double> gap(0.2, 0.4);
    return ToJson(clients_.Open(
        kDeadline, 0, [&] { return gap(random_); }, go_on));
  }

  Json Idle() {
    const double length = 45 * scale_;
    return {{"answers", Paced([length](double elapsed) { return elapsed < length; })}};
  }

  Json DuringTraining() {
    std::atomic<bool> running{true};
    const SteadyClock::time_point start = SteadyClock::now();
    const int pictures = Scaled(kTrainingPictures);
    std::thread training([&] {
      Train("another", pictures);
      running = false;
    });
    Json answers = Paced([&running](double) { return running.load(); });
    training.join();
    return {{"pictures", pictures}, {"seconds", Elapsed(start)}, {"answers", std::move(answers)}};
  }

  const double scale_;
  const std::vector<std::string> arguments_;
  const std::vector<v1::Picture> learnt_;
  MeasuredServer server_;
  ScoreClients clients_;
  std::unique_ptr<client::Client> client_;
  std::mt19937_64 random_{1};
};

}  // namespace
}  // namespace mlfsc

int main(int argc, char** argv) {
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);  // NOLINT(concurrency-mt-unsafe): before any thread
  if (argc > 1 && absl::StartsWith(argv[1], "--")) {
    return mlfsc::RunMeasuredServer({argv + 1, argv + argc}, mlfsc::kCategory);
  }
  if (argc != 5) {
    std::fprintf(stderr, "usage: mlfsc_serving_bench BACKBONE PICTURES STORE SCALE\n");
    return 1;
  }
  mlfsc::ServingBench bench(argv[0], argv[1], argv[2], argv[3], std::atof(argv[4]));
  std::printf("%s\n", bench.Run().dump().c_str());
  return 0;
}
