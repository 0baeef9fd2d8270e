#include "tests/core/image/test_files.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <zlib.h>

namespace mlfsc::testing {
namespace {

// A directory entry: the value, or as many as follow one another.
struct TiffEntry {
  int tag;
  // 3 = 16 bits, 4 = 32 bits, 16 = 64 bits.
  int type;
  std::vector<uint64_t> values;
};

int TypeBytes(int type) { return type == 3 ? 2 : type == 4 ? 4 : 8; }

// Rows [y0, y1) and columns [x0, x1) of the samples from `first` on, `count` a pixel, packed; outside the
// picture zeros.
std::string PackBlock(const TiffSpec& spec, const std::vector<uint16_t>& samples, cv::Rect part, int first,
                      int count) {
  std::string bytes;
  for (int y = part.y; y < part.y + part.height; ++y) {
    unsigned packed = 0;
    int bits = 0;
    for (int x = part.x; x < part.x + part.width; ++x) {
      for (int s = first; s < first + count; ++s) {
        const bool inside = x < spec.width && y < spec.height;
        const unsigned value =
            inside ? samples[(static_cast<size_t>(y) * spec.width + x) * spec.samples + s] : 0u;
        if (spec.bits == 16) {
          bytes += Number(value, 2, spec.big_endian);
          continue;
        }
        packed = packed << spec.bits | value;
        bits += spec.bits;
        for (; bits >= 8; bits -= 8) bytes.push_back(static_cast<char>(packed >> (bits - 8)));
        packed &= (1u << bits) - 1;
      }
    }
    if (bits > 0) bytes.push_back(static_cast<char>(packed << (8 - bits)));
  }
  return bytes;
}

std::vector<std::string> PackBlocks(const TiffSpec& spec, const std::vector<uint16_t>& samples) {
  std::vector<std::string> blocks;
  const int width = spec.tile > 0 ? spec.tile : spec.width;
  const int rows = spec.tile > 0 ? spec.tile : spec.rows_per_strip > 0 ? spec.rows_per_strip : spec.height;
  for (int plane = 0; plane < (spec.separate_planes ? spec.samples : 1); ++plane) {
    for (int y = 0; y < spec.height; y += rows) {
      for (int x = 0; x < spec.width; x += width) {
        const int height = spec.tile > 0 ? rows : std::min(rows, spec.height - y);
        blocks.push_back(
            PackBlock(spec, samples, {x, y, width, height}, plane, spec.separate_planes ? 1 : spec.samples));
      }
    }
  }
  return blocks;
}

}  // namespace

PictureLimits SmallLimits() {
  PictureLimits limits;
  limits.max_side = 256;
  return limits;
}

cv::Mat TestPicture(int height, int width, int type) {
  cv::Mat picture(height, width, type);
  const double white = picture.depth() == CV_16U ? 65535 : 255;
  const int channels = picture.channels();
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        const double down = static_cast<double>(y) / (height - 1);
        const double right = static_cast<double>(x) / (width - 1);
        // Each channel falls off towards another side, alpha covers the whole range too.
        const double level = c == 0 ? right : c == 1 ? down : c == 2 ? 1 - right * down : (down + right) / 2;
        if (picture.depth() == CV_16U) {
          picture.ptr<uint16_t>(y)[x * channels + c] = static_cast<uint16_t>(std::lround(level * white));
        } else {
          picture.ptr<uint8_t>(y)[x * channels + c] = static_cast<uint8_t>(std::lround(level * white));
        }
      }
    }
  }
  return picture;
}

cv::Mat ExpectedRgb(const cv::Mat& picture) {
  cv::Mat rgb;
  cv::cvtColor(picture, rgb,
               picture.channels() == 1   ? cv::COLOR_GRAY2RGB
               : picture.channels() == 3 ? cv::COLOR_BGR2RGB
                                         : cv::COLOR_BGRA2RGB);
  return rgb;
}

std::string Encode(const std::string& extension, const cv::Mat& picture, const std::vector<int>& parameters) {
  std::vector<uint8_t> bytes;
  cv::imencode(extension, picture, bytes, parameters);
  return {bytes.begin(), bytes.end()};
}

std::string Number(uint64_t value, int bytes, bool big_endian) {
  std::string number;
  for (int i = 0; i < bytes; ++i) {
    const int byte = big_endian ? bytes - 1 - i : i;
    number.push_back(byte < 8 ? static_cast<char>(value >> (8 * byte)) : '\0');
  }
  return number;
}

std::string ExifBlock(int orientation, bool big_endian) {
  const auto number = [big_endian](uint64_t value, int bytes) { return Number(value, bytes, big_endian); };
  return (big_endian ? "MM" : "II") + number(42, 2) + number(8, 4) +  // the directory is at byte 8
         number(2, 2) +                                               // entries
         number(0x0100, 2) + number(4, 2) + number(1, 4) + number(77, 4) + number(0x0112, 2) + number(3, 2) +
         number(1, 4) + number(orientation, 2) + number(0, 2) + number(0, 4);  // no further directory
}

std::string WithJpegExif(const std::string& jpeg, const std::string& exif) {
  const std::string data = std::string("Exif\0\0", 6) + exif;
  return jpeg.substr(0, 2) + "\xff\xe1" + Number(data.size() + 2, 2, true) + data + jpeg.substr(2);
}

