#include "client/evaluation/pixel_measures.h"

#include <algorithm>

namespace mlfsc::client {

void PixelCurves::Add(long double good, long double bad, long double overlap) {
  twice_pairs_ += bad * (2 * good_ + good);
  if (good_total_ > 0 && regions_total_ > 0) {
    const long double rate_before = (good_total_ - good_) / good_total_;
    const long double rate_after = std::max<long double>(0, (good_total_ - good_ - good) / good_total_);
    const long double share_before = (regions_total_ - overlap_) / regions_total_;
    const long double share_after =
        std::max<long double>(0, (regions_total_ - overlap_ - overlap) / regions_total_);
    if (rate_after < kProLimit && rate_before > rate_after) {
      // The curve is straight between its points; beyond the limit it does not count.
      const long double right = std::min<long double>(rate_before, kProLimit);
      const long double share_right =
          share_after + (share_before - share_after) * (right - rate_after) / (rate_before - rate_after);
      pro_area_ += (right - rate_after) * (share_after + share_right) / 2;
    }
  }
  good_ += good;
  bad_ += bad;
  overlap_ += overlap;
}

PixelMeasures PixelCurves::Measure() const {
  PixelMeasures measures;
  if (good_total_ > 0 && bad_total_ > 0) {
    measures.auroc = static_cast<double>(twice_pairs_ / 2 / good_total_ / bad_total_);
  }
  if (good_total_ > 0 && regions_total_ > 0) measures.pro30 = static_cast<double>(pro_area_ / kProLimit);
  return measures;
}

}  // namespace mlfsc::client
