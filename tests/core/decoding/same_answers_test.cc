// A process answers as this one would: the same pixels, the same words.
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tiffio.h>

#include "core/decoding/decoder_pool.h"
#include "core/image/decode.h"
#include "tests/core/image/test_files.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/testing/golden.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using testing::SamePixels;

constexpr int kDamaged = 150;

class SameAnswersTest : public ::testing::TestWithParam<std::string> {
 protected:
  SameAnswersTest() {
    DecoderPoolOptions options;
    options.program = MLFSC_DECODER_BINARY;
    options.process.limits = limits_;
    pool_ = *DecoderPool::Start(options, [this](const DecoderEnd& end) { ended_ = end.what; });
  }

  void Compare(const std::string& file) {
    const absl::StatusOr<Image> want = DecodePicture(file, limits_);
    const absl::StatusOr<Image> got = pool_->Decode(file);
    ASSERT_EQ(got.status(), want.status());
    ASSERT_EQ(ended_, "");
    if (!want.ok()) return;
    EXPECT_TRUE(SamePixels(got->rgb, want->rgb));
    EXPECT_EQ(got->full_scale, want->full_scale);
  }

  const PictureLimits limits_ = testing::SmallLimits();
  std::string ended_;
  std::unique_ptr<DecoderPool> pool_;
};

TEST_P(SameAnswersTest, WholePictures) {
  const fuzz::Seeds seeds = fuzz::SeedsOf(GetParam());
  ASSERT_FALSE(seeds.inputs.empty());
  for (const std::string& file : seeds.inputs) Compare(file);
}

TEST_P(SameAnswersTest, DamagedPictures) {
  const fuzz::Seeds seeds = fuzz::SeedsOf(GetParam());
  std::mt19937 random(1);
  for (int i = 0; i < kDamaged; ++i) {
    std::string file = seeds.inputs[random() % seeds.inputs.size()];
    if (i % 3 == 0) file.resize(random() % file.size());
    for (unsigned changes = random() % 4; changes > 0 && !file.empty(); --changes) {
      file[random() % file.size()] = static_cast<char>(random());
    }
    Compare(file);
  }
}

INSTANTIATE_TEST_SUITE_P(, SameAnswersTest, ::testing::Values("png", "jpeg", "bmp", "tiff"),
                         [](const auto& format) { return format.param; });

// Not of any format.
TEST_F(SameAnswersTest, WhatIsNoPicture) {
  for (const char* bytes : {"", "GIF89a", "hello", "\x01\x02\x03\x1b[2J", "RIFF....WEBP"}) Compare(bytes);
  Compare(std::string(limits_.max_bytes + 1, 'x'));
  Compare(testing::Encode(".png", testing::TestPicture(15, 40, CV_8UC1)));
  Compare(testing::Encode(".jpg", testing::TestPicture(40, limits_.max_side + 1, CV_8UC1)));
}

TEST_F(SameAnswersTest, EveryOrientation) {
  const std::string upright = testing::Encode(".jpg", testing::TestPicture(20, 33, CV_8UC3));
  for (int orientation = 1; orientation <= 8; ++orientation) {
    Compare(testing::WithJpegExif(upright, testing::ExifBlock(orientation, false)));
  }
}

// A TIFF file of libtiff's own making.
std::string Compressed(int compression, const std::string& path) {
  const cv::Mat pixels = testing::TestPicture(40, 48, CV_8UC3);
  TIFF* tiff = TIFFOpen(path.c_str(), "w");
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, pixels.cols);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, pixels.rows);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 3);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_RGB);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 16);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, compression);
  bool written = true;
  for (int y = 0; y < pixels.rows && written; ++y) {
    written = TIFFWriteScanline(tiff, const_cast<uchar*>(pixels.ptr(y)), static_cast<uint32_t>(y), 0) == 1;
  }
  TIFFClose(tiff);
  return written ? testing::ReadFile(path) : "";
}

// Each decoder that libtiff has, with whatever it asks of the system.
TEST_F(SameAnswersTest, EveryCompressionOfTiff) {
  TIFFSetErrorHandler(nullptr);
  TIFFSetWarningHandler(nullptr);
  const testing::TemporaryFolder folder;
  int compressions = 0;
  for (const int compression :
       {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_JPEG, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_PACKBITS,
        COMPRESSION_LZMA, COMPRESSION_ZSTD, COMPRESSION_WEBP, COMPRESSION_LERC, COMPRESSION_DEFLATE}) {
    const std::string file = Compressed(compression, folder.path() + "/picture.tif");
    // Not every libtiff has them all.
    if (file.empty()) continue;
    SCOPED_TRACE(compression);
    Compare(file);
    ASSERT_TRUE(pool_->Decode(file).ok());
    Compare(file.substr(0, file.size() / 2));
    ++compressions;
  }
  EXPECT_GE(compressions, 5);
}

}  // namespace
}  // namespace mlfsc
