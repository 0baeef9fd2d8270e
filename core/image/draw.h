// Maps and pictures for people to look at.
#ifndef MLFSC_CORE_IMAGE_DRAW_H_
#define MLFSC_CORE_IMAGE_DRAW_H_

#include <functional>
#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "absl/status/statusor.h"
#include "core/image/image.h"

namespace mlfsc {

// The map values that are shown darkest and brightest; 0 < low < high.
struct ColorScale {
  double low = 0;
  double high = 0;
};

// How brightly a map's values show: 0 up to `scale.low`, 1 from `scale.high`, between them the logarithm's
// share of the way to the power of 0.6, which lifts what is weak. `map`, and what is returned: [height,
// width] CV_32FC1.
cv::Mat Intensity(const cv::Mat& map, const ColorScale& scale);

// A place to point at: a frame around the box and a cross at the peak.
struct Mark {
  cv::Rect box;
  cv::Point peak;
};

// `intensity`: [height, width] CV_32FC1, 0 (black) to 1 (brightest); values outside are clamped, NaN counts
// as 0. Lightness grows evenly with it, for colour-blind people and grey print. Returns an Image CV_8UC3.
Image ColorMap(const cv::Mat& intensity);

// The colour map over the picture (`intensity` has the picture's size). Where intensity is 0 the picture
// shows through unchanged; the map covers it more the brighter it is, never wholly. `marks`, in pixels of the
// picture, are drawn in white edged with black, to be seen on any picture. Returns an Image CV_8UC3.
Image Overlay(const Image& image, const cv::Mat& intensity, const std::vector<Mark>& marks = {});

// The same of some rows: `intensity` is [count, width], the picture's rows from `top` on. Marks are those of
// the whole picture; what is drawn does not depend on how the rows are cut.
Image OverlayRows(const Image& image, int top, const cv::Mat& intensity, const std::vector<Mark>& marks);

// The picture at 8 bits a sample, its longer side at most `max_side` px: a larger one is averaged over areas
// and keeps its proportions. Shares the pixels of one that needs neither. Returns an Image CV_8UC3.
Image Preview(const Image& image, int max_side);

// A PNG file, 8 bits a sample; deeper pictures are scaled. Internal when libpng cannot write it.
absl::StatusOr<std::string> EncodePng(const Image& image);

// The same of a picture that is made while it is written, so that the whole of it is never there.
// `rows(top, count)`: its rows from `top` on, [count, width] CV_8UC3, RGB; called from the top down. What it
// throws is passed on.
absl::StatusOr<std::string> EncodePngByRows(int height, int width,
                                            const std::function<cv::Mat(int top, int count)>& rows);

}  // namespace mlfsc

#endif  // MLFSC_CORE_IMAGE_DRAW_H_
