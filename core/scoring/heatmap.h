// The patch map at the original picture's size, and the regions in it.
#ifndef MLFSC_CORE_SCORING_HEATMAP_H_
#define MLFSC_CORE_SCORING_HEATMAP_H_

#include <cstdint>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "core/coding/patch_grid.h"
#include "core/image/draw.h"
#include "core/scoring/calibration.h"
#include "core/scoring/scorer.h"

namespace mlfsc {

// How patches of the coarsest layer's map lie on the picture.
struct MapGeometry {
  PatchOptions patches;
  // Cells of that layer's whole map, border included, and the border cut off each side.
  int map_cells = 0;
  int border = 0;
};

// Pixels of the longer side above which regions are found on a smaller map.
inline constexpr int kRegionSide = 2048;

// Spreads each patch's value over the cells it covers, averages overlaps, replicates the edges outwards over
// the border, and upsamples (bilinear) to height x width, as many rows at a time as are asked for: a whole
// map of a large picture takes hundreds of megabytes. Immutable and thread-safe.
class HeatmapRows {
 public:
  HeatmapRows(const PatchMap& map, const MapGeometry& geometry, int height, int width);

  int height() const { return height_; }
  int width() const { return columns_.cols; }
  // [count, width] CV_32FC1: rows from `top` on, in the units of the patch map.
  cv::Mat Rows(int top, int count) const;

 private:
  // [cells, width] CV_32FC1: upsampled along the rows alone.
  cv::Mat columns_;
  int height_;
};

// All rows of HeatmapRows: [height, width] CV_32FC1.
cv::Mat RenderHeatmap(const PatchMap& map, const MapGeometry& geometry, int height, int width);

// In pixels of the original picture.
struct Region {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  int64_t area = 0;
  double peak = 0;
  // Of equally high pixels the first, row by row.
  int peak_x = 0;
  int peak_y = 0;
  // Weighted by the heatmap.
  double center_x = 0;
  double center_y = 0;
};

// Where `heatmap` departs from good, highest peak first. Each connected area above `limits.threshold` is
// outlined at half its height, between the threshold and its peak, and falls apart where that does: a strong
// defect raises the map around it (patches overlap, and channels are standardised over the whole picture),
// and all that is above the threshold would be far more than the defect. Agrees with the verdict: kOk has
// none; kReview and kNok have at least the one that holds the peak (when nothing is above the threshold, the
// area around the peak that is within 10 % of it).
std::vector<Region> FindRegions(const cv::Mat& heatmap, const Calibration& limits, Verdict verdict);

// The same of a picture of height x width. Above kRegionSide they are found on a map of that size and
// brought to the picture's: to a thousandth of its longer side.
std::vector<Region> FindRegions(const PatchMap& map, const MapGeometry& geometry, int height, int width,
                                const Calibration& limits, Verdict verdict);

// The colour scale, fixed for a bundle and logarithmic: dark at a good picture's typical maximum, a sixth of
// the way up at the threshold, brightest six times as far, beyond the cores of strong defects. `limits` are
// calibrated on the maxima of good pictures' heatmaps. Where a person set the threshold below that typical
// maximum, or less than half a deviation above it, dark is half a deviation below the threshold. Ends at
// e^690 at most, as limits do, and never where it begins.
ColorScale MakeColorScale(const Calibration& limits);

}  // namespace mlfsc

#endif  // MLFSC_CORE_SCORING_HEATMAP_H_
