// manifest.json: everything of a version but its arrays, for programs and for people.
#ifndef MLFSC_CORE_BUNDLE_MANIFEST_JSON_H_
#define MLFSC_CORE_BUNDLE_MANIFEST_JSON_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/bundle/bundle.h"

namespace mlfsc {

// What this program writes; it reads this and everything older.
inline constexpr int kBundleFormatVersion = 2;
// The names of a version's two files.
inline constexpr char kArraysFileName[] = "bundle.safetensors";
inline constexpr char kManifestFileName[] = "manifest.json";
// Larger files are refused unread. No options that Validate lets through need more arrays.
inline constexpr size_t kMaxManifestBytes = size_t{1} << 16;
inline constexpr size_t kMaxArraysBytes = size_t{1} << 28;

// What a manifest says of the arrays' file.
struct ArraysFile {
  int64_t bytes = 0;
  // Hex.
  std::string sha256;
};

struct ManifestFile {
  Manifest manifest;
  ArraysFile arrays;
};

// DataLoss when a file of `bytes` bytes is not the one that is meant.
absl::Status CheckArraysBytes(int64_t bytes, const ArraysFile& expected);

// Deterministic, indented, closed by a seal: the SHA-256 of the text itself with zeros in the seal's place.
std::string SerialiseManifest(const ManifestFile& file);

// DataLoss that names the field, or FailedPrecondition when the format version is newer than
// kBundleFormatVersion. Options have passed Validate; numbers are finite.
absl::StatusOr<ManifestFile> ParseManifestFile(absl::string_view text);

}  // namespace mlfsc

#endif  // MLFSC_CORE_BUNDLE_MANIFEST_JSON_H_
