// Seeds of the picture targets.
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "core/image/decode.h"
#include "tests/core/image/test_files.h"
#include "tests/fuzz/fuzz_target.h"

namespace mlfsc::fuzz {
namespace {

using testing::Encode;
using testing::ExifBlock;
using testing::MakeTiff;
using testing::Number;
using testing::TestPicture;
using testing::TiffSamples;
using testing::TiffSpec;

constexpr int kHeight = 17;
constexpr int kWidth = 19;

std::string Bytes(std::initializer_list<int> values) {
  std::string bytes;
  for (const int value : values) bytes.push_back(static_cast<char>(value));
  return bytes;
}

Seeds PngSeeds() {
  Seeds seeds;
  for (const int type : {CV_8UC1, CV_8UC3, CV_8UC4, CV_16UC1, CV_16UC3, CV_16UC4}) {
    seeds.inputs.push_back(Encode(".png", TestPicture(kHeight, kWidth, type)));
  }
  const std::string grey = Encode(".png", TestPicture(kHeight, kWidth, CV_8UC1));
  seeds.inputs.push_back(Encode(".png", TestPicture(kHeight, kWidth, CV_8UC1), {cv::IMWRITE_PNG_BILEVEL, 1}));
  seeds.inputs.push_back(testing::WithPngChunk(grey, testing::PngChunk("eXIf", ExifBlock(6, true))));
  seeds.inputs.push_back(testing::WithPngChunk(grey, testing::PngChunk("tEXt", "Title\0x")));
  const std::string deep = Encode(".png", TestPicture(kHeight, kWidth, CV_16UC1));
  seeds.inputs.push_back(testing::WithPngChunk(deep, testing::PngChunk("sBIT", "\x0c")));
  std::string palette = grey;
  palette[25] = 3;
  seeds.inputs.push_back(testing::WithPngChunk(palette, testing::PngChunk("PLTE", std::string(768, '\x40'))));
  std::string interlaced = grey;
  interlaced[28] = 1;
  seeds.inputs.push_back(interlaced);
  seeds.words = {"IHDR", "PLTE", "IDAT",
                 "IEND", "tRNS", "eXIf",
                 "gAMA", "iCCP", "sRGB",
                 "zTXt", "iTXt", "acTL",
                 "fcTL", "sBIT", "bKGD",
                 "hIST", "pHYs", "sPLT",
                 "tIME", "tEXt", Bytes({0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a})};
  return seeds;
}

Seeds JpegSeeds() {
  Seeds seeds;
  const cv::Mat colour = TestPicture(kHeight, kWidth, CV_8UC3);
  const std::vector<std::vector<int>> flavours = {{},
                                                  {cv::IMWRITE_JPEG_PROGRESSIVE, 1},
                                                  {cv::IMWRITE_JPEG_RST_INTERVAL, 2},
                                                  {cv::IMWRITE_JPEG_QUALITY, 5},
                                                  {cv::IMWRITE_JPEG_OPTIMIZE, 1}};
  for (const std::vector<int>& flavour : flavours) seeds.inputs.push_back(Encode(".jpg", colour, flavour));
  seeds.inputs.push_back(Encode(".jpg", TestPicture(kHeight, kWidth, CV_8UC1)));
  for (const bool big_endian : {false, true}) {
    seeds.inputs.push_back(testing::WithJpegExif(seeds.inputs.front(), ExifBlock(8, big_endian)));
  }
  for (const int marker :
       {0xc0, 0xc1, 0xc2, 0xc4, 0xc9, 0xcc, 0xd0, 0xd8, 0xd9, 0xda, 0xdb, 0xdd, 0xe0, 0xe1, 0xee, 0xfe}) {
    seeds.words.push_back(Bytes({0xff, marker}));
  }
  seeds.words.emplace_back("Exif\0\0", 6);
  seeds.words.emplace_back("Adobe\0d", 7);
  seeds.words.emplace_back("JFIF\0", 5);
  return seeds;
}

// 16 x 16 pixels.
std::string Bmp(int bits, int header_size, int compression, const std::string& tables) {
  std::string header = Number(header_size, 4);
  if (header_size == 12) {
    header += Number(16, 2) + Number(16, 2) + Number(1, 2) + Number(bits, 2);
  } else {
    header += Number(16, 4) + Number(16, 4) + Number(1, 2) + Number(bits, 2) + Number(compression, 4) +
              Number(0, 20);
  }
  std::string rest = tables;
  if (header_size > 40) rest.resize(header_size - 40);
  const size_t position = 14 + header.size() + rest.size();
  std::string pixels(size_t{16} * ((bits * 16 + 31) / 32 * 4), '\0');
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<char>(i * 7);
  return "BM" + Number(position + pixels.size(), 4) + Number(0, 4) + Number(position, 4) + header + rest +
         pixels;
}

Seeds BmpSeeds() {
  const std::string masks = Number(0xf800, 4) + Number(0x07e0, 4) + Number(0x001f, 4);
  const std::string wide = Number(0x3ff00000, 4) + Number(0x000ffc00, 4) + Number(0x3ff, 4);
  Seeds seeds;
  seeds.inputs = {Bmp(1, 40, 0, std::string(8, '\x55')),
                  Bmp(4, 40, 0, std::string(64, '\x21')),
                  Bmp(8, 40, 0, std::string(1024, '\x13')),
                  Bmp(8, 12, 0, std::string(768, '\x13')),
                  Bmp(16, 40, 0, ""),
                  Bmp(24, 40, 0, ""),
                  Bmp(32, 40, 0, ""),
                  Bmp(16, 40, 3, masks),
                  Bmp(32, 40, 3, wide),
                  Bmp(32, 108, 3, wide),
                  Bmp(24, 124, 0, ""),
                  Bmp(8, 40, 1, std::string(1024, '\x13')),
                  Bmp(4, 40, 2, std::string(64, '\x21'))};
  // Runs, pixels as they are, a move and an end.
  for (const int bits : {8, 4}) {
    std::string coded = Bmp(bits, 40, bits == 8 ? 1 : 2, std::string(size_t{4} << bits, '\x13'));
    coded.resize(coded.size() - size_t{16} * 16 * bits / 8);
    coded += Bytes({16, 3, 0, 0, 0, 5, 1, 2, 3, 4, 5, 0, 0, 2, 1, 3, 4, 9, 0, 1});
    seeds.inputs.push_back(coded);
  }
  seeds.words = {"BM", Number(12, 4), Number(40, 4), Number(108, 4), Number(124, 4), Number(0xfffffff0, 4)};
  return seeds;
}

Seeds TiffSeeds() {
  Seeds seeds;
  const auto add = [&seeds](const TiffSpec& spec, const cv::Mat& picture) {
    seeds.inputs.push_back(MakeTiff(spec, TiffSamples(picture)));
  };
  for (const int type : {CV_8UC1, CV_8UC3, CV_8UC4, CV_16UC1, CV_16UC3}) {
    const cv::Mat picture = TestPicture(kHeight, kWidth, type);
    TiffSpec spec;
    spec.width = kWidth;
    spec.height = kHeight;
    spec.samples = picture.channels();
    spec.bits = picture.depth() == CV_16U ? 16 : 8;
    spec.photometric = spec.samples >= 3 ? 2 : 1;
    spec.extra_sample = spec.samples == 4 ? 2 : 0;
    add(spec, picture);
    spec.big_endian = true;
    spec.orientation = 5;
    spec.rows_per_strip = 4;
    add(spec, picture);
    spec.big_tiff = true;
    spec.separate_planes = true;
    add(spec, picture);
    spec.tile = 16;
    add(spec, picture);
    // None, CCITT and old JPEG aside, what OpenCV can write: LZW, JPEG, Deflate, PackBits.
    for (const int compression : {5, 7, 8, 32773}) {
      if (compression == 7 && spec.bits == 16) continue;
      seeds.inputs.push_back(Encode(".tiff", picture, {cv::IMWRITE_TIFF_COMPRESSION, compression}));
    }
  }
  TiffSpec bilevel;
  bilevel.width = kWidth;
  bilevel.height = kHeight;
  bilevel.bits = 1;
  seeds.inputs.push_back(MakeTiff(bilevel, std::vector<uint16_t>(kWidth * kHeight, 1)));
  TiffSpec palette = bilevel;
  palette.bits = 4;
  palette.photometric = 3;
  palette.palette.assign(48, 0x1234);
  seeds.inputs.push_back(MakeTiff(palette, std::vector<uint16_t>(kWidth * kHeight, 5)));
  for (const int bits : {3, 10, 12, 14}) {
    TiffSpec packed = bilevel;
    packed.bits = bits;
    packed.photometric = bits % 4 == 0 ? 0 : 1;
    seeds.inputs.push_back(MakeTiff(packed, std::vector<uint16_t>(kWidth * kHeight, 5)));
  }
  TiffSpec cmyk = bilevel;
  cmyk.bits = 8;
  cmyk.samples = 4;
  cmyk.photometric = 5;
  seeds.inputs.push_back(MakeTiff(cmyk, std::vector<uint16_t>(4 * kWidth * kHeight, 77)));

  seeds.words = {Bytes({'I', 'I', 0x2a, 0}), Bytes({'M', 'M', 0, 0x2a}), Bytes({'I', 'I', 0x2b, 0}),
                 Bytes({'M', 'M', 0, 0x2b})};
  // Kinds of pages, their subdirectories, largest samples, inks, the version of DNG.
  for (const int tag : {0xfe, 0xff, 0x14a, 0x119, 0x155, 0x14c, 0xc612}) {
    seeds.words.push_back(Number(tag, 2));
    seeds.words.push_back(Number(tag, 2, /*big_endian=*/true));
  }
  // Width, height, bits, compression, photometry, strips, samples, rows a strip, planes, predictor, palette,
  // tiles, extra samples, format, JPEG tables, YCbCr.
  for (const int tag : {0x100, 0x101, 0x102, 0x103, 0x106, 0x111, 0x112, 0x115, 0x116, 0x117, 0x11c, 0x13d,
                        0x140, 0x142, 0x143, 0x144, 0x145, 0x152, 0x153, 0x15b, 0x211, 0x212, 0x213}) {
    seeds.words.push_back(Number(tag, 2));
    seeds.words.push_back(Number(tag, 2, /*big_endian=*/true));
  }
  return seeds;
}

Seeds RawPixelSeeds() {
  Seeds seeds;
  for (const int type : {0, 1, 2, 128, 129, 130}) {
    for (const int channels : {1, 3, 4}) {
      std::string input = Number(type, 1) + Number(channels, 1) + Number(type % 3 == 1 ? 12 : 0, 1) +
                          Number(16, 4) + Number(17, 4);
      constexpr int kBytes[] = {1, 2, 4};
      input += type < 128 ? std::string(size_t{1} * 16 * 17 * channels * kBytes[type % 3], '\0')
                          : Bytes({0x7f, 0x03, 0, 0, 0, 0, 0x80, 0x3f});
      seeds.inputs.push_back(input);
    }
  }
  seeds.words = {Bytes({0, 0, 0xc0, 0x7f}), Bytes({0, 0, 0x80, 0x7f}), Bytes({0, 0, 0x80, 0xff}),
                 Bytes({0xff, 0xff, 0xff, 0x7f})};
  return seeds;
}

const RegisterSeeds png("png", PngSeeds);
const RegisterSeeds jpeg("jpeg", JpegSeeds);
const RegisterSeeds bmp("bmp", BmpSeeds);
const RegisterSeeds tiff("tiff", TiffSeeds);
const RegisterSeeds raw_pixels("raw_pixels", RawPixelSeeds);

}  // namespace
}  // namespace mlfsc::fuzz
