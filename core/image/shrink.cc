#include "core/image/shrink.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace mlfsc {
namespace {

// The pixels of an axis that one of `to` pixels covers, of `from`; and how much of its first and last pixel,
// in parts of which a whole pixel has `to`. All parts together are `from`. A single pixel is `first`.
struct Window {
  int first = 0;
  int last = 0;
  int64_t first_part = 0;
  int64_t last_part = 0;
};

Window WindowAt(int64_t place, int64_t from, int64_t to) {
  const int64_t begin = place * from;
  const int64_t end = begin + from;
  const int64_t first = begin / to;
  const int64_t last = (end - 1) / to;
  return {static_cast<int>(first), static_cast<int>(last), std::min(end, (first + 1) * to) - begin,
          first == last ? 0 : end - last * to};
}

// `Sum`: holds the sum of a window's whole samples. `Mean`: what means are computed in, exact up to white
// times the pixels of a side: then no rounding takes a mean above its largest sample.
template <typename Sample>
struct Arithmetic {
  using Sum = double;
  using Mean = double;
};
template <>
struct Arithmetic<uint8_t> {
  // Vectorises best, and so does a conversion of signed numbers.
  using Sum = int32_t;
  using Mean = float;
};
template <>
struct Arithmetic<uint16_t> {
  using Sum = uint32_t;
  using Mean = double;
};

template <typename Sample>
class Shrinker {
  using Sum = typename Arithmetic<Sample>::Sum;
  using Mean = typename Arithmetic<Sample>::Mean;

 public:
  Shrinker(const cv::Mat& pixels, int rows, int columns)
      : pixels_(pixels),
        rows_(rows),
        columns_(columns),
        samples_(size_t{3} * static_cast<size_t>(pixels.cols)),
        sums_(samples_),
        row_(samples_) {}

  cv::Mat Shrunk() {
    cv::Mat shrunk(rows_, columns_, CV_32FC3);
    std::vector<Window> windows;
    windows.reserve(static_cast<size_t>(columns_));
    for (int column = 0; column < columns_; ++column) {
      windows.push_back(WindowAt(column, pixels_.cols, columns_));
    }
    for (int row = 0; row < rows_; ++row) {
      MeanOfRows(WindowAt(row, pixels_.rows, rows_));
      float* out = shrunk.ptr<float>(row);
      for (const Window& window : windows) {
        MeanOfColumns(window, out);
        out += 3;
      }
    }
    return shrunk;
  }

 private:
  // Into row_, across all columns.
  void MeanOfRows(const Window& window) {
    std::fill(sums_.begin(), sums_.end(), Sum{0});
    Sum* sums = sums_.data();
    int row = window.first + 1;
    // Two at once: half the traffic to the sums.
    for (; row + 1 < window.last; row += 2) {
      const Sample* one = pixels_.ptr<Sample>(row);
      const Sample* two = pixels_.ptr<Sample>(row + 1);
      for (size_t i = 0; i < samples_; ++i) sums[i] += static_cast<Sum>(one[i]) + static_cast<Sum>(two[i]);
    }
    for (; row < window.last; ++row) {
      const Sample* one = pixels_.ptr<Sample>(row);
      for (size_t i = 0; i < samples_; ++i) sums[i] += static_cast<Sum>(one[i]);
    }
    const Sample* first = pixels_.ptr<Sample>(window.first);
    const Sample* last = pixels_.ptr<Sample>(window.last);
    const Mean whole = static_cast<Mean>(rows_);
    const Mean first_part = static_cast<Mean>(window.first_part);
    const Mean last_part = static_cast<Mean>(window.last_part);
    const Mean all = static_cast<Mean>(pixels_.rows);
    float* means = row_.data();
    for (size_t i = 0; i < samples_; ++i) {
      means[i] =
          static_cast<float>((whole * static_cast<Mean>(sums[i]) + first_part * static_cast<Mean>(first[i]) +
                              last_part * static_cast<Mean>(last[i])) /
                             all);
    }
  }

  // `out`: three channels. A fourth lane, the next pixel's red, makes a pixel one vector.
  void MeanOfColumns(const Window& window, float* out) const {
    const float* first = row_.data() + size_t{3} * static_cast<size_t>(window.first);
    const float* last = row_.data() + size_t{3} * static_cast<size_t>(window.last);
    Mean sums[4] = {};
    for (const float* pixel = first + 3; pixel < last; pixel += 3) {
      for (int lane = 0; lane < 4; ++lane) sums[lane] += static_cast<Mean>(pixel[lane]);
    }
    const Mean whole = static_cast<Mean>(columns_);
    const Mean first_part = static_cast<Mean>(window.first_part);
    const Mean last_part = static_cast<Mean>(window.last_part);
    const Mean all = static_cast<Mean>(pixels_.cols);
    for (int channel = 0; channel < 3; ++channel) {
      out[channel] =
          static_cast<float>((whole * sums[channel] + first_part * static_cast<Mean>(first[channel]) +
                              last_part * static_cast<Mean>(last[channel])) /
                             all);
    }
  }

  const cv::Mat& pixels_;
  const int rows_;
  const int columns_;
  // In a row of pixels_.
  const size_t samples_;
  std::vector<Sum> sums_;
  std::vector<float> row_;
};

}  // namespace

cv::Mat Shrink(const cv::Mat& pixels, int rows, int columns) {
  rows = std::min(rows, pixels.rows);
  columns = std::min(columns, pixels.cols);
  switch (pixels.depth()) {
    case CV_8U:
      return Shrinker<uint8_t>(pixels, rows, columns).Shrunk();
    case CV_16U:
      return Shrinker<uint16_t>(pixels, rows, columns).Shrunk();
    default:
      return Shrinker<float>(pixels, rows, columns).Shrunk();
  }
}

}  // namespace mlfsc
