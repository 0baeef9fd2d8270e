#include "core/bundle/bundle_archive.h"

#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/bundle/category_folder.h"
#include "core/bundle/quoted.h"
#include "core/bundle/safetensors.h"

namespace mlfsc {
namespace {

constexpr char kFormat[] = "mlfsc-category";
// Keys of the metadata.
constexpr char kFormatKey[] = "format";
constexpr char kCategoryKey[] = "category";
constexpr char kVersionKey[] = "version";
constexpr char kManifestKey[] = "manifest";

absl::Status Wrong(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("the file is no exported category: ", what));
}

absl::StatusOr<std::string> Take(std::map<std::string, std::string>* metadata, const char* key) {
  const auto found = metadata->find(key);
  if (found == metadata->end()) return Wrong(absl::StrCat("its metadata has no ", key));
  std::string value = std::move(found->second);
  metadata->erase(found);
  return value;
}

// Takes what is known out of the metadata; nothing may be left.
absl::Status ReadMetadata(std::map<std::string, std::string>* metadata, ArchivedBundle* archived,
                          std::string* manifest) {
  const absl::StatusOr<std::string> format = Take(metadata, kFormatKey);
  if (!format.ok()) return format.status();
  if (*format != kFormat) {
    return Wrong(absl::StrCat("its format is ", Quoted(*format), ", not '", kFormat, "'"));
  }
  absl::StatusOr<std::string> category = Take(metadata, kCategoryKey);
  if (!category.ok()) return category.status();
  if (!IsCategoryName(*category)) return Wrong(absl::StrCat("its category is called ", Quoted(*category)));
  archived->category = *std::move(category);
  const absl::StatusOr<std::string> version = Take(metadata, kVersionKey);
  if (!version.ok()) return version.status();
  archived->version = VersionOfName(*version);
  if (archived->version == 0) return Wrong(absl::StrCat("its version is ", Quoted(*version)));
  absl::StatusOr<std::string> text = Take(metadata, kManifestKey);
  if (!text.ok()) return text.status();
  *manifest = *std::move(text);
  if (metadata->empty()) return absl::OkStatus();
  return Wrong(absl::StrCat("its metadata has the unknown entry ", Quoted(metadata->begin()->first)));
}

}  // namespace

std::string SerialiseArchive(const ArchivedBundle& archived) {
  BundleFiles files = SerialiseBundle(archived.bundle);
  // What this program has just written is valid.
  SafetensorsFile file = ParseSafetensors(files.arrays).value();
  file.metadata = {{kFormatKey, kFormat},
                   {kCategoryKey, archived.category},
                   {kVersionKey, absl::StrCat(archived.version)},
                   {kManifestKey, std::move(files.manifest)}};
  return SerialiseSafetensors(file);
}

absl::StatusOr<ArchivedBundle> ParseArchive(absl::string_view bytes) {
  if (bytes.size() > kMaxArchiveBytes) {
    return Wrong(absl::StrCat("it has ", bytes.size(), " bytes; the limit is ", kMaxArchiveBytes));
  }
  absl::StatusOr<SafetensorsFile> file = ParseSafetensors(bytes);
  if (!file.ok()) return Wrong(file.status().message());
  ArchivedBundle archived;
  BundleFiles files;
  if (const absl::Status status = ReadMetadata(&file->metadata, &archived, &files.manifest); !status.ok()) {
    return status;
  }
  // Equal arrays give equal bytes: those that the manifest's checksum is of, or it is another bundle's.
  files.arrays = SerialiseSafetensors(*file);
  file->tensors.clear();
  absl::StatusOr<Bundle> bundle = ParseBundle(files);
  if (absl::IsFailedPrecondition(bundle.status())) return bundle.status();
  if (!bundle.ok()) return Wrong(bundle.status().message());
  archived.bundle = *std::move(bundle);
  return archived;
}

}  // namespace mlfsc
