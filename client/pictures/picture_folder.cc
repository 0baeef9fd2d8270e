#include "client/pictures/picture_folder.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/pictures/mask_names.h"

namespace mlfsc::client {
namespace {

namespace fs = std::filesystem;

// Endings that are named one by one.
constexpr size_t kNamedEndings = 5;

bool IsFolder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

std::string Plural(int count, const std::string& one) {
  return absl::StrCat(count, " ", one, count == 1 ? "" : "s");
}

// Goes through folders; each is visited once, whatever links lead to it.
class Walk {
 public:
  explicit Walk(const FolderOptions& options) : options_(options) {}

  absl::Status Visit(const fs::path& folder) {
    if (!IsNew(folder)) return absl::OkStatus();
    std::error_code error;
    std::vector<fs::path> folders;
    std::vector<fs::path> files;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      if (name.front() == '.') continue;
      if (IsFolder(entry->path())) {
        folders.push_back(entry->path());
      } else if (HasPictureEnding(name)) {
        files.push_back(entry->path());
      } else {
        ++listing_.passed_over.others[absl::AsciiStrToLower(entry->path().extension().string())];
      }
    }
    if (error) return absl::ErrnoToStatus(error.value(), folder.string());
    const std::set<std::string> stems = Sort(files);
    for (const fs::path& below : folders) {
      absl::Status visited = VisitBelow(below, stems);
      if (!visited.ok()) return visited;
    }
    return absl::OkStatus();
  }

  FolderListing Take() {
    std::sort(listing_.pictures.begin(), listing_.pictures.end());
    std::sort(listing_.masks.begin(), listing_.masks.end());
    listing_.passed_over.masks = static_cast<int>(listing_.masks.size());
    return std::move(listing_);
  }

 private:
  bool IsNew(const fs::path& folder) {
    std::error_code error;
    const fs::path real = fs::canonical(folder, error);
    return visited_.insert(error ? folder : real).second;
  }

  // Tells pictures from masks beside them; returns the pictures' stems.
  std::set<std::string> Sort(const std::vector<fs::path>& files) {
    std::set<std::string> stems;
    for (const fs::path& file : files) stems.insert(file.stem().string());
    for (const fs::path& file : files) {
      const std::optional<std::string> picture =
          options_.masks_apart ? PictureOfMask(file.stem().string(), MaskPlace::kBesidePictures)
                               : std::nullopt;
      const bool mask = picture.has_value() && stems.count(*picture) > 0;
      (mask ? listing_.masks : listing_.pictures).push_back(file.string());
    }
    return stems;
  }

  absl::Status VisitBelow(const fs::path& folder, const std::set<std::string>& stems) {
    const std::string name = folder.filename().string();
    if (options_.masks_apart && (stems.count(name) > 0 || IsMaskFolderName(name))) {
      const absl::StatusOr<FolderListing> masks = ListFolder(folder.string());
      if (!masks.ok()) return masks.status();
      listing_.masks.insert(listing_.masks.end(), masks->pictures.begin(), masks->pictures.end());
      for (const auto& [ending, count] : masks->passed_over.others) {
        listing_.passed_over.others[ending] += count;
      }
      return absl::OkStatus();
    }
    return options_.recursive ? Visit(folder) : Count(folder);
  }

  // What is not gone through is counted. One that cannot be looked into is no reason to end.
  absl::Status Count(const fs::path& folder) {
    FolderOptions options = options_;
    options.recursive = true;
    Walk below(options);
    below.visited_ = visited_;
    if (!below.Visit(folder).ok() || below.listing_.pictures.empty()) return absl::OkStatus();
    PassedOver& passed_over = listing_.passed_over;
    if (passed_over.first_sub_folder.empty() || folder.string() < passed_over.first_sub_folder) {
      passed_over.first_sub_folder = folder.string();
    }
    passed_over.below += static_cast<int>(below.listing_.pictures.size());
    ++passed_over.sub_folders;
    return absl::OkStatus();
  }

