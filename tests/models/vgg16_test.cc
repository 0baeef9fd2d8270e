#include "models/vgg16.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "core/image/input_picture.h"
#include "tests/models/backbone_fixture.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::GoldenFloats;
using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::kShippedBackbone;
using ::mlfsc::testing::ReadGolden;
using ::mlfsc::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

// Of a CPU: how features are computed, as --convolution says it.
std::unique_ptr<FeatureExtractor> MakeExtractor(int threads = 2, const std::string& convolution = "auto") {
  return MakeVgg16({kShippedBackbone, "cpu", threads, "float32", convolution}).value();
}

class Vgg16ConvolutionTest : public ::testing::TestWithParam<std::string> {
 protected:
  static std::unique_ptr<FeatureExtractor> Make(int threads = 2) {
    return MakeExtractor(threads, GetParam());
  }
};
INSTANTIATE_TEST_SUITE_P(Convolutions, Vgg16ConvolutionTest, ::testing::Values("winograd", "direct"),
                         [](const auto& convolution) { return convolution.param; });

// A texture of 256 pixels a side, as PyTorch was given it: "good" or "defect".
InputPicture Texture(const SafetensorsFile& golden, const std::string& name) {
  // [256, 256, 3] bytes.
  std::string pixels = golden.tensors.at(name + ".resized").bytes;
  Image image;
  image.rgb = cv::Mat(256, 256, CV_8UC3, pixels.data());
  return MakeInputPicture(image, 256, ResizeMethod::kBilinear);
}

InputPicture Noise(int size, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> value(0, 1);
  InputPicture picture{size, std::vector<float>(size_t{3} * size * size)};
  for (float& sample : picture.rgb) sample = value(random);
  return picture;
}

PictureFeatures ExtractOne(FeatureExtractor* extractor, const FeatureOptions& options,
                           const InputPicture& picture) {
  const InputPicture* const batch[] = {&picture};
  return std::move(extractor->Extract(options, batch).value().front());
}

float LargestAbsolute(const FeatureMap& map) {
  float largest = 0;
  for (const float value : map.values) largest = std::max(largest, std::abs(value));
  return largest;
}

// Largest difference as a share of the layer's largest absolute value; the maps must have the same shapes.
double RelativeDifference(const PictureFeatures& left, const PictureFeatures& right) {
  double difference = 0;
  EXPECT_EQ(left.maps.size(), right.maps.size());
  for (size_t layer = 0; layer < left.maps.size(); ++layer) {
    const FeatureMap& a = left.maps[layer];
    const FeatureMap& b = right.maps[layer];
    EXPECT_EQ(a.values.size(), b.values.size());
    const double scale = LargestAbsolute(a);
    for (size_t i = 0; i < a.values.size(); ++i) {
      difference = std::max(difference, std::abs(a.values[i] - b.values[i]) / scale);
    }
  }
  return difference;
}

// Mean and unbiased standard deviation of each channel against PyTorch's. A mean is off by no more than the
// values are; so is a deviation, being a norm.
void ExpectMoments(const FeatureMap& map, const float* mean, const float* deviation) {
  const double tolerance = kFeatureTolerance * LargestAbsolute(map);
  for (int channel = 0; channel < map.channels; ++channel) {
    const float* plane = map.plane(channel);
    const auto count = static_cast<double>(map.plane_size());
    double sum = 0;
    for (size_t i = 0; i < map.plane_size(); ++i) sum += plane[i];
    double squares = 0;
    for (size_t i = 0; i < map.plane_size(); ++i) squares += std::pow(plane[i] - sum / count, 2);
    EXPECT_NEAR(sum / count, mean[channel], tolerance) << map.layer << " channel " << channel;
    EXPECT_NEAR(std::sqrt(squares / (count - 1)), deviation[channel], tolerance)
        << map.layer << " channel " << channel;
  }
}

