// TLS for the server's port.
#ifndef MLFSC_SERVER_ACCESS_CREDENTIALS_H_
#define MLFSC_SERVER_ACCESS_CREDENTIALS_H_

#include <functional>
#include <memory>

#include <grpcpp/security/server_credentials.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/clock.h"
#include "server/access/pem_files.h"

namespace mlfsc {

// Credentials whose files are read again for the first connection that comes a second or more after the last
// look; when the new ones cannot be used, the old ones stay and `on_error` hears of it, once. Connections
// that are open stay as they are. Errors: those of ReadPemFiles. `clock` outlives the credentials, and they
// outlive the server that they are given to.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    const TlsOptions& options, Clock* clock, std::function<void(const absl::Status&)> on_error = nullptr);

}  // namespace mlfsc

#endif  // MLFSC_SERVER_ACCESS_CREDENTIALS_H_