std::string PngChunk(const std::string& type, const std::string& data) {
  const std::string body = type + data;
  const uint64_t checksum =
      crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return Number(data.size(), 4, true) + body + Number(checksum, 4, true);
}

std::string WithPngChunk(const std::string& png, const std::string& chunk) {
  constexpr size_t kHeaderEnd = 8 + 12 + 13;
  return png.substr(0, kHeaderEnd) + chunk + png.substr(kHeaderEnd);
}

std::string MakeTiff(const TiffSpec& spec, const std::vector<uint16_t>& samples) {
  const auto number = [&spec](uint64_t value, int bytes) { return Number(value, bytes, spec.big_endian); };
  const int offset_bytes = spec.big_tiff ? 8 : 4;
  const int offset_type = spec.big_tiff ? 16 : 4;
  std::string file = spec.big_endian ? "MM" : "II";
  file += spec.big_tiff ? number(43, 2) + number(8, 2) + number(0, 2) : number(42, 2);
  const size_t directory_position = file.size();
  file += number(0, offset_bytes);

  std::vector<uint64_t> offsets;
  std::vector<uint64_t> sizes;
  for (const std::string& block : PackBlocks(spec, samples)) {
    offsets.push_back(file.size());
    sizes.push_back(block.size());
    file += block;
  }

  std::vector<TiffEntry> entries;
  const auto add = [&entries](int tag, int type, std::vector<uint64_t> values) {
    entries.push_back({tag, type, std::move(values)});
  };
  const auto shorts = [](int count, uint64_t value) { return std::vector<uint64_t>(count, value); };
  add(256, 4, {static_cast<uint64_t>(spec.width)});
  add(257, 4, {static_cast<uint64_t>(spec.height)});
  add(258, 3, shorts(spec.samples, spec.bits));
  add(259, 3, {1});
  add(262, 3, {static_cast<uint64_t>(spec.photometric)});
  if (spec.tile == 0) add(273, offset_type, offsets);
  if (spec.orientation != 0) add(274, 3, {static_cast<uint64_t>(spec.orientation)});
  add(277, 3, {static_cast<uint64_t>(spec.samples)});
  if (spec.tile == 0) {
    add(278, 4, {static_cast<uint64_t>(spec.rows_per_strip > 0 ? spec.rows_per_strip : spec.height)});
    add(279, offset_type, sizes);
  }
  if (spec.separate_planes) add(284, 3, {2});
  if (!spec.palette.empty()) {
    std::vector<uint64_t> map;
    for (size_t channel = 0; channel < 3; ++channel) {
      for (size_t i = channel; i < spec.palette.size(); i += 3) map.push_back(spec.palette[i]);
    }
    add(320, 3, map);
  }
  if (spec.tile > 0) {
    add(322, 4, {static_cast<uint64_t>(spec.tile)});
    add(323, 4, {static_cast<uint64_t>(spec.tile)});
    add(324, offset_type, offsets);
    add(325, offset_type, sizes);
  }
  if (spec.extra_sample != 0) add(338, 3, {static_cast<uint64_t>(spec.extra_sample)});
  if (spec.sample_format != 0) add(339, 3, shorts(spec.samples, spec.sample_format));

  // Values that do not fit into their entry come before the directory.
  std::string directory = number(entries.size(), spec.big_tiff ? 8 : 2);
  for (const TiffEntry& entry : entries) {
    std::string values;
    for (const uint64_t value : entry.values) values += number(value, TypeBytes(entry.type));
    directory += number(entry.tag, 2) + number(entry.type, 2) + number(entry.values.size(), offset_bytes);
    if (values.size() > static_cast<size_t>(offset_bytes)) {
      directory += number(file.size(), offset_bytes);
      file += values;
    } else {
      values.resize(offset_bytes);
      directory += values;
    }
  }
  directory += number(0, offset_bytes);
  const std::string position = number(file.size(), offset_bytes);
  file.replace(directory_position, position.size(), position);
  return file + directory;
}

std::vector<uint16_t> TiffSamples(const cv::Mat& picture) {
  std::vector<uint16_t> samples;
  const int channels = picture.channels();
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      for (int c = 0; c < channels; ++c) {
        // BGR to RGB; a fourth channel stays where it is.
        const int from = channels >= 3 && c < 3 ? 2 - c : c;
        samples.push_back(picture.depth() == CV_16U ? picture.ptr<uint16_t>(y)[x * channels + from]
                                                    : picture.ptr<uint8_t>(y)[x * channels + from]);
      }
    }
  }
  return samples;
}

::testing::AssertionResult SamePixels(const cv::Mat& got, const cv::Mat& want) {
  if (got.size() != want.size() || got.type() != want.type()) {
    return ::testing::AssertionFailure()
           << got.cols << "x" << got.rows << " " << cv::typeToString(got.type()) << " instead of "
           << want.cols << "x" << want.rows << " " << cv::typeToString(want.type());
  }
  cv::Mat difference;
  cv::absdiff(got, want, difference);
  double largest = 0;
  std::array<int, 2> place = {};
  cv::minMaxIdx(difference.reshape(1), nullptr, &largest, nullptr, place.data());
  if (largest == 0) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "differs by up to " << largest << ", most in row " << place[0]
                                       << ", column " << place[1] / got.channels();
}

}  // namespace mlfsc::testing
