#include "client/pictures/picture_folder.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace mlfsc::client {
namespace {

namespace fs = std::filesystem;

bool IsPicture(const fs::path& path) {
  static const std::set<std::string>& extensions =
      *new std::set<std::string>{".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"};
  return extensions.count(absl::AsciiStrToLower(path.extension().string())) > 0;
}

bool IsFolder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

// Names in `folder` that `wanted(path)` is true for, sorted; hidden ones are left out.
template <typename Wanted>
absl::StatusOr<std::vector<std::string>> List(const fs::path& folder, Wanted wanted) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.front() != '.' && wanted(entry->path())) names.push_back(name);
  }
  if (error) return absl::ErrnoToStatus(error.value(), folder.string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string MaskOf(const fs::path& root, const std::string& kind, const fs::path& picture) {
  const std::string stem = picture.stem().string();
  for (const char* ending : {"_mask.png", ".png"}) {
    const fs::path mask = root / "ground_truth" / kind / (stem + ending);
    std::error_code error;
    if (fs::is_regular_file(mask, error)) return mask.string();
  }
  return "";
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ListPictureNames(const std::string& folder) {
  if (!IsFolder(folder)) return absl::NotFoundError(absl::StrCat(folder, ": no such folder"));
  return List(folder, [](const fs::path& path) { return IsPicture(path) && !IsFolder(path); });
}

absl::StatusOr<std::vector<std::string>> ListPictures(const std::string& folder) {
  absl::StatusOr<std::vector<std::string>> pictures = ListPictureNames(folder);
  if (!pictures.ok()) return pictures;
  if (pictures->empty()) {
    return absl::InvalidArgumentError(absl::StrCat(folder, ": no pictures in it (.png, .jpg, .bmp, .tif)"));
  }
  for (std::string& name : *pictures) name = (fs::path(folder) / name).string();
  return pictures;
}

absl::StatusOr<std::vector<std::string>> ListTrainingPictures(const std::string& folder) {
  const fs::path good = fs::path(folder) / "train" / kGoodKind;
  return ListPictures(IsFolder(good) ? good.string() : folder);
}

absl::StatusOr<std::vector<std::string>> ExpandFolders(const std::vector<std::string>& paths) {
  std::vector<std::string> pictures;
  for (const std::string& path : paths) {
    if (!IsFolder(path)) {
      pictures.push_back(path);
      continue;
    }
    absl::StatusOr<std::vector<std::string>> inside = ListPictures(path);
    if (!inside.ok()) return inside.status();
    pictures.insert(pictures.end(), inside->begin(), inside->end());
  }
  return pictures;
}

absl::StatusOr<std::vector<std::string>> ListCategoryFolders(const std::string& root) {
  if (!IsFolder(root)) return absl::NotFoundError(absl::StrCat(root, ": no such folder"));
  absl::StatusOr<std::vector<std::string>> names =
      List(root, [](const fs::path& path) { return IsFolder(path / "train" / kGoodKind); });
  if (names.ok() && names->empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(root, ": no folder in it has the MVTec AD layout (a train/", kGoodKind, ")"));
  }
  return names;
}

absl::StatusOr<std::vector<TestPicture>> ListTestPictures(const std::string& root) {
  const fs::path test = fs::path(root) / "test";
  if (!IsFolder(root)) return absl::NotFoundError(absl::StrCat(root, ": no such folder"));
  if (!IsFolder(test / kGoodKind)) {
    return absl::InvalidArgumentError(
        absl::StrCat(root, ": not in the MVTec AD layout (there is no test/", kGoodKind, ")"));
  }
  const absl::StatusOr<std::vector<std::string>> found = List(test, IsFolder);
  if (!found.ok()) return found.status();
  std::vector<std::string> kinds = {kGoodKind};
  std::copy_if(found->begin(), found->end(), std::back_inserter(kinds),
               [](const std::string& kind) { return kind != kGoodKind; });
  if (kinds.size() == 1) {
    return absl::InvalidArgumentError(absl::StrCat(test.string(), ": no kind of defect beside ", kGoodKind));
  }
  std::vector<TestPicture> pictures;
  for (const std::string& kind : kinds) {
    const absl::StatusOr<std::vector<std::string>> paths = ListPictures((test / kind).string());
    if (!paths.ok()) return paths.status();
    for (const std::string& path : *paths) {
      pictures.push_back({path, kind, kind == kGoodKind ? "" : MaskOf(root, kind, path)});
    }
  }
  return pictures;
}

}  // namespace mlfsc::client
