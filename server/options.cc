#include "server/options.h"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <set>
#include <sstream>
#include <system_error>
#include <thread>
#include <utility>

#include <CLI/CLI.hpp>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "server/option_table.h"
#include "server/version.h"

namespace mlfsc {
namespace {

constexpr char kWeights[] = "vgg16-imagenet.fp16.safetensors";

// More than any machine has use for.
constexpr int kMaxThreads = 1024;
constexpr int kMaxQueue = 100'000;
constexpr int64_t kLeastMemoryBudget = int64_t{16} << 20;

// As options are called here: with underscores, and not by another name that they answer to.
std::string OptionName(absl::string_view name) {
  const std::string known = absl::StrReplaceAll(name, {{"-", "_"}});
  return known == "spool_dir" ? "spool_folder" : known;
}

// --some-name=value to --some_name=value.
std::string NormaliseArgument(const std::string& argument) {
  if (!absl::StartsWith(argument, "--")) return argument;
  const size_t end = std::min(argument.find('='), argument.size());
  return absl::StrCat("--", OptionName(argument.substr(2, end - 2)), argument.substr(end));
}

// Lines `name = value`, names with - or _.
class ConfigFile : public CLI::ConfigTOML {
 public:
  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    std::vector<CLI::ConfigItem> read = CLI::ConfigTOML::from_config(input);
    for (CLI::ConfigItem& item : read) {
      // CLI11's own marks for sections begin so.
      if (absl::StartsWith(item.name, "-")) continue;
      item.name = OptionName(item.name);
      // A list, [1, 2] or 1, 2, is one value here.
      item.inputs = {absl::StrJoin(item.inputs, ",")};
    }
    return read;
  }
};

void Declare(CLI::App* app, ServerOptions* options) {
  OptionTable table(app);
  table.Address("listen", false, &options->grpc.listen, "Where to serve; port 0 takes a free one");
  table.Text("local_socket", &options->grpc.local_socket,
             "Unix socket to serve on as well, without TLS and for this user alone; empty for none");
  table.Text("port_file", &options->port_file, "File to write the bound port to, once serving");
  table.Text("tls_certificate", &options->grpc.tls.certificate, "PEM file; empty for no TLS");
  table.Text("tls_key", &options->grpc.tls.key, "PEM file of the certificate's key");
  table.Text("tls_client_ca", &options->grpc.tls.client_ca,
             "PEM file of who signs the clients' certificates; asks for them");
  table.Text("score_tokens", &options->grpc.score_tokens, "File of tokens that may score; empty for none");
  table.Text("change_tokens", &options->grpc.change_tokens,
             "File of tokens that may score and change categories; empty for none");
  table.Count("max_calls_per_client", 0, kMaxQueue, &options->grpc.calls.max_calls_per_client,
              "Calls of one token or address at once; 0 = no limit");
  table.Count("max_calls_per_connection", 1, kMaxQueue, &options->grpc.max_calls_per_connection,
              "Calls of one connection at once; more wait at the client");
  table.List("trusted_proxies", &options->grpc.calls.trusted_proxies,
             "Addresses whose x-forwarded-for is believed");
  table.Address("metrics", true, &options->metrics, "Where to show Prometheus metrics; empty for nowhere");
  table.Text("store", &options->store, "Folder of the bundles");
  table.Switch("store_readonly", &options->store_options.read_only,
               "Nothing is written to the store: trainings and changes are refused");
  table.Duration("store_poll", absl::Milliseconds(100), absl::Hours(1), &options->store_watcher.poll,
                 "How soon a change that another server made in the store is noticed");
  table.Duration("store_lock_timeout", absl::Milliseconds(100), absl::Hours(1),
                 &options->store_options.lock_timeout,
                 "How long a change waits for whoever is changing the same category");
  table.Count(
      "keep_versions", 0, 1'000'000, &options->store_options.keep_versions,
      "Newest versions of a category that stay when another is published, beside the active one; 0 = all");
  table.Count("max_categories", 1, 1'000'000, &options->store_options.max_categories,
              "Categories of the store; one more is refused");
  table.Text("backbone", &options->backbone,
             "VGG16 weights, safetensors; empty for the file beside the program");
  table.Text("device", &options->device, "auto, cpu, cuda or cuda:N");
  table.Count("threads", 0, kMaxThreads, &options->threads,
              "Threads of the forward pass; 0 = one for each core");
  table.Choice<std::string>("precision", {{"auto", "auto"}, {"float32", "float32"}, {"bfloat16", "bfloat16"}},
                            &options->precision, "Of the forward pass; auto is float32");
  table.Choice<std::string>("convolution", {{"auto", "auto"}, {"winograd", "winograd"}, {"direct", "direct"}},
                            &options->convolution, "Algorithm of the forward pass; auto goes by the CPU");
  table.Text("instruction_set", &options->instruction_set,
             "Best vector instructions to use: auto, or a lower set for scores like those of lesser machines (avx2, sse4)");
  table.Count("max_batch", 1, 256, &options->features.max_batch, "Pictures in a batch of the forward pass");
  table.Duration("max_batch_delay", absl::ZeroDuration(), absl::Seconds(1),
                 &options->features.max_batch_delay,
                 "How long the first picture of a batch waits for more, while the forward pass is busy");
  table.Count("training_floor", 2, 1000, &options->features.training_floor,
              "Training gets one batch in this many when scoring would take all");
  table.Count("feature_queue", 1, kMaxQueue, &options->features.queue_length,
              "Pictures that may wait for the forward pass; one more is refused");
  table.Count("decode_queue", 1, kMaxQueue, &options->inspector.queue_length,
              "Pictures that may wait to be decoded; one more is refused");
  table.Count("coding_queue", 1, kMaxQueue, &options->inspector.coding_queue_length,
              "Pictures that may wait to be coded, 4 to 15 MB each; the forward pass waits for room");
  table.Count("decode_threads", 1, kMaxThreads, &options->inspector.decode_threads, "Threads that decode");
  table.CountOrAuto("decoder_processes", 0, kMaxThreads, &options->decoders.processes,
                    "Confined processes that decode picture files, besides one for each training; auto = as "
                    "many as decode_threads, 0 = decoded in the server");
  table.Text("decoder_program", &options->decoders.program,
             "mlfsc-decoder; empty for the one beside the program or installed with it");
  table.Duration("decode_timeout", absl::Milliseconds(100), absl::Minutes(10), &options->decoders.time_limit,
                 "How long a decoding process may take for a picture, before it is killed");
  table.Count("coding_threads", 0, kMaxThreads, &options->inspector.coding_threads,
              "Threads that code, score and draw; 0 = one for each core");
  table.Count("learning_threads", 0, kMaxThreads, &options->training.learning_threads,
              "Threads that learn, at low priority; 0 = one for each core");
  table.Count("max_message_bytes", 64 << 10, 1 << 30, &options->grpc.max_message_bytes,
              "Of a request, and so of a picture");
  table.Count("max_side", 16, 65500, &options->inspector.limits.max_side, "Pixels a side of a picture");
  table.BytesOrAuto("memory_budget", kLeastMemoryBudget, int64_t{1} << 50, &options->memory_budget,
                    "Memory that pictures, maps and answers may take together; auto = what the container's "
                    "limit leaves above 1 GiB (a quarter of it at least), half of a machine without a limit");
  table.Count("max_loaded", 1, 1'000'000, &options->catalog.max_loaded,
              "Versions that are kept in memory, about 10 MB each");
  table.InputSizes("input_sizes", &options->grpc.input_sizes, "Input sizes that a category may choose");
  table.Count("max_training_pictures", 2, 10'000'000, &options->training.trainer.max_pictures,
              "Pictures of one training");
  table.Count("max_trainings", 0, 64, &options->training.max_trainings,
              "Trainings at once; 0: this server does not train");
  table.Text("spool_folder", &options->training.trainer.spool.folder,
             "Where a training keeps its features, 2 to 300 MB a picture by its options; also --spool_dir");
  table.Duration("default_deadline", absl::Seconds(1), absl::Hours(1), &options->grpc.calls.default_deadline,
                 "Of calls, but Train, whose client named none");
  table.Duration("train_idle_timeout", absl::Seconds(1), absl::Hours(24), &options->grpc.train_idle_timeout,
                 "How long a training waits for its client's next message, and for it to take the result");
  table.Duration("train_wait_limit", absl::Seconds(1), absl::Hours(24 * 30), &options->grpc.train_wait_limit,
                 "How long a training waits for its client's messages, all together");
  table.Duration("reply_timeout", absl::Seconds(1), absl::Hours(1), &options->grpc.calls.reply_timeout,
                 "How long a client may take to take its answer");
  table.Duration("handshake_timeout", absl::Seconds(1), absl::Hours(1), &options->grpc.handshake_timeout,
                 "How long a new connection may take for its TLS handshake and its HTTP/2 settings");
  table.Duration("keepalive_interval", absl::Seconds(1), absl::Hours(24), &options->grpc.keepalive_interval,
                 "A connection that is silent for so long is asked whether its client is still there");
  table.Duration("keepalive_timeout", absl::Seconds(1), absl::Hours(1), &options->grpc.keepalive_timeout,
                 "And closed when there is no answer for so long");
  table.Duration(
      "max_connection_age", absl::ZeroDuration(), absl::Hours(24), &options->grpc.max_connection_age,
      "A connection as old as this is closed in order, so that its client finds new replicas; 0 = never");
  table.Duration("drain_timeout", absl::ZeroDuration(), absl::Hours(24), &options->drain_timeout,
                 "How long calls may take to end after SIGTERM");
  table.Choice<LogLevel>("log_level",
                         {{"debug", LogLevel::kDebug},
                          {"info", LogLevel::kInfo},
                          {"warning", LogLevel::kWarning},
                          {"error", LogLevel::kError}},
                         &options->log_level, "What is logged");
  table.Count("log_calls_per_second", 0, 1'000'000, &options->grpc.calls.log_calls_per_second,
              "Calls that the log shows, of those that succeed and of those that fail; 0 = all");
  table.Choice<LogFormat>("log_format", {{"text", LogFormat::kText}, {"json", LogFormat::kJson}},
                          &options->log_format, "How");
}

// Variables of options that no argument names, as arguments.
std::vector<std::string> FromEnvironment(
    const CLI::App& app, const std::vector<std::string>& arguments,
    const std::function<std::optional<std::string>(const std::string& name)>& environment) {
  std::set<std::string> given;
  for (const std::string& argument : arguments) given.insert(argument.substr(0, argument.find('=')));
  std::vector<std::string> found;
  for (const CLI::Option* option : app.get_options()) {
    const std::string flag = option->get_name();
    if (option->get_type_size() == 0 || given.count(flag) > 0) continue;
    const std::optional<std::string> value =
        environment(absl::StrCat("MLFSC_", absl::AsciiStrToUpper(flag.substr(2))));
    if (value.has_value()) found.push_back(absl::StrCat(flag, "=", *value));
  }
  return found;
}

int OrCores(int threads) {
  return threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// Where one option decides several fields.
void Spread(ServerOptions* options) {
  options->inspector.coding_threads = OrCores(options->inspector.coding_threads);
  options->training.learning_threads = OrCores(options->training.learning_threads);
  options->inspector.limits.max_bytes = static_cast<size_t>(options->grpc.max_message_bytes);
  options->training.pictures = options->inspector.limits;
  options->store_watcher.threads = options->inspector.coding_threads;
}

}  // namespace

absl::StatusOr<CommandLine> ParseCommandLine(
    const std::vector<std::string>& arguments,
    const std::function<std::optional<std::string>(const std::string& name)>& environment) {
  CommandLine line;
  line.options.inspector.coding_threads = 0;
  line.options.training.learning_threads = 0;
  line.options.store_options.max_categories = 1000;
  const std::optional<std::string> temporary = environment("TMPDIR");
  if (temporary.has_value() && !temporary->empty()) line.options.training.trainer.spool.folder = *temporary;

  CLI::App app(
      "Learns what good product looks like and scores pictures of it, over gRPC. Each option can also be "
      "given\n"
      "as an environment variable (MLFSC_MAX_BATCH for --max_batch) and in the file that --config names "
      "(max_batch = 8).",
      "mlfsc-server");
  app.set_version_flag("--version", std::string("mlfsc-server ") + kVersion);
  app.config_formatter(std::make_shared<ConfigFile>());
  app.set_config("--config", "", "File with lines option = value");
  app.allow_config_extras(CLI::config_extras_mode::error);
  Declare(&app, &line.options);

  std::vector<std::string> words;
  for (const std::string& argument : arguments) words.push_back(NormaliseArgument(argument));
  const std::vector<std::string> variables = FromEnvironment(app, words, environment);
  words.insert(words.end(), variables.begin(), variables.end());
  // CLI11 takes them from the back.
  std::reverse(words.begin(), words.end());
  try {
    app.parse(words);
  } catch (const CLI::Success& request) {
    // Of --help and --version.
    std::ostringstream out;
    app.exit(request, out, out);
    line.print = out.str();
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(error.what());
  }
  Spread(&line.options);
  return line;
}

std::string FindBackbone(const std::string& program) {
  namespace fs = std::filesystem;
  std::error_code error;
  for (fs::path folder = fs::path(program).parent_path(); !folder.empty(); folder = folder.parent_path()) {
    for (const char* place : {"share/mlfsc", "models/vgg16"}) {
      fs::path file = folder / place / kWeights;
      if (fs::is_regular_file(file, error)) return file.string();
    }
    if (folder == folder.parent_path()) break;
  }
  return "";
}

}  // namespace mlfsc
