#include "server/access/credentials.h"

#include <vector>

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mlfsc {
namespace {

struct BioFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct CertificateFree {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct KeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, BioFree>;
using Certificate = std::unique_ptr<X509, CertificateFree>;
using Key = std::unique_ptr<EVP_PKEY, KeyFree>;

absl::Status Unusable(const std::string& what, const std::string& path, const std::string& why) {
  ERR_clear_error();
  return absl::InvalidArgumentError(absl::StrCat(what, " ", path, " ", why));
}

absl::StatusOr<Certificate> ReadCertificate(const std::string& what, const std::string& path) {
  const Bio file(BIO_new_file(path.c_str(), "r"));
  if (file == nullptr) return Unusable(what, path, "cannot be read");
  Certificate certificate(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) return Unusable(what, path, "is not a PEM certificate");
  return certificate;
}

absl::StatusOr<Key> ReadKey(const std::string& path) {
  const Bio file(BIO_new_file(path.c_str(), "r"));
  if (file == nullptr) return Unusable("TLS key", path, "cannot be read");
  // An empty pass phrase, so that an encrypted key is an error and not a prompt.
  char no_phrase[] = "";
  Key key(PEM_read_bio_PrivateKey(file.get(), nullptr, nullptr, no_phrase));
  if (key == nullptr) return Unusable("TLS key", path, "is not an unencrypted PEM private key");
  return key;
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const TlsOptions& options) {
  if (options.certificate.empty() != options.key.empty()) {
    return absl::InvalidArgumentError("TLS needs a certificate and its key; only one of them is given");
  }
  if (options.certificate.empty()) {
    if (!options.client_ca.empty()) {
      return absl::InvalidArgumentError(
          "client certificates are asked for, but TLS has no certificate and key");
    }
    return grpc::InsecureServerCredentials();
  }

  // gRPC's watcher takes files as they are and fails each handshake of a bad one: look first.
  absl::StatusOr<Certificate> certificate = ReadCertificate("TLS certificate", options.certificate);
  if (!certificate.ok()) return certificate.status();
  absl::StatusOr<Key> key = ReadKey(options.key);
  if (!key.ok()) return key.status();
  if (X509_check_private_key(certificate->get(), key->get()) != 1) {
    return Unusable("TLS key", options.key,
                    absl::StrCat("does not belong to certificate ", options.certificate));
  }
  if (!options.client_ca.empty()) {
    if (auto ca = ReadCertificate("client certificate authority", options.client_ca); !ca.ok())
      return ca.status();
  }

  grpc::experimental::TlsServerCredentialsOptions tls(
      std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
          options.key, options.certificate, options.client_ca,
          static_cast<unsigned>(absl::ToInt64Seconds(options.reload_interval))));
  tls.watch_identity_key_cert_pairs();
  if (!options.client_ca.empty()) {
    tls.watch_root_certs();
    tls.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(tls);
}

}  // namespace mlfsc
