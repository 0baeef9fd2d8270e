// One version of a category as one file, to take it from one store to another.
//
// The file is in the safetensors format: the bundle's arrays, and in its metadata the category, the version's
// number and manifest.json as text. So there is nothing to unpack: no paths, no links, no members beside the
// arrays, no compression.
#ifndef MLFSC_CORE_BUNDLE_BUNDLE_ARCHIVE_H_
#define MLFSC_CORE_BUNDLE_BUNDLE_ARCHIVE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/bundle/bundle.h"

namespace mlfsc {

struct ArchivedBundle {
  // Where it came from.
  std::string category;
  int64_t version = 0;
  Bundle bundle;
};

// Arrays and manifest at their limits, and the header.
inline constexpr size_t kMaxArchiveBytes = (size_t{1} << 28) + (size_t{1} << 18);

// Deterministic.
std::string SerialiseArchive(const ArchivedBundle& archived);

// Verifies all of it: metadata, the manifest's seal, the arrays' checksum, shapes and values. InvalidArgument
// that says what is wrong; FailedPrecondition when the bundle's format is newer than this program knows.
// Takes memory for a small multiple of `bytes`, whatever they claim.
absl::StatusOr<ArchivedBundle> ParseArchive(absl::string_view bytes);

}  // namespace mlfsc

#endif  // MLFSC_CORE_BUNDLE_BUNDLE_ARCHIVE_H_
