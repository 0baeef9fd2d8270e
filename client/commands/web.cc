#include <csignal>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <openssl/rand.h>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/commands/connection_flags.h"
#include "client/commands/reading_flags.h"
#include "client/web/web_server.h"

namespace mlfsc::client {
namespace {

struct Flags {
  ConnectionFlags connection;
  std::string listen = "127.0.0.1:8080";
  std::string page;
  std::vector<std::string> host_names;
  std::string certificate;
  std::string key;
  int max_picture_mib = 33;
  PictureReading reading;
};

// Blocks the signals that ask for an end in this thread and all it begins; Await returns at the first of
// them.
class EndSignals {
 public:
  EndSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }
  ~EndSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;

  void Await() const {
    int signal = 0;
    sigwait(&signals_, &signal);
  }

 private:
  sigset_t signals_;
  sigset_t before_;
};

absl::StatusOr<std::string> RandomToken() {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof(bytes)) != 1)
    return absl::InternalError("the machine gives no random numbers");
  return absl::BytesToHexString(std::string(bytes, bytes + sizeof(bytes)));
}

std::string PageFolder(const std::string& chosen) {
  if (!chosen.empty()) return chosen;
  std::error_code error;
  return FindPage(std::filesystem::read_symlink("/proc/self/exe", error).string());
}

// "127.0.0.1:8080", "[::]:8080".
absl::Status SplitListen(const std::string& listen, WebServerOptions* options) {
  const size_t colon = listen.rfind(':');
  if (colon == std::string::npos || colon == 0 ||
      !absl::SimpleAtoi(listen.substr(colon + 1), &options->port) || options->port < 0 ||
      options->port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat("--listen ", listen, ": not HOST:PORT"));
  }
  options->host = listen.substr(0, colon);
  if (options->host.size() > 2 && options->host.front() == '[' && options->host.back() == ']') {
    options->host = options->host.substr(1, options->host.size() - 2);
  }
  return absl::OkStatus();
}

std::string Url(const WebServerOptions& options, int port) {
  const bool v6 = options.host.find(':') != std::string::npos;
  return absl::StrCat(options.certificate.empty() ? "http://" : "https://", v6 ? "[" : "", options.host,
                      v6 ? "]" : "", ":", port, "/");
}

// Says what a page that others can reach means for them.
void WarnOfVisitors(const WebServerOptions& options, std::ostream* err) {
  if (options.guard.access_token.empty()) {
    *err << "mlfsc: whoever reaches " << options.host
         << " may train and change thresholds: neither the page nor its server asks for a token "
            "(--token-file)\n";
  } else if (options.certificate.empty()) {
    *err << "mlfsc: visitors' tokens and pictures travel unencrypted (--listen-certificate, --listen-key)\n";
  }
}

absl::StatusOr<int> Run(const Flags& flags, const Context& context) {
  WebServerOptions options;
  if (absl::Status split = SplitListen(flags.listen, &options); !split.ok()) return split;
  options.certificate = flags.certificate;
  options.key = flags.key;
  options.server = flags.connection.server();
  options.max_picture_bytes = static_cast<size_t>(flags.max_picture_mib) << 20;
  options.guard.host_names = flags.host_names;
  options.trainings.reading = flags.reading;

  const absl::StatusOr<std::string> page_token = RandomToken();
  if (!page_token.ok()) return page_token.status();
  options.guard.page_token = *page_token;
  const bool visitors = !IsLoopback(options.host);
  if (visitors) {
    const absl::StatusOr<std::string> token = flags.connection.ReadToken();
    if (!token.ok()) return token.status();
    options.guard.access_token = *token;
  }
  absl::StatusOr<PageFiles> files = ReadPageFiles(PageFolder(flags.page), options.guard.page_token);
  if (!files.ok()) return files.status();

  const EndSignals end;
  absl::StatusOr<Client> client = flags.connection.Connect(context);
  if (!client.ok()) return client.status();
  const absl::StatusOr<std::unique_ptr<WebServer>> server =
      WebServer::Start(options, *std::move(client), *std::move(files), context.clock);
  if (!server.ok()) return server.status();
  if (visitors) WarnOfVisitors(options, context.terminal.err);
  *context.terminal.out << "The inspection page is at " << Url(options, (*server)->port())
                        << " (Ctrl-C ends it)" << std::endl;
  end.Await();
  return kExitOk;
}

}  // namespace

Command AddWeb(CLI::App* app, const Context& context) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand(
      "web", "Serve the inspection page: train, look at heatmaps and set thresholds in a browser");
  command
      ->add_option("--listen", flags->listen,
                   "Where browsers find the page; 0.0.0.0:8080 lets other machines in")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  command
      ->add_option(
          "--host-name", flags->host_names,
          "Name by which browsers may call this machine, besides localhost and addresses; repeatable")
      ->type_name("NAME");
  CLI::Option* certificate = command
                                 ->add_option("--listen-certificate", flags->certificate,
                                              "Serve the page over HTTPS: certificate (PEM)")
                                 ->check(CLI::ExistingFile.description(""))
                                 ->type_name("FILE");
  CLI::Option* key = command->add_option("--listen-key", flags->key, "Its key (PEM)")
                         ->check(CLI::ExistingFile.description(""))
                         ->type_name("FILE");
  certificate->needs(key);
  key->needs(certificate);
  command
      ->add_option("--max-picture", flags->max_picture_mib,
                   "Largest picture, and largest file of a version, that the page may send")
      ->check(CLI::Range(1, 1024).description(""))
      ->type_name("MIB")
      ->capture_default_str();
  command->add_option("--page", flags->page, "Folder of the built page (default: beside this program)")
      ->type_name("DIR");
  AddBitDepthFlag(command, &flags->reading.bit_depth);
  flags->connection.AddTo(command);
  command->footer(
      "On this machine the page asks for nothing. Reached from others (--listen), it asks each visitor for "
      "the\n"
      "token of --token-file, and works for whoever reaches it when there is none.\n\n"
      "Examples:\n"
      "  mlfsc web\n"
      "  mlfsc web --server inspection:50051 --tls --token-file trainer.token\n"
      "  mlfsc web --listen 0.0.0.0:8443 --host-name line3 --listen-certificate page.pem --listen-key "
      "page.key");
  return {command, [flags, &context] { return Run(*flags, context); }};
}

}  // namespace mlfsc::client
