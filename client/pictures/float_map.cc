#include "client/pictures/float_map.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/image/draw.h"

namespace mlfsc::client {

absl::StatusOr<cv::Mat> ToFloatMap(const v1::HeatmapResponse& response) {
  const int height = response.inspection().picture_height();
  const int width = response.inspection().picture_width();
  const int64_t wanted = static_cast<int64_t>(height) * width * static_cast<int64_t>(sizeof(float));
  const std::string& bytes = response.map();
  if (height <= 0 || width <= 0 || static_cast<int64_t>(bytes.size()) != wanted) {
    return absl::InternalError(absl::StrCat("the server's map of a ", width, "x", height, " px picture has ",
                                            bytes.size(), " bytes, not ", wanted));
  }
  cv::Mat map(height, width, CV_32FC1);
  std::memcpy(map.ptr(), bytes.data(), bytes.size());
  if (!cv::checkRange(map)) return absl::InternalError("the server's map has values that are not finite");
  return map;
}

absl::StatusOr<std::string> DrawOverlay(const Image& image, const cv::Mat& map,
                                        const v1::HeatmapResponse& response) {
  if (image.rgb.size() != map.size()) {
    return absl::InternalError(absl::StrCat("the server's map is ", map.cols, "x", map.rows,
                                            " px, the picture ", image.width(), "x", image.height()));
  }
  std::vector<Mark> marks;
  for (const v1::Region& region : response.inspection().regions()) {
    marks.push_back(
        {{region.x(), region.y(), region.width(), region.height()}, {region.peak_x(), region.peak_y()}});
  }
  const ColorScale scale = {response.scale_low(), response.scale_high()};
  return EncodePng(Overlay(image, Intensity(map, scale), marks));
}

absl::StatusOr<std::string> DrawMask(const cv::Mat& mask, int max_side) {
  cv::Mat white;
  // Shares of a cell's area, of which none is rounded away.
  mask.convertTo(white, CV_32F);
  const int longer = std::max(mask.cols, mask.rows);
  if (longer > max_side) {
    const auto shrunk = [&](int side) {
      return std::max(1, static_cast<int>(static_cast<int64_t>(side) * max_side / longer));
    };
    cv::resize(white, white, cv::Size(shrunk(mask.cols), shrunk(mask.rows)), 0, 0, cv::INTER_AREA);
  }
  cv::Mat rgb;
  cv::cvtColor(white > 0, rgb, cv::COLOR_GRAY2RGB);
  return EncodePng({rgb});
}

std::string ToNpy(const cv::Mat& map) {
  std::string header =
      absl::StrCat("{'descr': '<f4', 'fortran_order': False, 'shape': (", map.rows, ", ", map.cols, "), }");
  // Magic, version and length take ten bytes; the whole is a multiple of 64 and ends a line.
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string npy("\x93NUMPY\x01\x00", 8);
  npy += static_cast<char>(header.size() & 0xFF);
  npy += static_cast<char>(header.size() >> 8);
  npy += header;
  for (int y = 0; y < map.rows; ++y) {
    npy.append(reinterpret_cast<const char*>(map.ptr(y)), map.cols * sizeof(float));
  }
  return npy;
}

}  // namespace mlfsc::client
