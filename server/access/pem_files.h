// Certificates and keys as files.
#ifndef MLFSC_SERVER_ACCESS_PEM_FILES_H_
#define MLFSC_SERVER_ACCESS_PEM_FILES_H_

#include <string>

#include "absl/status/statusor.h"

namespace mlfsc {

// PEM files. All empty: no TLS.
struct TlsOptions {
  std::string certificate;
  std::string key;
  // Certificate authority that signed the clients' certificates; a client must then show one (mutual TLS).
  std::string client_ca;
};

// What is in them; `client_ca` is empty when there is none.
struct PemFiles {
  std::string certificate;
  std::string key;
  std::string client_ca;

  bool operator==(const PemFiles& o) const {
    return certificate == o.certificate && key == o.key && client_ca == o.client_ca;
  }
};

// InvalidArgument, naming the file, when only one of certificate and key is given, one cannot be read or is
// not PEM, or the key does not belong to the certificate.
absl::StatusOr<PemFiles> ReadPemFiles(const TlsOptions& options);

}  // namespace mlfsc

#endif  // MLFSC_SERVER_ACCESS_PEM_FILES_H_
