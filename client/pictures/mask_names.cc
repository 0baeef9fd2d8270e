#include "client/pictures/mask_names.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "client/pictures/picture_folder.h"

namespace mlfsc::client {
namespace {

namespace fs = std::filesystem;

// Longer ones before what they end in.
constexpr absl::string_view kWords[] = {"ground_truth", "ground-truth", "groundtruth", "masks", "mask", "gt"};
constexpr absl::string_view kWordsOfFolders[] = {"labels", "label", "segmentation", "seg"};

bool IsSeparator(char c) { return c == '_' || c == '-' || c == '.' || c == ' '; }

// Of "000_mask" and "mask" the length of "000"; 0 when it does not end so.
size_t LengthBefore(absl::string_view lower, absl::string_view word) {
  if (!absl::EndsWith(lower, word) || lower.size() < word.size() + 2) return 0;
  const size_t separator = lower.size() - word.size() - 1;
  return IsSeparator(lower[separator]) ? separator : 0;
}

// As LengthBefore for any of the words.
size_t LengthBeforeMarker(absl::string_view lower, MaskPlace place) {
  for (const absl::string_view word : kWords) {
    if (const size_t length = LengthBefore(lower, word); length > 0) return length;
  }
  if (place == MaskPlace::kBesidePictures) return 0;
  for (const absl::string_view word : kWordsOfFolders) {
    if (const size_t length = LengthBefore(lower, word); length > 0) return length;
  }
  return 0;
}

// "000_mask" of "000_mask_2", "000_mask-02" and "000_mask2".
absl::string_view WithoutNumber(absl::string_view lower) {
  size_t end = lower.size();
  while (end > 0 && absl::ascii_isdigit(static_cast<unsigned char>(lower[end - 1]))) --end;
  if (end < lower.size() && end > 0 && IsSeparator(lower[end - 1])) --end;
  return lower.substr(0, end);
}

}  // namespace

std::optional<std::string> PictureOfMask(const std::string& stem, MaskPlace place) {
  const std::string lower = absl::AsciiStrToLower(stem);
  size_t length = LengthBeforeMarker(lower, place);
  if (length == 0) length = LengthBeforeMarker(WithoutNumber(lower), place);
  if (length > 0) return stem.substr(0, length);
  if (place == MaskPlace::kBesidePictures) return std::nullopt;
  for (const absl::string_view word : kWords) {
    if (absl::StartsWith(lower, word) && lower.size() > word.size() + 1 && IsSeparator(lower[word.size()])) {
      return stem.substr(word.size() + 1);
    }
  }
  return std::nullopt;
}

bool IsMaskFolderName(const std::string& name) {
  const std::string lower = absl::AsciiStrToLower(name);
  return std::find(std::begin(kWords), std::end(kWords), lower) != std::end(kWords);
}

absl::StatusOr<MaskFolder> MaskFolder::Open(const std::string& folder, bool with_folders) {
  MaskFolder masks;
  std::error_code error;
  if (!fs::is_directory(folder, error)) return masks;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path path = entry->path();
    const std::string name = path.filename().string();
    if (name.front() == '.') continue;
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
      if (!with_folders) continue;
      absl::StatusOr<FolderListing> inside = ListFolder(path.string());
      if (!inside.ok()) return inside.status();
      if (inside->pictures.empty()) continue;
      masks.unused_.insert(inside->pictures.begin(), inside->pictures.end());
      masks.entries_.insert({name, {0, std::move(inside->pictures)}});
      continue;
    }
    if (!HasPictureEnding(name)) continue;
    const std::string stem = path.stem().string();
    masks.unused_.insert(path.string());
    masks.entries_.insert({stem, {2, {path.string()}}});
    if (const std::optional<std::string> picture = PictureOfMask(stem, MaskPlace::kFolderOfMasks)) {
      masks.entries_.insert({*picture, {1, {path.string()}}});
    }
  }
  if (error) return absl::ErrnoToStatus(error.value(), folder);
  return masks;
}

std::vector<const MaskFolder::Entry*> MaskFolder::Find(const std::string& name) const {
  std::vector<const Entry*> found;
  for (const std::string& key : {fs::path(name).stem().string(), name}) {
    const auto [begin, end] = entries_.equal_range(key);
    for (auto entry = begin; entry != end; ++entry) found.push_back(&entry->second);
  }
  return found;
}

std::vector<std::string> MaskFolder::MasksOf(const std::string& name) {
  const std::vector<const Entry*> found = Find(name);
  if (found.empty()) return {};
  const int best = (*std::min_element(found.begin(), found.end(), [](const Entry* a, const Entry* b) {
                     return a->rank < b->rank;
                   }))->rank;
  std::set<std::string> masks;
  for (const Entry* entry : found) {
    if (entry->rank == best) masks.insert(entry->masks.begin(), entry->masks.end());
  }
  for (const std::string& mask : masks) unused_.erase(mask);
  PassOver(name, *masks.begin());
  return {masks.begin(), masks.end()};
}

void MaskFolder::PassOver(const std::string& name, const std::string& taken) {
  for (const Entry* entry : Find(name)) {
    for (const std::string& mask : entry->masks) passed_over_.emplace(mask, taken);
  }
}

std::vector<std::string> MaskFolder::Unused() const {
  std::vector<std::string> unused;
  for (const std::string& mask : unused_) {
    if (passed_over_.count(mask) == 0) unused.push_back(mask);
  }
  return unused;
}

std::map<std::string, std::string> MaskFolder::Seconds() const {
  std::map<std::string, std::string> seconds;
  for (const auto& [mask, given] : passed_over_) {
    if (unused_.count(mask) > 0) seconds.emplace(mask, given);
  }
  return seconds;
}

}  // namespace mlfsc::client
