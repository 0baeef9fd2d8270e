#include "core/training/copies.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <numeric>
#include <utility>

#include "core/scoring/calibration.h"

namespace mlfsc {
namespace {

// Grey levels; see the header.
constexpr double kSameBlock = 1;
constexpr double kSameGroup = 2;
constexpr double kApart = 3;
constexpr double kApartDetails = 6;
constexpr double kSameDetails = 2;
constexpr double kStructureInDetails = 2;

// Disjoint sets of pictures. The first picture of a set stands for it.
class Sets {
 public:
  explicit Sets(size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), size_t{0}); }

  size_t Find(size_t picture) {
    while (parent_[picture] != picture) {
      parent_[picture] = parent_[parent_[picture]];
      picture = parent_[picture];
    }
    return picture;
  }

  void Join(size_t a, size_t b) {
    a = Find(a);
    b = Find(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

  // Pictures in the set of each picture that stands for one.
  std::vector<int> Sizes() {
    std::vector<int> sizes(parent_.size());
    for (size_t picture = 0; picture < parent_.size(); ++picture) ++sizes[Find(picture)];
    return sizes;
  }

 private:
  std::vector<size_t> parent_;
};

// Mean brightness, levels. Pictures differ by at least as much in some block.
double BrightnessOf(const PictureSignature& signature) {
  const double sum = std::accumulate(signature.blocks.begin(), signature.blocks.end(), 0.0);
  return sum / PictureSignature::kBlocks / PictureSignature::kBlockSteps;
}

// Whether some block differs by more than kApart; ends at the first that does.
bool BlocksApart(const PictureSignature& a, const PictureSignature& b) {
  constexpr int kSteps = static_cast<int>(kApart * PictureSignature::kBlockSteps);
  for (int i = 0; i < PictureSignature::kBlocks; ++i) {
    if (std::abs(a.blocks[i] - b.blocks[i]) > kSteps) return true;
  }
  return false;
}

bool NearCopies(const SignatureDistance& distance) {
  return distance.blocks <= kSameBlock && distance.details <= kSameDetails &&
         distance.structure >= kStructureInDetails * distance.details && distance.structure > 0;
}

// Joins near copies in `copies`, and in `close` all that are not apart.
void JoinNear(absl::Span<const PictureSignature> signatures, Sets* copies, Sets* close,
              const Cancellation* cancellation) {
  std::vector<std::pair<double, size_t>> order;
  for (size_t i = 0; i < signatures.size(); ++i) order.emplace_back(BrightnessOf(signatures[i]), i);
  std::sort(order.begin(), order.end());
  for (size_t i = 0; i < order.size(); ++i) {
    CheckCancelled(cancellation);
    const size_t a = order[i].second;
    for (size_t j = i + 1; j < order.size() && order[j].first - order[i].first <= kApart; ++j) {
      const size_t b = order[j].second;
      if (copies->Find(a) == copies->Find(b)) continue;
      if (BlocksApart(signatures[a], signatures[b])) continue;
      const SignatureDistance distance = DistanceOf(signatures[a], signatures[b]);
      if (distance.details > kApartDetails) continue;
      close->Join(a, b);
      if (NearCopies(distance)) copies->Join(a, b);
    }
  }
}

}  // namespace

CopyGroups CopyGroups::None(int pictures) {
  CopyGroups groups;
  groups.of.resize(pictures);
  std::iota(groups.of.begin(), groups.of.end(), 0);
  groups.count = pictures;
  return groups;
}

CopyGroups CopyGroups::Only(const std::vector<int64_t>& pictures) const {
  CopyGroups groups;
  std::map<int, int> number_of;
  for (const int64_t picture : pictures) {
    const int group = number_of.emplace(of[picture], groups.count).first->second;
    if (group == groups.count) ++groups.count;
    groups.of.push_back(group);
  }
  return groups;
}

CopyGroups GroupCopies(absl::Span<const PictureSignature> signatures, const Cancellation* cancellation) {
  const size_t pictures = signatures.size();
  // What is equal is joined first: near copies are then looked for among few.
  std::map<uint64_t, size_t> first_of;
  Sets equal(pictures);
  for (size_t i = 0; i < pictures; ++i) equal.Join(first_of.emplace(signatures[i].hash, i).first->second, i);
  Sets copies = equal;
  Sets close = equal;
  JoinNear(signatures, &copies, &close, cancellation);

  // A group of near copies is believed when it keeps away from all others and together.
  const std::vector<int> copies_sizes = copies.Sizes();
  const std::vector<int> close_sizes = close.Sizes();
  std::vector<bool> believed(pictures, true);
  for (size_t i = 0; i < pictures; ++i) {
    const size_t first = copies.Find(i);
    if (close_sizes[close.Find(i)] != copies_sizes[first] ||
        DistanceOf(signatures[first], signatures[i]).blocks > kSameGroup) {
      believed[first] = false;
    }
  }
  CopyGroups groups;
  std::map<size_t, int> number_of;
  for (size_t i = 0; i < pictures; ++i) {
    const size_t first = believed[copies.Find(i)] ? copies.Find(i) : equal.Find(i);
    const int group = number_of.emplace(first, groups.count).first->second;
    if (group == groups.count) ++groups.count;
    groups.of.push_back(group);
  }
  return groups;
}

std::vector<double> ScoresOfGroups(const std::vector<double>& scores, const CopyGroups& groups) {
  std::vector<double> logarithms(groups.count);
  std::vector<int> sizes(groups.count);
  std::vector<double> of_groups(groups.count);
  for (size_t i = 0; i < scores.size(); ++i) {
    const int group = groups.of[i];
    logarithms[group] += std::log(std::max(scores[i], kLowestThreshold));
    ++sizes[group];
    of_groups[group] = scores[i];
  }
  for (int group = 0; group < groups.count; ++group) {
    // One score stays what it is, to the last bit.
    if (sizes[group] > 1) of_groups[group] = std::exp(logarithms[group] / sizes[group]);
  }
  return of_groups;
}

}  // namespace mlfsc