TEST_P(Vgg16ConvolutionTest, PyramidAgreesWithPyTorch) {
  const SafetensorsFile golden = ReadGolden("features.safetensors");
  const std::unique_ptr<FeatureExtractor> extractor = Make();
  for (const std::string name : {"good", "defect"}) {
    const PictureFeatures features =
        ExtractOne(extractor.get(), {FeatureSource::kPyramid, 256}, Texture(golden, name));

    ASSERT_EQ(features.maps.size(), 3U);
    const std::vector<float> means = GoldenFloats(golden, name + ".pyramid.mean");
    const std::vector<float> deviations = GoldenFloats(golden, name + ".pyramid.std");
    const std::vector<float> maps = GoldenFloats(golden, name + ".pyramid.maps");
    size_t first_channel = 0;
    // Of the 896 channels, the golden file holds every 56th whole.
    size_t compared = 0;
    for (const FeatureMap& map : features.maps) {
      ASSERT_EQ(map.height, 32);
      ASSERT_EQ(map.width, 32);
      ExpectMoments(map, &means[first_channel], &deviations[first_channel]);
      const double tolerance = kFeatureTolerance * LargestAbsolute(map);
      for (int channel = 0; channel < map.channels; ++channel) {
        if ((first_channel + channel) % 56 != 0) continue;
        const float* expected = &maps[compared++ * map.plane_size()];
        for (size_t i = 0; i < map.plane_size(); ++i) {
          ASSERT_NEAR(map.plane(channel)[i], expected[i], tolerance) << map.layer << " channel " << channel;
        }
      }
      first_channel += map.channels;
    }
    EXPECT_EQ(first_channel, 896U);
    EXPECT_EQ(compared, 16U);
  }
}

TEST_P(Vgg16ConvolutionTest, SinglePassAgreesWithPyTorch) {
  const SafetensorsFile golden = ReadGolden("features.safetensors");
  const std::unique_ptr<FeatureExtractor> extractor = Make();
  for (const std::string name : {"good", "defect"}) {
    const PictureFeatures features =
        ExtractOne(extractor.get(), {FeatureSource::kSinglePass, 256}, Texture(golden, name));

    ASSERT_EQ(features.maps.size(), 3U);
    int side = 32;
    for (const FeatureMap& map : features.maps) {
      EXPECT_EQ(map.height, side);
      EXPECT_EQ(map.width, side);
      const std::string prefix = name + ".single_pass." + map.layer;
      ExpectMoments(map, GoldenFloats(golden, prefix + ".mean").data(),
                    GoldenFloats(golden, prefix + ".std").data());
      side *= 2;
    }
  }
}

TEST_P(Vgg16ConvolutionTest, LayersHaveTheShapesThatCoreExpects) {
  const std::unique_ptr<FeatureExtractor> extractor = Make();
  for (const FeatureSource source : {FeatureSource::kPyramid, FeatureSource::kSinglePass}) {
    for (const int size : {64, 96}) {
      const FeatureOptions options{source, size};
      const PictureFeatures features = ExtractOne(extractor.get(), options, Noise(size, 1));
      const std::vector<LayerShape> shapes = StandardisedShapes(options);
      ASSERT_EQ(features.maps.size(), shapes.size());
      for (size_t i = 0; i < shapes.size(); ++i) {
        EXPECT_EQ(features.maps[i].layer, shapes[i].layer);
        EXPECT_EQ(features.maps[i].channels, shapes[i].channels);
        EXPECT_EQ(features.maps[i].height, shapes[i].height + 2 * kBorderCells);
        EXPECT_EQ(features.maps[i].width, shapes[i].width + 2 * kBorderCells);
      }
    }
  }
}

// Against the taps of a single pass, which are the same convolutions before the ReLU.
TEST_P(Vgg16ConvolutionTest, TheAppearanceIsTheFullSizePassAfterItsReluAveragedToAnEighth) {
  const std::unique_ptr<FeatureExtractor> extractor = Make();
  for (const int size : {64, 96, 160}) {
    const InputPicture picture = Noise(size, 3);
    const std::vector<FeatureMap> taps =
        ExtractOne(extractor.get(), {FeatureSource::kSinglePass, size}, picture).maps;
    for (const FeatureSource source : {FeatureSource::kPyramid, FeatureSource::kSinglePass}) {
      const FeatureOptions without{source, size};
      const FeatureOptions with{source, size, /*appearance=*/true};
      const PictureFeatures features = ExtractOne(extractor.get(), with, picture);
      EXPECT_TRUE(ExtractOne(extractor.get(), without, picture).appearance.empty());
      EXPECT_EQ(RelativeDifference(features, ExtractOne(extractor.get(), without, picture)), 0);
      ASSERT_EQ(features.appearance.size(), 3u);
      for (size_t layer = 0; layer < 3; ++layer) {
        const FeatureMap& map = features.appearance[layer];
        EXPECT_EQ(map.layer, kAppearanceLayers[layer]);
        ASSERT_EQ(map.channels, kAppearanceChannels[layer]);
        ASSERT_EQ(map.height, size / 8);
        ASSERT_EQ(map.width, size / 8);
        const int square = taps[layer].height / map.height;
        EXPECT_EQ(square, 1 << layer);
        for (int channel = 0; channel < map.channels; ++channel) {
          for (int y = 0; y < map.height; ++y) {
            for (int x = 0; x < map.width; ++x) {
              double sum = 0;
              for (int v = 0; v < square; ++v) {
                for (int u = 0; u < square; ++u) {
                  sum += std::max(0.0F, taps[layer].plane(channel)[(y * square + v) * taps[layer].width +
                                                                   x * square + u]);
                }
              }
              // 16 additions of float32.
              ASSERT_NEAR(map.plane(channel)[y * map.width + x], sum / (square * square),
                          16 * std::ldexp(sum, -24))
                  << map.layer << ", channel " << channel << ", " << y << ", " << x;
            }
          }
        }
      }
    }
  }
}

