#include "client/pictures/mask_finder.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "client/pictures/picture_folder.h"

namespace mlfsc::client {
namespace {

namespace fs = std::filesystem;

// Where the masks of defective pictures are: the first folder in `root` that is called so.
std::string MaskRoot(const fs::path& root) {
  std::error_code error;
  std::set<std::string> names;
  for (fs::directory_iterator entry(root, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code ignored;
    if (IsMaskFolderName(name) && fs::is_directory(entry->path(), ignored)) names.insert(name);
  }
  if (names.empty()) return "";
  return (root / (names.count("ground_truth") > 0 ? "ground_truth" : *names.begin())).string();
}

// The same for all names of a file.
std::string RealPath(const std::string& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  return error ? path : real.string();
}

bool IsBelow(const fs::path& path, const fs::path& folder) {
  const fs::path relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

}  // namespace

MaskFinder::MaskFinder(const std::string& root) : root_(MaskRoot(root)) {}

void MaskFinder::Add(const std::vector<TestPicture>& pictures, const std::vector<std::string>& beside) {
  for (const TestPicture& picture : pictures) {
    const std::string name = fs::path(picture.path).filename().string();
    ++(picture.good() ? times_good_ : times_)[name];
    ++times_[picture.kind + "/" + name];
  }
  beside_.insert(beside.begin(), beside.end());
}

absl::Status MaskFinder::Find(const fs::path& kind_folder, TestPicture* picture) {
  std::vector<std::string>& masks = picture->good() ? picture->masks_of_good : picture->masks;
  const fs::path path(picture->path);
  const std::string name = path.filename().string();
  for (const fs::path& place : PlacesOf(kind_folder, *picture)) {
    const absl::StatusOr<MaskFolder*> folder = Open(place);
    if (!folder.ok()) return folder.status();
    if (masks.empty()) {
      masks = (*folder)->MasksOf(name);
    } else {
      (*folder)->PassOver(name, masks.front());
    }
  }
  if (masks.empty()) masks = Beside(path);
  return absl::OkStatus();
}

// Whether a name in the folder that all kinds share says which picture is meant. A mask there is a good
// picture's only where no defective one is called so.
bool MaskFinder::IsTheOnlyOne(const TestPicture& picture, const std::string& name) const {
  const auto defective = times_.find(name);
  if (!picture.good()) return defective->second == 1;
  return defective == times_.end() && times_good_.at(name) == 1;
}

// Folders of masks, the most particular first. In one that several kinds or sub-folders share a name says
// nothing when several pictures have it.
std::vector<fs::path> MaskFinder::PlacesOf(const fs::path& kind_folder, const TestPicture& picture) const {
  const fs::path path(picture.path);
  const std::string name = path.filename().string();
  std::vector<fs::path> places;
  if (!root_.empty()) {
    const fs::path below = path.parent_path().lexically_relative(kind_folder);
    const fs::path of_kind = fs::path(root_) / picture.kind;
    if (below != ".") places.push_back(of_kind / below);
    if (below == "." || times_.at(picture.kind + "/" + name) == 1) places.push_back(of_kind);
    if (IsTheOnlyOne(picture, name)) places.emplace_back(root_);
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

std::vector<std::string> MaskFinder::Beside(const fs::path& picture) const {
  const std::string stem = picture.stem().string();
  std::vector<std::string> masks;
  for (const std::string& mask : beside_) {
    const fs::path path(mask);
    const fs::path folder = path.parent_path();
    const bool named = folder == picture.parent_path() &&
                       PictureOfMask(path.stem().string(), MaskPlace::kBesidePictures) == stem;
    if (named || folder == picture.parent_path() / stem) masks.push_back(mask);
  }
  return masks;
}

absl::StatusOr<MaskFolder*> MaskFinder::Open(const fs::path& path) {
  auto found = folders_.find(path);
  if (found == folders_.end()) {
    absl::StatusOr<MaskFolder> folder = MaskFolder::Open(path.string(), /*with_folders=*/path != root_);
    if (!folder.ok()) return folder.status();
    found = folders_.emplace(path, *std::move(folder)).first;
  }
  return &found->second;
}

absl::StatusOr<OtherMasks> MaskFinder::Others(const TestSet& set) const {
  OtherMasks others;
  others.folder = root_;
  for (const auto& [path, folder] : folders_) {
    others.seconds.merge(folder.Seconds());
    if (!root_.empty() && IsBelow(path, root_)) continue;
    const std::vector<std::string> unused = folder.Unused();
    others.unused.insert(others.unused.end(), unused.begin(), unused.end());
  }
  if (!root_.empty()) {
    if (absl::Status gone_through = GoThroughRoot(set, &others); !gone_through.ok()) return gone_through;
  }
  return others;
}

absl::Status MaskFinder::GoThroughRoot(const TestSet& set, OtherMasks* others) const {
  FolderOptions options;
  options.recursive = true;
  const absl::StatusOr<FolderListing> listing = ListFolder(root_, options);
  if (!listing.ok()) return listing.status();
  others->passed_over = listing->passed_over;
  std::set<std::string> known;
  for (const TestPicture& picture : set.pictures) {
    for (const std::string& mask : picture.masks) known.insert(RealPath(mask));
    for (const std::string& mask : picture.masks_of_good) known.insert(RealPath(mask));
  }
  for (const auto& [mask, taken] : others->seconds) known.insert(RealPath(mask));
  for (const std::string& mask : listing->pictures) {
    if (known.count(RealPath(mask)) > 0) continue;
    const fs::path below = fs::path(mask).lexically_relative(root_);
    const std::string folder = below.has_parent_path() ? below.begin()->string() : "";
    if (folder.empty() || std::find(set.kinds.begin(), set.kinds.end(), folder) != set.kinds.end()) {
      others->unused.push_back(mask);
    } else {
      ++others->of_no_kind[folder];
    }
  }
  return absl::OkStatus();
}

}  // namespace mlfsc::client
