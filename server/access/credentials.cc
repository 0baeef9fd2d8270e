#include "server/access/credentials.h"

#include <optional>
#include <string>
#include <utility>

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>

#include "absl/time/time.h"
#include "core/base/mutex.h"

namespace mlfsc {
namespace {

constexpr absl::Duration kLookInterval = absl::Seconds(1);

// gRPC's own file watcher takes files as they are, and every handshake fails until they are mended; the
// core's config fetcher asks, at each handshake, whether there is something new.
class ReloadingCredentials : public grpc::ServerCredentials {
 public:
  ReloadingCredentials(TlsOptions options, PemFiles files, Clock* clock,
                       std::function<void(const absl::Status&)> on_error)
      : options_(std::move(options)),
        clock_(clock),
        on_error_(std::move(on_error)),
        newest_(std::move(files)),
        looked_(clock->Now()),
        credentials_(grpc_ssl_server_credentials_create_with_options(
            grpc_ssl_server_credentials_create_options_using_config_fetcher(
                options_.client_ca.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                           : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY,
                &ReloadingCredentials::Fetch, this))) {}
  ~ReloadingCredentials() override { grpc_server_credentials_release(credentials_); }

  // Who calls is looked at by server/call.cc.
  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  static grpc_ssl_certificate_config_reload_status Fetch(void* self,
                                                         grpc_ssl_server_certificate_config** config) {
    const std::optional<PemFiles> files = static_cast<ReloadingCredentials*>(self)->Next();
    if (!files.has_value()) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    const grpc_ssl_pem_key_cert_pair pair = {files->key.c_str(), files->certificate.c_str()};
    // gRPC wants an authority here even where no client is asked for a certificate.
    const std::string& authority = files->client_ca.empty() ? files->certificate : files->client_ca;
    *config = grpc_ssl_server_certificate_config_create(authority.c_str(), &pair, 1);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  // What gRPC has not got yet.
  std::optional<PemFiles> Next() {
    absl::Status failure;
    std::optional<PemFiles> next;
    {
      MutexLock lock(&mutex_);
      LookWhenItIsTime(&failure);
      next = std::exchange(newest_, std::nullopt);
      if (next.has_value()) used_ = *next;
    }
    if (!failure.ok() && on_error_) on_error_(failure);
    return next;
  }

  void LookWhenItIsTime(absl::Status* failure) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const absl::Time now = clock_->Now();
    if (newest_.has_value() || now - looked_ < kLookInterval) return;
    looked_ = now;
    absl::StatusOr<PemFiles> files = ReadPemFiles(options_);
    if (!files.ok()) {
      if (files.status() != told_) *failure = files.status();
      told_ = files.status();
      return;
    }
    told_ = absl::OkStatus();
    if (!(*files == used_)) newest_ = *std::move(files);
  }

  const TlsOptions options_;
  Clock* const clock_;
  const std::function<void(const absl::Status&)> on_error_;
  Mutex mutex_;
  PemFiles used_ ABSL_GUARDED_BY(mutex_);
  std::optional<PemFiles> newest_ ABSL_GUARDED_BY(mutex_);
  absl::Time looked_ ABSL_GUARDED_BY(mutex_);
  // The failure that on_error heard of last.
  absl::Status told_ ABSL_GUARDED_BY(mutex_);
  grpc_server_credentials* const credentials_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    const TlsOptions& options, Clock* clock, std::function<void(const absl::Status&)> on_error) {
  absl::StatusOr<PemFiles> files = ReadPemFiles(options);
  if (!files.ok()) return files.status();
  if (options.certificate.empty()) return grpc::InsecureServerCredentials();
  return std::shared_ptr<grpc::ServerCredentials>(
      std::make_shared<ReloadingCredentials>(options, *std::move(files), clock, std::move(on_error)));
}

}  // namespace mlfsc
