// SHA-256 (FIPS 180-4), as 64 lower-case hexadecimal digits.
#ifndef MLFSC_CORE_BUNDLE_SHA256_H_
#define MLFSC_CORE_BUNDLE_SHA256_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mlfsc {

std::string Sha256(absl::string_view bytes);

// Reads the file piece by piece: memory does not grow with it. NotFound, PermissionDenied or another code
// that names the path and the cause.
absl::StatusOr<std::string> Sha256OfFile(const std::string& path);

// Whether `text` has the form of a digest.
bool IsSha256(absl::string_view text);

}  // namespace mlfsc

#endif  // MLFSC_CORE_BUNDLE_SHA256_H_
