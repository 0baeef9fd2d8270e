// The patches of a mini-batch that its dictionary rebuilds worst: candidates for a new atom.
#ifndef MLFSC_CORE_CODING_WORST_PATCHES_H_
#define MLFSC_CORE_CODING_WORST_PATCHES_H_

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <vector>

namespace mlfsc {

// Where a patch of a mini-batch lies, and its squared residual.
struct PatchPlace {
  float residual = 0;
  int picture = 0;
  // In the patch grid, row by row.
  int index = 0;
};

// Keeps the few places of the largest residuals. What is kept does not depend on the order of the calls.
class WorstPatches {
 public:
  static constexpr size_t kCapacity = 8;

  void Offer(const PatchPlace& place) {
    if (places_.size() == kCapacity && !IsWorse(place, places_.back())) return;
    places_.insert(std::upper_bound(places_.begin(), places_.end(), place, IsWorse), place);
    if (places_.size() > kCapacity) places_.pop_back();
  }

  // Worst first.
  const std::vector<PatchPlace>& places() const { return places_; }

 private:
  static bool IsWorse(const PatchPlace& a, const PatchPlace& b) {
    return std::tie(b.residual, a.picture, a.index) < std::tie(a.residual, b.picture, b.index);
  }

  std::vector<PatchPlace> places_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_CODING_WORST_PATCHES_H_
