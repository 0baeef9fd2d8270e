#include "server/access/pem_files.h"

#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

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

absl::StatusOr<std::string> ReadFile(const std::string& what, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || !text) return Unusable(what, path, "cannot be read");
  return text.str();
}

Bio ReaderOf(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

absl::StatusOr<Certificate> ParseCertificate(const std::string& what, const std::string& path,
                                             const std::string& text) {
  Certificate certificate(PEM_read_bio_X509(ReaderOf(text).get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) return Unusable(what, path, "is not a PEM certificate");
  return certificate;
}

absl::StatusOr<Key> ParseKey(const std::string& path, const std::string& text) {
  // An empty pass phrase, so that an encrypted key is an error and not a prompt.
  char no_phrase[] = "";
  Key key(PEM_read_bio_PrivateKey(ReaderOf(text).get(), nullptr, nullptr, no_phrase));
  if (key == nullptr) return Unusable("TLS key", path, "is not an unencrypted PEM private key");
  return key;
}

}  // namespace

absl::StatusOr<PemFiles> ReadPemFiles(const TlsOptions& options) {
  if (options.certificate.empty() != options.key.empty()) {
    return absl::InvalidArgumentError("TLS needs a certificate and its key; only one of them is given");
  }
  if (options.certificate.empty()) {
    if (options.client_ca.empty()) return PemFiles();
    return absl::InvalidArgumentError(
        "client certificates are asked for, but TLS has no certificate and key");
  }

  const std::string what = "TLS certificate";
  absl::StatusOr<std::string> certificate_text = ReadFile(what, options.certificate);
  if (!certificate_text.ok()) return certificate_text.status();
  const absl::StatusOr<Certificate> certificate =
      ParseCertificate(what, options.certificate, *certificate_text);
  if (!certificate.ok()) return certificate.status();
  absl::StatusOr<std::string> key_text = ReadFile("TLS key", options.key);
  if (!key_text.ok()) return key_text.status();
  const absl::StatusOr<Key> key = ParseKey(options.key, *key_text);
  if (!key.ok()) return key.status();
  if (X509_check_private_key(certificate->get(), key->get()) != 1) {
    return Unusable("TLS key", options.key,
                    absl::StrCat("does not belong to certificate ", options.certificate));
  }
  PemFiles files = {*std::move(certificate_text), *std::move(key_text), ""};
  if (options.client_ca.empty()) return files;

  const std::string authority = "client certificate authority";
  absl::StatusOr<std::string> ca_text = ReadFile(authority, options.client_ca);
  if (!ca_text.ok()) return ca_text.status();
  if (const auto ca = ParseCertificate(authority, options.client_ca, *ca_text); !ca.ok()) return ca.status();
  files.client_ca = *std::move(ca_text);
  return files;
}

}  // namespace mlfsc
