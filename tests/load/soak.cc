// A server under mixed requests, trainings, activations and disturbances for as long as one likes, and what
// it holds meanwhile.
//   mlfsc_soak SERVER SECONDS
// SERVER: mlfsc-server or the stub. Prints one JSON object a line: samples, and last what came of it.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>

#include <nlohmann/json.hpp>

#include "core/base/mutex.h"
#include "tests/load/disturbances.h"
#include "tests/load/load_server.h"
#include "tests/load/mixed_requests.h"

namespace mlfsc::testing {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

// As many as keep the server busy and leave room in its queues.
constexpr int kAtOnce = 8;
// Between two looks at the clock.
constexpr int kRequests = 200;
constexpr std::chrono::seconds kSampled(1);
constexpr std::chrono::seconds kDisturbed(3);
// Rounding, which may differ with the length of the batch.
constexpr double kRelativeTolerance = 1e-6;

int64_t CountIn(const std::string& folder) {
  std::error_code error;
  int64_t count = 0;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    ++count;
  }
  return count;
}

// What the processes that `process` has started, its decoders, hold together.
int64_t ResidentOfChildren(const ServerProcess& process) {
  int64_t bytes = 0;
  std::error_code error;
  for (fs::directory_iterator task("/proc/" + std::to_string(process.pid()) + "/task", error);
       !error && task != fs::directory_iterator(); task.increment(error)) {
    std::ifstream children(task->path() / "children");
    for (pid_t child; children >> child;) bytes += ResidentBytesOf(child);
  }
  return bytes;
}

nlohmann::json Sample(const ServerProcess& process, double seconds) {
  const std::string folder = "/proc/" + std::to_string(process.pid());
  return {{"seconds", seconds},
          {"resident", process.ResidentBytes()},
          {"decoders", ResidentOfChildren(process)},
          {"files", CountIn(folder + "/fd")},
          {"threads", CountIn(folder + "/task")}};
}

void Print(const nlohmann::json& line) {
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
}

int Main(const std::string& binary, double seconds) {
  LoadServer server(binary, {"--input_sizes=128", "--max_trainings=2", "--store_poll=500ms"});
  MixedRequests requests(&server, {kAtOnce, /*seed=*/1, kRelativeTolerance});
  Disturbances disturbances(&server, kRelativeTolerance);
  const auto start = SteadyClock::now();
  const auto end =
      start + std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(seconds));
  const auto every = [end](std::chrono::seconds interval, const auto& act) {
    for (auto next = SteadyClock::now() + interval; next < end; next += interval) {
      std::this_thread::sleep_until(next);
      act();
    }
  };
  std::thread sampling([&] {
    every(kSampled, [&] {
      Print(Sample(server.process(), std::chrono::duration<double>(SteadyClock::now() - start).count()));
    });
  });
  std::thread disturbing([&] { every(kDisturbed, [&] { disturbances.DoNext(); }); });
  while (SteadyClock::now() < end) requests.Run(kRequests);
  disturbing.join();
  sampling.join();
  // For the last time with nothing else under way.
  requests.Run(kRequests);
  const MixedReport mixed = requests.report();
  const Disturbances::Report& disturbed = disturbances.report();
  const int exit_code = server.Stop();
  Print({{"sent", mixed.sent},
         {"answers", mixed.answers},
         {"unanswered", mixed.unanswered},
         {"wrong", mixed.wrong},
         {"examples", mixed.examples},
         {"disturbances", disturbed.done},
         {"asked_afterwards", disturbed.asked},
         {"wrong_afterwards", disturbed.wrong},
         {"examples_afterwards", disturbed.examples},
         {"started", mixed.started},
         {"ended", mixed.ended},
         {"exit_code", exit_code}});
  return 0;
}

}  // namespace
}  // namespace mlfsc::testing

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: mlfsc_soak SERVER SECONDS\n");
    return 1;
  }
  return mlfsc::testing::Main(argv[1], std::atof(argv[2]));
}
