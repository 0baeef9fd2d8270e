// TLS for the server's port.
#ifndef MLFSC_SERVER_ACCESS_CREDENTIALS_H_
#define MLFSC_SERVER_ACCESS_CREDENTIALS_H_

#include <memory>
#include <string>

#include <grpcpp/security/server_credentials.h>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace mlfsc {

// PEM files. All empty: no TLS.
struct TlsOptions {
  std::string certificate;
  std::string key;
  // Certificate authority that signed the clients' certificates; a client must then show one (mutual TLS).
  std::string client_ca;
  // How often the files are looked at; whole seconds, at least 1.
  absl::Duration reload_interval = absl::Seconds(10);
};

// Credentials whose files are read again within some seconds of a change; when the new ones cannot be used,
// the old ones stay. InvalidArgument, naming the file, when only one of certificate and key is given, one
// cannot be read or is not PEM, or the key does not belong to the certificate.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const TlsOptions& options);

}  // namespace mlfsc

#endif  // MLFSC_SERVER_ACCESS_CREDENTIALS_H_
