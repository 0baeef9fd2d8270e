#include "core/decoding/kept_region.h"

#include <algorithm>

namespace mlfsc {
namespace {

constexpr size_t kKept = size_t{16} << 20;
constexpr size_t kKeptBetweenLargeUses = size_t{64} << 20;

}  // namespace

void KeptRegion::ReleaseAfter(size_t used) {
  touched_ = std::min(std::max(touched_, WholePages(used)), size_);
  const size_t kept = used > kKept ? kKeptBetweenLargeUses : kKept;
  if (touched_ <= kept) return;
  memory_->Release(begin_ + kept, begin_ + touched_);
  touched_ = kept;
}

void KeptRegion::ReleaseAfterUnknownUse() {
  touched_ = size_;
  ReleaseAfter(0);
}

}  // namespace mlfsc
