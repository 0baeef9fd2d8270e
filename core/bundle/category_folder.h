// One category's folder of a bundle store, as readers see it:
//
//   <version>/bundle.safetensors, <version>/manifest.json   a version, whole once it has this name
//   active           the number of the version that answers
//   .last_version    the highest version number ever given
//   .lock            whoever writes holds the advisory lock on it and is named in it
//   .deleted         a folder: the category is gone, and what is left of it goes with the next turn
//   .tmp-*           what the holder of the lock is making or removing; without a holder, a leftover
//
// Anything else in the folder is ignored, and so are links.
#ifndef MLFSC_CORE_BUNDLE_CATEGORY_FOLDER_H_
#define MLFSC_CORE_BUNDLE_CATEGORY_FOLDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/bundle/bundle.h"
#include "core/bundle/file_system.h"
#include "core/bundle/manifest_json.h"

namespace mlfsc {

// Tells two states of a version's files apart.
struct VersionStamp {
  FileStamp arrays;
  FileStamp manifest;

  bool operator==(const VersionStamp& other) const {
    return arrays == other.arrays && manifest == other.manifest;
  }
};

inline constexpr char kActiveFile[] = "active";
inline constexpr char kLastVersionFile[] = ".last_version";
inline constexpr char kLockFile[] = ".lock";
inline constexpr char kDeletedFolder[] = ".deleted";
inline constexpr char kTemporaryPrefix[] = ".tmp-";
// 18 digits: what a number in a name or a file may be.
inline constexpr int64_t kMaxVersion = 999'999'999'999'999'999;

// 1 to 64 of a-z, A-Z, 0-9, '.', '_', '-', beginning with a letter or a digit.
bool IsCategoryName(absl::string_view name);

// The number that a folder's name stands for: decimal, 1 to kMaxVersion, no leading zeros; 0 for any other.
int64_t VersionOfName(absl::string_view name);

// Reads without a lock: writers make every change by a rename. Immutable and thread-safe.
class CategoryFolder {
 public:
  // `category`: a valid name.
  CategoryFolder(FileSystem* files, const std::string& store, std::string category);

  const std::string& category() const { return category_; }
  const std::string& path() const { return path_; }
  std::string PathOf(absl::string_view name) const;
  std::string PathOf(int64_t version) const;

  // Oldest first; none when there is no such folder, or it is deleted.
  absl::StatusOr<std::vector<int64_t>> Versions() const;
  absl::StatusOr<bool> HasVersion(int64_t version) const;

  // 0 = none, also when there is no such folder. DataLoss when `active` is damaged.
  absl::StatusOr<int64_t> ActiveVersion() const;

  // The number in `active` or `.last_version`, 0 when there is no such file. DataLoss for anything but a
  // number.
  absl::StatusOr<int64_t> ReadNumber(const char* file) const;

  // NotFound when there is no such version, also when it was removed meanwhile; DataLoss, or
  // FailedPrecondition for a newer format, that says what is wrong.
  absl::StatusOr<Manifest> ReadManifest(int64_t version) const;
  absl::StatusOr<Bundle> ReadBundle(int64_t version) const;
  // The manifest of a version whose arrays' file is there and has its size; what is in it is not read. As
  // ReadManifest.
  absl::StatusOr<Manifest> CheckVersion(int64_t version) const;
  // Of a version's two files, also when they are not there.
  VersionStamp Stamp(int64_t version) const;

 private:
  absl::StatusOr<ManifestFile> ReadManifestFile(int64_t version) const;
  // One of a version's files.
  absl::StatusOr<std::string> ReadVersionFile(int64_t version, const char* file, size_t max_bytes) const;
  // `damage`, unless the version is not there at all.
  absl::Status Explain(int64_t version, const absl::Status& damage) const;

  FileSystem* const files_;
  const std::string category_;
  const std::string path_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_BUNDLE_CATEGORY_FOLDER_H_
