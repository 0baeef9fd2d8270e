#include "client/pictures/data_set.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/pictures/mask_finder.h"

namespace mlfsc::client {
namespace {

namespace fs = std::filesystem;

bool IsFolder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

// Names of the folders in `folder`, sorted; hidden ones are left out.
absl::StatusOr<std::vector<std::string>> ListFolders(const fs::path& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.front() != '.' && IsFolder(entry->path())) names.push_back(name);
  }
  if (error) return absl::ErrnoToStatus(error.value(), folder.string());
  std::sort(names.begin(), names.end());
  return names;
}

// What good pictures are called in other data sets.
bool MeansGood(const std::string& kind) {
  static const std::set<std::string>& names = *new std::set<std::string>{
      "good", "ok", "normal", "pass", "passed", "defect_free", "defect-free", "defectfree", "no_defect"};
  return names.count(absl::AsciiStrToLower(kind)) > 0;
}

// The names of the kinds in `test`, good first.
absl::StatusOr<std::vector<std::string>> ListKinds(const fs::path& test) {
  absl::StatusOr<std::vector<std::string>> kinds = ListFolders(test);
  if (!kinds.ok()) return kinds;
  const auto good = std::find(kinds->begin(), kinds->end(), kGoodKind);
  if (good != kinds->end()) {
    std::rotate(kinds->begin(), good, good + 1);
    return kinds;
  }
  for (const std::string& kind : *kinds) {
    if (MeansGood(kind)) {
      return absl::InvalidArgumentError(absl::StrCat((test / kind).string(),
                                                     ": the folder of good pictures is called ", kGoodKind,
                                                     "; every other one is a kind of defect"));
    }
  }
  return kinds;
}

// `without_kind`: names of pictures right in `test`.
absl::Status NoPictures(const fs::path& test, const PassedOver& passed_over,
                        const std::vector<std::string>& without_kind) {
  const std::string instead = Describe(passed_over);
  std::string strays;
  if (!without_kind.empty()) {
    strays = absl::StrCat("; ", without_kind.size(), without_kind.size() == 1 ? " picture" : " pictures",
                          " right in it, the first ", (test / without_kind.front()).string(),
                          ", of no kind: good ones belong in ", (test / kGoodKind).string(),
                          ", defective ones in a folder a kind");
  }
  return absl::InvalidArgumentError(absl::StrCat(test.string(), ": no pictures in its folders", strays,
                                                 instead.empty() ? "" : "; ", instead));
}

}  // namespace

absl::StatusOr<TestSet> ListTestSet(const std::string& root, bool recursive) {
  const fs::path test = fs::path(root) / "test";
  if (!IsFolder(root)) return absl::NotFoundError(absl::StrCat(root, ": no such folder"));
  if (!IsFolder(test)) {
    return absl::InvalidArgumentError(
        absl::StrCat(root, ": not in the MVTec AD layout (there is no test/", kGoodKind, ")"));
  }
  const absl::StatusOr<std::vector<std::string>> kinds = ListKinds(test);
  if (!kinds.ok()) return kinds.status();
  TestSet set;
  set.kinds = *kinds;
  MaskFinder masks(root);
  std::set<std::string> beside;
  for (const std::string& kind : *kinds) {
    FolderOptions options;
    options.recursive = recursive;
    options.masks_apart = true;
    const absl::StatusOr<FolderListing> listing = ListFolder((test / kind).string(), options);
    if (!listing.ok()) return listing.status();
    if (listing->pictures.empty()) set.empty_kinds.push_back(kind);
    set.passed_over.Add(listing->passed_over);
    std::vector<TestPicture> pictures;
    for (const std::string& path : listing->pictures) {
      TestPicture picture;
      picture.path = path;
      picture.kind = kind;
      pictures.push_back(std::move(picture));
    }
    masks.Add(pictures, listing->masks);
    beside.insert(listing->masks.begin(), listing->masks.end());
    set.pictures.insert(set.pictures.end(), pictures.begin(), pictures.end());
  }
  const absl::StatusOr<std::vector<std::string>> without_kind = ListPictureNames(test.string());
  if (!without_kind.ok()) return without_kind.status();
  set.without_kind = static_cast<int>(without_kind->size());
  std::set<std::string> unused = std::move(beside);
  for (TestPicture& picture : set.pictures) {
    if (absl::Status found = masks.Find(test / picture.kind, &picture); !found.ok()) return found;
    for (const std::string& mask : picture.masks) unused.erase(mask);
  }
  set.passed_over.masks = static_cast<int>(unused.size());
  if (set.pictures.empty()) return NoPictures(test, set.passed_over, *without_kind);
  absl::StatusOr<OtherMasks> others = masks.Others(set);
  if (!others.ok()) return others.status();
  set.other_masks = *std::move(others);
  return set;
}

absl::StatusOr<FolderListing> ListTrainingSet(const std::string& folder, bool recursive) {
  const fs::path good = fs::path(folder) / "train" / kGoodKind;
  FolderOptions options;
  options.recursive = recursive;
  options.masks_apart = true;
  return ListFolderOfPictures(IsFolder(good) ? good.string() : folder, options);
}

absl::StatusOr<std::vector<std::string>> ListCategoryFolders(const std::string& root) {
  if (!IsFolder(root)) return absl::NotFoundError(absl::StrCat(root, ": no such folder"));
  absl::StatusOr<std::vector<std::string>> names = ListFolders(root);
  if (!names.ok()) return names;
  names->erase(std::remove_if(names->begin(), names->end(),
                              [&root](const std::string& name) {
                                return !IsFolder(fs::path(root) / name / "train" / kGoodKind);
                              }),
               names->end());
  if (names->empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(root, ": no folder in it has the MVTec AD layout (a train/", kGoodKind, ")"));
  }
  return names;
}

}  // namespace mlfsc::client
