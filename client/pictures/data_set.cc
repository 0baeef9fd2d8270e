#include "client/pictures/data_set.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/pictures/mask_names.h"

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

// Where the masks of defective pictures are: the first folder in `root` that is called so.
std::string MaskRoot(const fs::path& root) {
  const absl::StatusOr<std::vector<std::string>> names = ListFolders(root);
  if (!names.ok()) return "";
  for (const std::string& name : *names) {
    if (name == "ground_truth") return (root / name).string();
  }
  for (const std::string& name : *names) {
    if (IsMaskFolderName(name)) return (root / name).string();
  }
  return "";
}

// Gives masks to the defective pictures of a test set.
class MaskFinder {
 public:
  explicit MaskFinder(const std::string& root) : root_(MaskRoot(root)) {}

  // Of every kind, before Find. `beside`: masks that lie beside the pictures.
  void Add(const std::vector<TestPicture>& pictures, const std::vector<std::string>& beside) {
    for (const TestPicture& picture : pictures) {
      const std::string name = fs::path(picture.path).filename().string();
      ++times_[name];
      ++times_[picture.kind + "/" + name];
    }
    beside_.insert(beside.begin(), beside.end());
  }

  // `kind_folder`: where the pictures of its kind are.
  absl::Status Find(const fs::path& kind_folder, TestPicture* picture) {
    const fs::path path(picture->path);
    const std::string name = path.filename().string();
    for (const fs::path& place : PlacesOf(path, kind_folder, picture->kind)) {
      const absl::StatusOr<MaskFolder*> folder = Open(place);
      if (!folder.ok()) return folder.status();
      picture->masks = (*folder)->MasksOf(name);
      if (!picture->masks.empty()) return absl::OkStatus();
    }
    const std::string stem = path.stem().string();
    for (const std::string& mask : beside_) {
      const fs::path mask_path(mask);
      const fs::path folder = mask_path.parent_path();
      const bool named = folder == path.parent_path() &&
                         PictureOfMask(mask_path.stem().string(), MaskPlace::kBesidePictures) == stem;
      if (named || folder == path.parent_path() / stem) picture->masks.push_back(mask);
    }
    return absl::OkStatus();
  }

  std::vector<std::string> Unused() const {
    std::vector<std::string> unused;
    for (const auto& [path, folder] : folders_) {
      const std::vector<std::string> of_folder = folder.Unused();
      unused.insert(unused.end(), of_folder.begin(), of_folder.end());
    }
    return unused;
  }

 private:
  // Folders of masks, the most particular first. In one that several kinds or sub-folders share a name says
  // nothing when several pictures have it.
  std::vector<fs::path> PlacesOf(const fs::path& path, const fs::path& kind_folder,
                                 const std::string& kind) const {
    const std::string name = path.filename().string();
    std::vector<fs::path> places;
    if (!root_.empty()) {
      const fs::path below = path.parent_path().lexically_relative(kind_folder);
      const fs::path of_kind = fs::path(root_) / kind;
      if (below != ".") places.push_back(of_kind / below);
      if (below == "." || times_.at(kind + "/" + name) == 1) places.push_back(of_kind);
      if (times_.at(name) == 1) places.emplace_back(root_);
    }
    std::set<fs::path> inside;
    for (const std::string& mask : beside_) {
      const fs::path folder = fs::path(mask).parent_path();
      if (folder.parent_path() == path.parent_path() && IsMaskFolderName(folder.filename().string())) {
        inside.insert(folder);
      }
    }
    places.insert(places.end(), inside.begin(), inside.end());
    return places;
  }

  absl::StatusOr<MaskFolder*> Open(const fs::path& path) {
    auto found = folders_.find(path);
    if (found == folders_.end()) {
      absl::StatusOr<MaskFolder> folder = MaskFolder::Open(path.string(), /*with_folders=*/path != root_);
      if (!folder.ok()) return folder.status();
      found = folders_.emplace(path, *std::move(folder)).first;
    }
    return &found->second;
  }

  // Empty when there is none.
  const std::string root_;
  // Pictures of a name, and of "kind/name".
  std::map<std::string, int> times_;
  std::set<std::string> beside_;
  std::map<fs::path, MaskFolder> folders_;
};

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
    if (kind != kGoodKind) masks.Add(pictures, listing->masks);
    beside.insert(listing->masks.begin(), listing->masks.end());
    set.pictures.insert(set.pictures.end(), pictures.begin(), pictures.end());
  }
  const absl::StatusOr<std::vector<std::string>> without_kind = ListPictureNames(test.string());
  if (!without_kind.ok()) return without_kind.status();
  set.without_kind = static_cast<int>(without_kind->size());
  std::set<std::string> unused = std::move(beside);
  for (TestPicture& picture : set.pictures) {
    if (picture.good()) continue;
    if (absl::Status found = masks.Find(test / picture.kind, &picture); !found.ok()) return found;
    for (const std::string& mask : picture.masks) unused.erase(mask);
  }
  set.passed_over.masks = static_cast<int>(unused.size());
  if (set.pictures.empty()) {
    const std::string instead = Describe(set.passed_over);
    return absl::InvalidArgumentError(
        absl::StrCat(test.string(), ": no pictures in its folders", instead.empty() ? "" : "; ", instead));
  }
  set.unused_masks = masks.Unused();
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
