#include "client/commands/connection_flags.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/server_address.h"

namespace mlfsc::client {
namespace {

// The whole of a file; nothing when `path` is empty.
absl::Status ReadInto(const std::string& path, std::string* contents) {
  if (path.empty()) return absl::OkStatus();
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::ErrnoToStatus(errno, path);
  contents->assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  if (contents->empty()) return absl::InvalidArgumentError(absl::StrCat(path, ": the file is empty"));
  return absl::OkStatus();
}

}  // namespace

void ConnectionFlags::AddTo(CLI::App* command) {
  const char* group = "Server";
  command->add_option("--server", options_.channel.server, "Where the server is")
      ->envname("MLFSC_SERVER")
      ->type_name("HOST:PORT")
      ->capture_default_str()
      ->group(group);
  command->add_option("--timeout", timeout_seconds_, "Time for one request, retries included")
      ->check(CLI::Range(0.001, 86400.0).description(""))
      ->type_name("SECONDS")
      ->capture_default_str()
      ->group(group);
  command
      ->add_option("--attempts", options_.retry.max_attempts,
                   "Times that a server which cannot be reached is tried, with growing pauses")
      ->check(CLI::Range(1, 1000).description(""))
      ->type_name("NUMBER")
      ->capture_default_str()
      ->group(group);
  command
      ->add_flag("--tls", options_.channel.tls, "Encrypt; --tls-ca and --tls-certificate do so by themselves")
      ->group(group);
  command
      ->add_option("--tls-ca", authority_file_,
                   "Authority to trust (PEM), instead of those that this machine trusts")
      ->envname("MLFSC_CLIENT_TLS_CA")
      ->type_name("FILE")
      ->group(group);
  CLI::Option* certificate =
      command->add_option("--tls-certificate", certificate_file_, "Certificate to show to the server (PEM)")
          ->envname("MLFSC_CLIENT_TLS_CERTIFICATE")
          ->type_name("FILE")
          ->group(group);
  CLI::Option* key = command->add_option("--tls-key", key_file_, "Its key (PEM)")
                         ->envname("MLFSC_CLIENT_TLS_KEY")
                         ->type_name("FILE")
                         ->group(group);
  certificate->needs(key);
  key->needs(certificate);
  command
      ->add_option("--tls-name", options_.channel.server_name,
                   "Name in the server's certificate, where it is not the host of --server")
      ->type_name("NAME")
      ->group(group);
  command->add_option("--token-file", token_file_, "File with the token to show to the server")
      ->envname("MLFSC_TOKEN_FILE")
      ->type_name("FILE")
      ->group(group);
}

absl::StatusOr<std::string> ConnectionFlags::ReadToken() const {
  std::string token;
  if (absl::Status read = ReadInto(token_file_, &token); !read.ok()) return read;
  // A file ends its line; a token does not.
  absl::StripAsciiWhitespace(&token);
  if (!std::all_of(token.begin(), token.end(), absl::ascii_isgraph)) {
    return absl::InvalidArgumentError(absl::StrCat(token_file_, ": not one token of printable characters"));
  }
  return token;
}

absl::StatusOr<Client> ConnectionFlags::Connect(const Context& context) const {
  if (absl::Status address = CheckServerAddress(options_.channel.server); !address.ok()) return address;
  ConnectionOptions options = options_;
  options.retry.timeout = absl::Seconds(timeout_seconds_);
  absl::Status read;
  read.Update(ReadInto(authority_file_, &options.channel.authority));
  read.Update(ReadInto(certificate_file_, &options.channel.certificate));
  read.Update(ReadInto(key_file_, &options.channel.key));
  if (!read.ok()) return read;
  absl::StatusOr<std::string> token = ReadToken();
  if (!token.ok()) return token.status();
  options.channel.token = *std::move(token);
  options.channel.tls |= !authority_file_.empty() || !certificate_file_.empty();
  return Client(context.connect(options));
}

}  // namespace mlfsc::client
