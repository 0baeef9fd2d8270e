// Maps as numbers: what a heatmap is made of.
#ifndef MLFSC_CLIENT_PICTURES_FLOAT_MAP_H_
#define MLFSC_CLIENT_PICTURES_FLOAT_MAP_H_

#include <string>

#include <opencv2/core/mat.hpp>

#include "absl/status/statusor.h"
#include "core/image/image.h"
#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc::client {

// The map of a FLOAT32_MAP answer, [height, width] CV_32FC1. Internal when its bytes are not as many as the
// picture's size asks for, or a value is not finite.
absl::StatusOr<cv::Mat> ToFloatMap(const v1::HeatmapResponse& response);

// The map's colours over the picture, on the answer's own scale, as the server draws them for OVERLAY_PNG.
// `map`: ToFloatMap of `response`; `image` has its size. Returns PNG bytes.
absl::StatusOr<std::string> DrawOverlay(const Image& image, const cv::Mat& map,
                                        const v1::HeatmapResponse& response);

// Where a picture is defective, to be shown: white on black, its longer side at most `max_side` px; a defect
// of one pixel is still seen. `mask`: [height, width] CV_8UC1, not 0 where defective. Returns PNG bytes.
absl::StatusOr<std::string> DrawMask(const cv::Mat& mask, int max_side);

// A NumPy .npy file (format 1.0) that holds the map as float32 [height, width].
std::string ToNpy(const cv::Mat& map);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_PICTURES_FLOAT_MAP_H_
