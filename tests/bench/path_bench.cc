// One picture's and one training's whole way, over gRPC to a server in this process, in turn with the bare
// forward pass.
//   mlfsc_path_bench BACKBONE PICTURES ROUNDS       PICTURES: train/good and test/good below it
// Prints one JSON object: milliseconds.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/client.h"
#include "client/pictures/picture_file.h"
#include "core/base/clock.h"
#include "core/bundle/bundle_store.h"
#include "core/serving/catalog.h"
#include "core/serving/feature_stage.h"
#include "core/serving/inspector.h"
#include "core/serving/training_run.h"
#include "models/bare_forward.h"
#include "models/vgg16.h"
#include "server/backend.h"
#include "server/grpc_server.h"
#include "server/logger.h"
#include "server/metrics/metrics.h"
#include "server/options.h"
#include "server/start.h"
#include "tests/bench/or_die.h"
#include "tests/testing/temporary_folder.h"

extern "C" void openblas_set_num_threads(int threads);

namespace mlfsc {
namespace {

double Milliseconds(const std::function<void()>& work) {
  const absl::Time start = Clock::Real()->Now();
  work();
  return absl::ToDoubleMilliseconds(Clock::Real()->Now() - start);
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

std::vector<std::string> FilesOf(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

void Run(const std::string& backbone, const std::string& pictures, int rounds) {
  openblas_set_num_threads(1);
  Clock* const clock = Clock::Real();
  const testing::TemporaryFolder folder;
  ServerOptions options = OrDie(ParseCommandLine({"--listen", "127.0.0.1:0"}, [](const std::string&) {
                            return std::optional<std::string>();
                          })).options;
  const auto logger = Logger::ToStderr(options.log_format, LogLevel::kError);
  const auto store = OrDie(OpenStore(folder.path(), {}));
  const auto extractor = OrDie(MakeVgg16({backbone, "cpu", options.threads}));
  Metrics metrics({});
  Catalog catalog(store.get(), extractor->backbone_sha256(), clock, options.catalog);
  FeatureStage features(options.features, extractor.get(), clock, nullptr, &metrics);
  Inspector inspector(options.inspector, &catalog, &features, clock, &metrics);
  TrainingDesk trainings(options.training, &catalog, &features, clock, "bench");
  CoreBackend backend(&catalog, &inspector, &trainings);
  const auto server = OrDie(GrpcServer::Start(options.grpc, &backend, &metrics, clock, logger.get()));
  server->Open();
  client::ConnectionOptions connection;
  connection.channel.server = absl::StrCat("127.0.0.1:", server->port());
  client::Client client(client::MakeConnection(connection));

  const auto bare = OrDie(BareForward::Make({backbone, "cpu", options.threads}));
  OrDie(bare->Prepare(FeatureOptions(), 1));
  std::vector<double> bare_ms;
  const auto run_bare = [&] { bare_ms.push_back(Milliseconds([&] { OrDie(bare->Run()); })); };
  for (int i = 0; i < 5; ++i) OrDie(bare->Run());

  const std::vector<std::string> good = FilesOf(pictures + "/train/good");
  client::Training training;
  training.start.set_category("bench");
  training.pictures = static_cast<int>(good.size());
  training.picture = [&](int i) { return client::ReadPicture(good[static_cast<size_t>(i)]); };
  std::vector<double> train_ms;
  for (int i = 0; i < 3; ++i) {
    for (size_t picture = 0; picture < good.size(); ++picture) run_bare();
    train_ms.push_back(Milliseconds([&] { OrDie(client.Train(training).status()); }));
  }

  std::vector<double> score_ms;
  std::vector<double> coding_ms;
  std::vector<double> scoring_ms;
  std::vector<double> coding_share;
  const std::vector<std::string> test = FilesOf(pictures + "/test/good");
  for (int i = 0; i < rounds; ++i) {
    const v1::Picture picture = OrDie(client::ReadPicture(test[static_cast<size_t>(i) % test.size()]));
    run_bare();
    v1::Inspection inspection;
    score_ms.push_back(Milliseconds([&] { inspection = OrDie(client.Score("bench", picture)); }));
    const v1::StageTimes& times = inspection.stage_times();
    coding_ms.push_back(times.coding());
    scoring_ms.push_back(times.scoring());
    coding_share.push_back((times.coding() + times.scoring()) / times.total());
  }
  std::printf("%s\n", nlohmann::json({{"bare_ms", Median(bare_ms)},
                                      {"score_ms", Median(score_ms)},
                                      {"coding_ms", Median(coding_ms)},
                                      {"scoring_ms", Median(scoring_ms)},
                                      {"coding_and_scoring_share", Median(coding_share)},
                                      {"train_ms", Median(train_ms)},
                                      {"train_pictures", good.size()},
                                      {"rounds", rounds}})
                          .dump()
                          .c_str());
  server->Drain(absl::Seconds(5));
}

}  // namespace
}  // namespace mlfsc

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: mlfsc_path_bench BACKBONE PICTURES ROUNDS\n");
    return 1;
  }
  mlfsc::Run(argv[1], argv[2], std::atoi(argv[3]));
  return 0;
}
