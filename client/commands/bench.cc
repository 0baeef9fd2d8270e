#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "client/bench/load.h"
#include "client/commands/bench_view.h"
#include "client/commands/commands.h"
#include "client/commands/connection_flags.h"
#include "client/commands/json.h"
#include "client/commands/picture_flags.h"
#include "client/commands/reading_flags.h"
#include "client/commands/version_number.h"
#include "client/pictures/picture_file.h"
#include "client/terminal/live_block.h"

namespace mlfsc::client {
namespace {

constexpr int kClosedInFlight = 2;
constexpr int kOpenInFlight = 64;
// Pictures are kept in memory, so that the disk is not what is measured.
constexpr int64_t kMaxBytes = int64_t{1} << 30;

struct Flags {
  ConnectionFlags connection;
  LoadOptions load;
  std::string category;
  std::vector<std::string> pictures;
  int64_t version = 0;
  PictureReading reading;
  double seconds = 10;
  double warm_up_seconds = 1;
  // 0: by the loop.
  int jobs = 0;
  bool recursive = false;
  bool even = false;
  bool json = false;
};

absl::StatusOr<std::vector<v1::Picture>> ReadAll(const Flags& flags, const Context& context) {
  const absl::StatusOr<std::vector<std::string>> paths =
      FindPictures(context, flags.category, flags.pictures, flags.recursive);
  if (!paths.ok()) return paths.status();
  std::vector<v1::Picture> pictures;
  int64_t bytes = 0;
  for (const std::string& path : *paths) {
    absl::StatusOr<v1::Picture> picture = ReadPicture(path, flags.reading);
    if (!picture.ok()) return picture.status();
    bytes += static_cast<int64_t>(picture->encoded().size());
    if (bytes > kMaxBytes) {
      return absl::InvalidArgumentError(absl::StrCat("the pictures have more than ", kMaxBytes,
                                                     " bytes together, the limit; name fewer of them"));
    }
    pictures.push_back(*std::move(picture));
  }
  return pictures;
}

LoadOptions Load(const Flags& flags) {
  LoadOptions load = flags.load;
  load.in_flight = flags.jobs > 0 ? flags.jobs : load.rate > 0 ? kOpenInFlight : kClosedInFlight;
  load.random_gaps = !flags.even;
  load.duration = absl::Seconds(flags.seconds);
  load.warm_up = absl::Seconds(flags.warm_up_seconds);
  return load;
}

absl::StatusOr<int> Run(const Flags& flags, const Context& context) {
  const absl::StatusOr<std::vector<v1::Picture>> pictures = ReadAll(flags, context);
  if (!pictures.ok()) return pictures.status();
  ConnectionFlags connection = flags.connection;
  connection.NeverRetry();
  absl::StatusOr<Client> client = connection.Connect(context);
  if (!client.ok()) return client.status();
  const auto send = [&](int64_t n) {
    return client->Score(flags.category, (*pictures)[n % static_cast<int64_t>(pictures->size())],
                         flags.version);
  };
  // What is wrong with the category or the server is said at once, not counted.
  const absl::StatusOr<v1::Inspection> first = send(0);
  if (!first.ok()) return first.status();

  const BenchTitle title{connection.server(), flags.category, first->version(), Load(flags)};
  LoadResult result;
  {
    const std::unique_ptr<Interrupt> interrupt = context.listen_for_interrupt();
    LiveBlock live(context.terminal);
    LoadWatch watch;
    watch.stopped = [&interrupt] { return interrupt->Requested(); };
    if (context.terminal.interactive) {
      watch.on_tick = [&](const LoadResult& so_far) { live.Draw(LiveLines(title, so_far)); };
    }
    result = RunLoad(title.load, context.clock, send, watch);
  }
  if (flags.json) {
    PrintJson(BenchJson(title, result), context.terminal.out);
  } else {
    PrintBench(title, result, context.terminal);
  }
  return result.errors.empty() ? kExitOk : kExitError;
}

}  // namespace

Command AddBench(CLI::App* app, const Context& context) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("bench", "Measure how fast a server scores pictures");
  command->add_option("CATEGORY", flags->category, "Name of the category")->required()->type_name("");
  command
      ->add_option("PICTURE", flags->pictures,
                   "PNG, JPEG, BMP or TIFF files, or folders of them; sent in turn, from memory")
      ->required()
      ->type_name("");
  CLI::Option* rate =
      command
          ->add_option("--rate", flags->load.rate,
                       "Open loop: requests a second that arrive whether or not earlier ones were answered")
          ->check(CLI::Range(0.001, 1e6).description(""))
          ->type_name("NUMBER");
  command->add_flag("--even", flags->even, "With --rate: equal gaps instead of random ones")->needs(rate);
  command
      ->add_option("--jobs", flags->jobs,
                   absl::StrCat("Requests in flight at once (default: ", kClosedInFlight,
                                ", or with --rate at most ", kOpenInFlight, ")"))
      ->check(CLI::Range(1, 1024).description(""))
      ->type_name("NUMBER");
  command->add_option("--duration", flags->seconds, "How long requests are sent")
      ->check(CLI::Range(0.1, 86400.0).description(""))
      ->type_name("SECONDS")
      ->capture_default_str();
  command->add_option("--warm-up", flags->warm_up_seconds, "Before that: requests that are not counted")
      ->check(CLI::Range(0.0, 3600.0).description(""))
      ->type_name("SECONDS")
      ->capture_default_str();
  command->add_option("--requests", flags->load.requests, "End after this many (default: by time alone)")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 40).description(""))
      ->type_name("NUMBER");
  command->add_option("--seed", flags->load.seed, "Of the random gaps")
      ->type_name("NUMBER")
      ->capture_default_str();
  AddReadingFlags(command, &flags->reading);
  AddRecursiveFlag(command, &flags->recursive);
  command->add_option("--version", flags->version, "Version that answers (default: the active one)")
      ->check(VersionNumber())
      ->type_name("NUMBER");
  command->add_flag("--json", flags->json, "Print everything as JSON");
  flags->connection.AddTo(command);
  command->footer(
      "Closed loop: --jobs stations, each of which sends its next picture when it has its answer: what the\n"
      "server can do at most. Open loop: --rate pictures a second, as a line delivers them: how long they\n"
      "wait. Latency is counted from the moment a picture was due, and nothing is tried twice.\n"
      "Ctrl-C ends it and prints what there is. Exit code: 1 when there were errors.\n\n"
      "Examples:\n"
      "  mlfsc bench carpet pictures/carpet/test/good\n"
      "  mlfsc bench carpet part.png --jobs 8 --duration 60 --json\n"
      "  mlfsc bench carpet pictures/carpet/test/good --rate 5");
  return {command, [flags, &context] { return Run(*flags, context); }};
}

}  // namespace mlfsc::client
