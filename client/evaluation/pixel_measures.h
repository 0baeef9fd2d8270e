// What a map is worth, pixel by pixel.
#ifndef MLFSC_CLIENT_EVALUATION_PIXEL_MEASURES_H_
#define MLFSC_CLIENT_EVALUATION_PIXEL_MEASURES_H_

#include <cstdint>
#include <optional>

namespace mlfsc::client {

struct PixelMeasures {
  // Area under the ROC curve of all pixels. Nothing when all are good, or all bad.
  std::optional<double> auroc;
  // Per-region overlap (Bergmann and others, "The MVTec Anomaly Detection Dataset", 2021): mean over
  // defective regions of the share of the region above a limit, integrated over the false-positive rate of
  // the pixels from 0 to 0.3 and divided by 0.3. Nothing when there is no region or no good pixel.
  std::optional<double> pro30;
};

inline constexpr double kProLimit = 0.3;

// Both measures of one set of pixels, fed with counts of ever larger values. Counts may be fractions:
// weighted pixels.
class PixelCurves {
 public:
  // Of all that will be added.
  PixelCurves(long double good, long double bad, long double regions)
      : good_total_(good), bad_total_(bad), regions_total_(regions) {}

  // Pixels of one value. `overlap`: sum over regions of (its pixels of this value) / (its pixels).
  void Add(long double good, long double bad, long double overlap);

  PixelMeasures Measure() const;

 private:
  long double good_total_;
  long double bad_total_;
  long double regions_total_;
  // Below the value added next.
  long double good_ = 0;
  long double bad_ = 0;
  long double overlap_ = 0;
  // Pairs of a good and a larger bad pixel, ties half, twice: whole numbers for whole counts, exact up to
  // 2^64.
  long double twice_pairs_ = 0;
  // Under the curve of overlap against false-positive rate, up to the limit.
  long double pro_area_ = 0;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_EVALUATION_PIXEL_MEASURES_H_
