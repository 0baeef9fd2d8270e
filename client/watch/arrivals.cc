#include "client/watch/arrivals.h"

#include <utility>

namespace mlfsc::client {
namespace {

constexpr int kDeferredFactor = 10;

}  // namespace

std::vector<PictureFile> Arrivals::Poll(const std::vector<PictureFile>& files, absl::Time now,
                                        const std::function<bool(const PictureFile&)>& is_known,
                                        const std::function<bool(const PictureFile&)>& is_written) {
  std::map<std::string, State> states;
  std::vector<PictureFile> whole;
  pending_ = 0;
  for (const PictureFile& file : files) {
    if (is_known(file)) continue;
    const auto before = states_.find(file.name);
    State state{file, now};
    if (before != states_.end() && before->second.file == file) state = before->second;
    // One without a byte is most likely about to be written; one that stays so is somebody's mistake, to be told.
    const bool waits_longer = state.deferred || file.size == 0;
    const bool settled = now - state.since >= (waits_longer ? settle_ * kDeferredFactor : settle_);
    if (settled && !is_written(file)) {
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