TEST_P(Vgg16ConvolutionTest, APictureGivesTheSameBitsAloneAndInAnyBatch) {
  const std::unique_ptr<FeatureExtractor> extractor = Make();
  std::vector<InputPicture> pictures;
  for (unsigned seed = 0; seed < 16; ++seed) pictures.push_back(Noise(64, seed));
  for (const FeatureSource source : {FeatureSource::kPyramid, FeatureSource::kSinglePass}) {
    const FeatureOptions options{source, 64};
    for (const size_t size : {size_t{1}, size_t{2}, size_t{16}}) {
      std::vector<const InputPicture*> batch;
      for (size_t i = 0; i < size; ++i) batch.push_back(&pictures[i]);
      const std::vector<PictureFeatures> together = extractor->Extract(options, batch).value();
      ASSERT_EQ(together.size(), size);
      for (size_t i = 0; i < size; ++i) {
        EXPECT_EQ(RelativeDifference(together[i], ExtractOne(extractor.get(), options, pictures[i])), 0);
      }
    }
  }
}

TEST_P(Vgg16ConvolutionTest, GivingWayChangesNoBit) {
  const std::unique_ptr<FeatureExtractor> extractor = Make();
  const InputPicture patient = Noise(64, 1);
  // What is urgent may be larger than what it interrupts, and of the other mode.
  const InputPicture urgent = Noise(96, 2);
  for (const auto& [source, convolutions] :
       {std::pair(FeatureSource::kPyramid, 9), std::pair(FeatureSource::kSinglePass, 9)}) {
    const FeatureOptions options{source, 64};
    const PictureFeatures reference = ExtractOne(extractor.get(), options, patient);
    int times = 0;
    const absl::StatusOr<PictureFeatures> features = extractor->ExtractGivingWay(options, patient, [&] {
      if (times++ % 4 == 1) ExtractOne(extractor.get(), {FeatureSource::kSinglePass, 96}, urgent);
    });
    ASSERT_THAT(features, IsOk());
    EXPECT_EQ(RelativeDifference(reference, *features), 0);
    // Before each of the nine large ones at least.
    EXPECT_GE(times, convolutions);
  }
}

TEST_P(Vgg16ConvolutionTest, AnEmptyBatchGivesNothing) {
  EXPECT_TRUE(Make()->Extract({FeatureSource::kPyramid, 64}, {}).value().empty());
}

TEST_P(Vgg16ConvolutionTest, FeaturesAgreeAtAnyNumberOfThreadsWhicheverThreadAsks) {
  const FeatureOptions options{FeatureSource::kPyramid, 128};
  const InputPicture picture = Noise(128, 1);
  const PictureFeatures reference = ExtractOne(Make(1).get(), options, picture);
  for (const int threads : {2, 3}) {
    const std::unique_ptr<FeatureExtractor> extractor = Make(threads);
    PictureFeatures features;
    std::thread([&] { features = ExtractOne(extractor.get(), options, picture); }).join();
    EXPECT_LE(RelativeDifference(reference, features), kFeatureTolerance) << threads << " threads";
  }
}

TEST_P(Vgg16ConvolutionTest, FeaturesAreTheSameBitsEachTime) {
  const std::unique_ptr<FeatureExtractor> extractor = Make();
  const FeatureOptions options{FeatureSource::kSinglePass, 64};
  const InputPicture picture = Noise(64, 1);
  const PictureFeatures first = ExtractOne(extractor.get(), options, picture);
  EXPECT_EQ(RelativeDifference(first, ExtractOne(extractor.get(), options, picture)), 0);
  EXPECT_EQ(RelativeDifference(first, ExtractOne(Make().get(), options, picture)), 0);
}

TEST_P(Vgg16ConvolutionTest, TellsWhereAndHowItComputes) {
  EXPECT_EQ(Make(1)->description(), "cpu, 1 thread, float32, " + GetParam());
  EXPECT_EQ(Make(2)->description(), "cpu, 2 threads, float32, " + GetParam());
  EXPECT_EQ(Make()->arithmetic().precision, "float32");
  EXPECT_EQ(Make()->arithmetic().convolution, GetParam());
  EXPECT_EQ(Make()->backbone_sha256(), "c2ec656c67974c8e4d86d9a17e6728a7e9b375b97e3ee19db7b9b9d4b93206a9");
}

