// Training pictures that show the same part: sent twice, or taken twice.
#ifndef MLFSC_CORE_TRAINING_COPIES_H_
#define MLFSC_CORE_TRAINING_COPIES_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "core/base/cancellation.h"
#include "core/training/picture_signature.h"

namespace mlfsc {

// Which pictures are copies of each other. Groups are numbered in the order of their first picture.
struct CopyGroups {
  // Each picture's group.
  std::vector<int> of;
  // Independent pictures: how many groups there are.
  int count = 0;

  // Every picture a group of its own.
  static CopyGroups None(int pictures);

  // Of some of the pictures, in this order.
  CopyGroups Only(const std::vector<int64_t>& pictures) const;
};

// Pictures whose inputs are equal are copies, and pictures that differ by no more than a sensor's noise: no
// block's mean (of 256 pixels, at 256 px a side) by more than 1 grey level, details by at most 2 levels (root
// mean square), half of the structure that both show. Noise of 2 levels and JPEG at quality 75 differ by 0.8
// and 1.7; the closest pair of different parts on real products (screws, cookies, tiles) by 11 and 3.8.
//
// Parts that look alike, in a fixed jig or without any structure, are not copies: pictures of a product that
// varies this little differ by a little more as often, so a group of near copies must keep away from all
// other pictures (more than 3 levels in some block, or 6 in the details), and its own must all lie within 2
// levels of its first. O(N^2) comparisons, of which almost all end at the mean brightness or the first
// blocks. Deterministic. Throws WorkCancelled; `cancellation` may be null.
CopyGroups GroupCopies(absl::Span<const PictureSignature> signatures,
                       const Cancellation* cancellation = nullptr);

// One score for each group: the geometric mean of its pictures'.
std::vector<double> ScoresOfGroups(const std::vector<double>& scores, const CopyGroups& groups);

}  // namespace mlfsc

#endif  // MLFSC_CORE_TRAINING_COPIES_H_
