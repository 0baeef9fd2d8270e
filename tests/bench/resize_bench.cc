// What it costs to bring a picture to its network's input, by each method, in turn; beside it the decoding of
// the same picture as a PNG file.
//   mlfsc_resize_bench [ROUNDS]
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "core/image/decode.h"
#include "core/image/input_picture.h"
#include "tests/bench/or_die.h"

namespace mlfsc {
namespace {

constexpr int kInputSize = 256;

// Of the processor: other programs on it do not count.
template <typename Work>
double Milliseconds(const Work& work) {
  const std::clock_t start = std::clock();
  work();
  return 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// A ramp with noise.
Image Picture(int side, int type) {
  const bool eight_bits = type == CV_8UC3;
  Image image{cv::Mat(side, side, type), eight_bits ? 255.0 : 65535.0};
  cv::randu(image.rgb, 0, eight_bits ? 40 : 10'000);
  const double step = image.full_scale * 0.8 / side;
  for (int y = 0; y < side; ++y) image.rgb.row(y) += cv::Scalar::all(step * y);
  return image;
}

int Run(int rounds) {
  // As the server has it.
  cv::setNumThreads(1);
  std::printf("%-4s %6s | %12s | %12s %9s\n", "bits", "side", "PNG, decode", "bilinear ms", "area ms");
  for (const int type : {CV_8UC3, CV_16UC3}) {
    for (const int side : {320, 512, 1000, 1024, 2048, 4096, 8192}) {
      const Image image = Picture(side, type);
      PictureLimits limits;
      limits.max_bytes = size_t{1} << 30;
      double decoding = 0;
      if (side <= 4096) {
        std::vector<uint8_t> file;
        cv::imencode(".png", image.rgb, file, {cv::IMWRITE_PNG_COMPRESSION, 1});
        const absl::string_view bytes(reinterpret_cast<const char*>(file.data()), file.size());
        decoding = Milliseconds([&] { OrDie(DecodePicture(bytes, limits)); });
      }
      std::vector<double> bilinear;
      std::vector<double> area;
      for (int round = 0; round < rounds; ++round) {
        bilinear.push_back(
            Milliseconds([&] { MakeInputPicture(image, kInputSize, ResizeMethod::kBilinear); }));
        area.push_back(Milliseconds([&] { MakeInputPicture(image, kInputSize, ResizeMethod::kArea); }));
      }
      std::printf("%-4d %6d | %12.1f | %12.2f %9.2f\n", type == CV_8UC3 ? 8 : 16, side, decoding,
                  Median(bilinear), Median(area));
    }
  }
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace mlfsc

int main(int argc, char** argv) { return mlfsc::Run(argc > 1 ? std::max(1, std::atoi(argv[1])) : 20); }
