// Certificates for tests of TLS.
#ifndef MLFSC_TESTS_TESTING_CERTIFICATES_H_
#define MLFSC_TESTS_TESTING_CERTIFICATES_H_

#include <string>

namespace mlfsc::testing {

// PEM.
struct Certificate {
  std::string certificate;
  std::string key;
};

// Signed by itself, valid for a day from now, for `name` (common name and DNS name); an own key each time. It
// may serve as its own authority.
Certificate MakeCertificate(const std::string& name);

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_TESTING_CERTIFICATES_H_
