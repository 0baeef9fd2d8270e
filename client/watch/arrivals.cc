#include "client/watch/arrivals.h"

#include <algorithm>
#include <utility>

#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "client/pictures/picture_folder.h"

namespace mlfsc::client {
namespace {

constexpr int kDeferredFactor = 10;

}  // namespace

absl::StatusOr<std::vector<PictureFile>> ListPictureFiles(const std::string& folder) {
  const absl::StatusOr<std::vector<std::string>> names = ListPictureNames(folder);
  if (!names.ok()) return names.status();
  std::vector<PictureFile> files;
  for (const std::string& name : *names) {
    struct stat status = {};
    if (stat(absl::StrCat(folder, "/", name).c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    files.push_back({name, static_cast<int64_t>(status.st_size),
                     static_cast<int64_t>(status.st_mtim.tv_sec) * 1000000000 + status.st_mtim.tv_nsec});
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<PictureFile> Arrivals::Poll(const std::vector<PictureFile>& files, absl::Time now,
                                        const std::function<bool(const PictureFile&)>& is_known) {
  std::map<std::string, State> states;
  std::vector<PictureFile> whole;
  pending_ = 0;
  for (const PictureFile& file : files) {
    if (is_known(file)) continue;
    const auto before = states_.find(file.name);
    State state{file, now};
    if (before != states_.end() && before->second.file == file) state = before->second;
    const absl::Duration needed = state.deferred ? settle_ * kDeferredFactor : settle_;
    if (file.size > 0 && now - state.since >= needed) {
      whole.push_back(file);
    } else {
      ++pending_;
    }
    states.emplace(file.name, std::move(state));
  }
  states_ = std::move(states);
  return whole;
}

bool Arrivals::Defer(const PictureFile& file) {
  const auto found = states_.find(file.name);
  if (found == states_.end() || found->second.deferred) return false;
  found->second.deferred = true;
  return true;
}

}  // namespace mlfsc::client