  const FolderOptions options_;
  std::set<fs::path> visited_;
  FolderListing listing_;
};

std::string DescribeOthers(const std::map<std::string, int>& others) {
  std::vector<std::pair<std::string, int>> endings(others.begin(), others.end());
  std::stable_sort(endings.begin(), endings.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  int total = 0;
  std::vector<std::string> words;
  int unnamed = 0;
  for (const auto& [ending, count] : endings) {
    total += count;
    if (words.size() < kNamedEndings) {
      words.push_back(absl::StrCat(count, " ", ending.empty() ? "without an ending" : ending));
    } else {
      unnamed += count;
    }
  }
  if (unnamed > 0) words.push_back(absl::StrCat(unnamed, " more"));
  return absl::StrCat(Plural(total, "other file"), " passed over: ", absl::StrJoin(words, ", "));
}

}  // namespace

bool HasPictureEnding(const std::string& name) {
  static const std::set<std::string>& endings =
      *new std::set<std::string>{".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"};
  return endings.count(absl::AsciiStrToLower(fs::path(name).extension().string())) > 0;
}

void PassedOver::Add(const PassedOver& more) {
  for (const auto& [ending, count] : more.others) others[ending] += count;
  masks += more.masks;
  below += more.below;
  sub_folders += more.sub_folders;
  if (first_sub_folder.empty()) first_sub_folder = more.first_sub_folder;
}

std::string Describe(const PassedOver& passed_over) {
  std::vector<std::string> parts;
  if (!passed_over.others.empty()) parts.push_back(DescribeOthers(passed_over.others));
  if (passed_over.masks > 0) {
    parts.push_back(absl::StrCat(Plural(passed_over.masks, "mask"), " beside the pictures passed over"));
  }
  if (passed_over.below > 0) {
    parts.push_back(absl::StrCat(Plural(passed_over.below, "picture"), " in ",
                                 Plural(passed_over.sub_folders, "sub-folder"), " (",
                                 passed_over.first_sub_folder, passed_over.sub_folders > 1 ? ", ..." : "",
                                 ") passed over: --recursive takes them"));
  }
  return absl::StrJoin(parts, "; ");
}

absl::StatusOr<FolderListing> ListFolder(const std::string& folder, const FolderOptions& options) {
  if (!IsFolder(folder)) return absl::NotFoundError(absl::StrCat(folder, ": no such folder"));
  Walk walk(options);
  if (absl::Status visited = walk.Visit(folder); !visited.ok()) return visited;
  return walk.Take();
}

absl::StatusOr<FolderListing> ListFolderOfPictures(const std::string& folder, const FolderOptions& options) {
  absl::StatusOr<FolderListing> listing = ListFolder(folder, options);
  if (!listing.ok() || !listing->pictures.empty()) return listing;
  const std::string instead = Describe(listing->passed_over);
  return absl::InvalidArgumentError(absl::StrCat(folder, ": no pictures in it (.png, .jpg, .bmp, .tif)",
                                                 instead.empty() ? "" : "; ", instead));
}

absl::StatusOr<std::vector<std::string>> ListPictures(const std::string& folder) {
  absl::StatusOr<FolderListing> listing = ListFolderOfPictures(folder);
  if (!listing.ok()) return listing.status();
  return std::move(listing->pictures);
}

absl::StatusOr<std::vector<std::string>> ListPictureNames(const std::string& folder) {
  if (!IsFolder(folder)) return absl::NotFoundError(absl::StrCat(folder, ": no such folder"));
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.front() != '.' && HasPictureEnding(name) && !IsFolder(entry->path())) names.push_back(name);
  }
  if (error) return absl::ErrnoToStatus(error.value(), folder);
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<std::vector<std::string>> ExpandFolders(const std::vector<std::string>& paths,
                                                       const FolderOptions& options,
                                                       PassedOver* passed_over) {
  std::vector<std::string> pictures;
  for (const std::string& path : paths) {
    if (!IsFolder(path)) {
      pictures.push_back(path);
      continue;
    }
    absl::StatusOr<FolderListing> inside = ListFolderOfPictures(path, options);
    if (!inside.ok()) return inside.status();
    pictures.insert(pictures.end(), inside->pictures.begin(), inside->pictures.end());
    if (passed_over != nullptr) passed_over->Add(inside->passed_over);
  }
  return pictures;
}

}  // namespace mlfsc::client
