// Mixed requests against the server with a stub backbone, in two halves, and its memory at rest after each.
//   mlfsc_mixed_bench COUNT SEED
// Prints one JSON object.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include <nlohmann/json.hpp>

#include "tests/load/load_server.h"
#include "tests/load/mixed_requests.h"

namespace mlfsc::testing {
namespace {

// A server gives back what it no longer uses every five seconds.
constexpr std::chrono::seconds kToRest(11);

int64_t ResidentAtRest(const ServerProcess& process) {
  std::this_thread::sleep_for(kToRest);
  return process.ResidentBytes();
}

int Main(int64_t count, uint64_t seed) {
  LoadServer server(StubServerBinary(), {"--input_sizes=128", "--feature_queue=24", "--max_batch=8"});
  MixedRequests requests(&server, {/*at_once=*/48, seed});
  nlohmann::json resident = {ResidentAtRest(server.process())};
  for (const int64_t half : {count / 2, count - count / 2}) {
    requests.Run(half);
    resident.push_back(ResidentAtRest(server.process()));
  }
  const MixedReport report = requests.report();
  const int exit_code = server.Stop();
  std::printf("%s\n", nlohmann::json({{"sent", report.sent},
                                      {"answers", report.answers},
                                      {"unanswered", report.unanswered},
                                      {"wrong", report.wrong},
                                      {"examples", report.examples},
                                      {"started", report.started},
                                      {"ended", report.ended},
                                      {"resident", resident},
                                      {"exit_code", exit_code}})
                          .dump()
                          .c_str());
  return 0;
}

}  // namespace
}  // namespace mlfsc::testing

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: mlfsc_mixed_bench COUNT SEED\n");
    return 1;
  }
  return mlfsc::testing::Main(std::atoll(argv[1]), std::strtoull(argv[2], nullptr, 10));
}