TEST(Vgg16Test, BothConvolutionsAgree) {
  const InputPicture picture = Noise(128, 1);
  for (const FeatureSource source : {FeatureSource::kPyramid, FeatureSource::kSinglePass}) {
    const FeatureOptions options{source, 128};
    EXPECT_LE(RelativeDifference(ExtractOne(MakeExtractor(2, "direct").get(), options, picture),
                                 ExtractOne(MakeExtractor(2, "winograd").get(), options, picture)),
              kFeatureTolerance);
  }
}

TEST(Vgg16Test, WinogradGivesTheSameBitsAtAnyNumberOfThreads) {
  const FeatureOptions options{FeatureSource::kPyramid, 160};
  const InputPicture picture = Noise(160, 1);
  const PictureFeatures reference = ExtractOne(MakeExtractor(1, "winograd").get(), options, picture);
  for (const int threads : {2, 3, 16}) {
    EXPECT_EQ(
        RelativeDifference(reference, ExtractOne(MakeExtractor(threads, "winograd").get(), options, picture)),
        0);
  }
}

TEST(Vgg16Test, ArithmeticThatDoesNotExistIsRefused) {
  EXPECT_THAT(MakeVgg16({kShippedBackbone, "cpu", 1, "float64", "auto"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("float64")));
  EXPECT_THAT(MakeVgg16({kShippedBackbone, "cpu", 1, "auto", "fft"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("fft")));
}

TEST_P(Vgg16ConvolutionTest, APictureOfAnotherSizeIsRefused) {
  const std::unique_ptr<FeatureExtractor> extractor = Make();
  const InputPicture picture = Noise(64, 1);
  const InputPicture* const batch[] = {&picture};
  EXPECT_THAT(extractor->Extract({FeatureSource::kPyramid, 256}, batch),
              StatusIs(absl::StatusCode::kInvalidArgument, AllOf(HasSubstr("64 px"), HasSubstr("256 px"))));
}

TEST_P(Vgg16ConvolutionTest, PixelsAreNoFeaturesOfIts) {
  EXPECT_THAT(Make()->Extract({FeatureSource::kPixels, 256}, {}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("pixels")));
}

TEST(Vgg16Test, AnInputTooSmallForTheTrunkIsAnErrorAndDoesNotThrow) {
  const InputPicture picture = Noise(4, 1);
  const InputPicture* const batch[] = {&picture};
  EXPECT_THAT(MakeExtractor(2, "direct")->Extract({FeatureSource::kPyramid, 4}, batch),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("LibTorch")));
  EXPECT_THAT(MakeExtractor(2, "winograd")->Extract({FeatureSource::kPyramid, 4}, batch),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("4 px")));
}

TEST(Vgg16Test, DeviceNamesThatDoNotParseAreRefused) {
  for (const std::string device : {"", "gpu", "CPU", "cpu:0", "cuda:", "cuda:x", "cuda:-1", "cuda:+1",
                                   "cuda0", "cuda:99999999999999999999", "cuda:0 "}) {
    EXPECT_THAT(MakeVgg16({kShippedBackbone, device, 1}),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("auto, cpu, cuda or cuda:N")))
        << device;
  }
}

TEST(Vgg16Test, AGpuThatIsNotThereIsRefusedInOneLine) {
  // No machine has so many, with or without GPUs.
  const absl::StatusOr<std::unique_ptr<FeatureExtractor>> extractor =
      MakeVgg16({kShippedBackbone, "cuda:4096", 1});
  EXPECT_THAT(extractor, StatusIs(absl::StatusCode::kFailedPrecondition,
                                  AllOf(HasSubstr("cuda:4096"), ::testing::Not(HasSubstr("\n")))));
}

TEST(Vgg16Test, AutoAlwaysFindsADevice) { EXPECT_THAT(MakeVgg16({kShippedBackbone, "auto", 1}), IsOk()); }

TEST(Vgg16Test, AMissingBackboneIsNotFound) {
  EXPECT_THAT(MakeVgg16({"/nowhere.safetensors", "cpu", 1}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nowhere.safetensors")));
}

TEST(Vgg16Test, NegativeThreadsAreRefused) {
  EXPECT_THAT(MakeVgg16({kShippedBackbone, "cpu", -1}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("-1")));
}

}  // namespace
}  // namespace mlfsc
