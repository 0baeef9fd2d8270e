#include "models/backbone_file.h"

#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <sstream>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "tests/models/backbone_fixture.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::kShippedBackbone;
using ::mlfsc::testing::ReadFile;
using ::mlfsc::testing::ShippedBackbone;
using ::mlfsc::testing::StatusIs;
using ::mlfsc::testing::TemporaryFile;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

absl::StatusOr<Backbone> ReadBackboneOf(const SafetensorsFile& file) {
  return ReadBackbone(TemporaryFile(SerialiseSafetensors(file)).path());
}

// bfloat16 is the upper half of a float32.
Tensor MakeBfloat16Tensor(std::vector<int64_t> shape, const std::vector<float>& values) {
  Tensor tensor{"BF16", std::move(shape), std::string(values.size() * 2, '\0')};
  for (size_t i = 0; i < values.size(); ++i) {
    std::memcpy(&tensor.bytes[i * 2], reinterpret_cast<const char*>(&values[i]) + 2, 2);
  }
  return tensor;
}

TEST(BackboneFileTest, TheShippedFileHasTheChecksumBesideIt) {
  const absl::StatusOr<Backbone> backbone = ReadBackbone(kShippedBackbone);
  ASSERT_THAT(backbone, IsOk());
  EXPECT_EQ(ReadFile(MLFSC_SOURCE_DIR "/models/vgg16/SHA256SUMS"),
            backbone->sha256 + "  vgg16-imagenet.fp16.safetensors\n");
}

TEST(BackboneFileTest, TheNormalisationIsTheMetadatas) {
  const absl::StatusOr<Backbone> backbone = ReadBackbone(kShippedBackbone);
  ASSERT_THAT(backbone, IsOk());
  EXPECT_THAT(backbone->mean, ElementsAre(0.485019608F, 0.457956863F, 0.407603922F));
  EXPECT_THAT(backbone->deviation, ElementsAre(1 / 255.0F, 1 / 255.0F, 1 / 255.0F));
}

TEST(BackboneFileTest, Float32FilesGiveWhatTheHalvesHold) {
  SafetensorsFile file = ShippedBackbone();
  for (auto& [name, tensor] : file.tensors) {
    tensor = MakeFloat32Tensor(tensor.shape, ToFloat32(tensor).value());
  }

  const absl::StatusOr<Backbone> wide = ReadBackboneOf(file);

  ASSERT_THAT(wide, IsOk());
  const absl::StatusOr<Backbone> half = ReadBackbone(kShippedBackbone);
  ASSERT_THAT(half, IsOk());
  for (size_t i = 0; i < kConvolutions.size(); ++i) {
    EXPECT_EQ(wide->convolutions[i].weight, half->convolutions[i].weight);
    EXPECT_EQ(wide->convolutions[i].bias, half->convolutions[i].bias);
  }
  EXPECT_NE(wide->sha256, half->sha256);
}

TEST(BackboneFileTest, Bfloat16FilesAreRead) {
  SafetensorsFile file = ShippedBackbone();
  const std::vector<float> bias = {1.0F, -2.5F};
  std::vector<float> padded = bias;
  padded.resize(64);
  file.tensors["features.0.bias"] = MakeBfloat16Tensor({64}, padded);

  const absl::StatusOr<Backbone> backbone = ReadBackboneOf(file);

  ASSERT_THAT(backbone, IsOk());
  EXPECT_EQ(backbone->convolutions[0].bias, padded);
}

TEST(BackboneFileTest, TensorsThatAreNotNeededAreIgnored) {
  SafetensorsFile file = ShippedBackbone();
  file.tensors["classifier.0.bias"] = MakeFloat32Tensor({2}, {1, 2});
  file.tensors["features.24.weight"] = Tensor{"I64", {1}, std::string(8, '\0')};
  EXPECT_THAT(ReadBackboneOf(file), IsOk());
}

TEST(BackboneFileTest, WithoutNormalisationImageNetsIsTakenAndLogged) {
  SafetensorsFile file = ShippedBackbone();
  file.metadata.clear();
  std::ostringstream log;
  const std::shared_ptr<spdlog::logger> before = spdlog::default_logger();
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log)));

  const absl::StatusOr<Backbone> backbone = ReadBackboneOf(file);

  spdlog::set_default_logger(before);
  ASSERT_THAT(backbone, IsOk());
  EXPECT_THAT(backbone->mean, ElementsAre(0.485F, 0.456F, 0.406F));
  EXPECT_THAT(backbone->deviation, ElementsAre(0.229F, 0.224F, 0.225F));
  EXPECT_THAT(log.str(), AllOf(HasSubstr("warning"), HasSubstr("input_mean"), HasSubstr("ImageNet")));
}

TEST(BackboneFileTest, NormalisationThatCannotBeUsedIsRefused) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"input_mean", "0.5"},
      {"input_mean", "[0.5, 0.5"},
      {"input_mean", "[0.5, 0.5]"},
      {"input_mean", "[0.5, 0.5, 0.5, 0.5]"},
      {"input_mean", R"([0.5, 0.5, "0.5"])"},
      {"input_mean", "[0.5, 0.5, 1e300]"},
      {"input_std", "[0.5, 0.5, 0]"},
      {"input_std", "[0.5, 0.5, -1]"},
      {"input_channel_order", "BGR"},
      {"input_range", "[0,255]"},
      {"input_range", "up to 255"},
  };
  for (const auto& [key, value] : wrong) {
    SafetensorsFile file = ShippedBackbone();
    file.metadata[key] = value;
    EXPECT_THAT(ReadBackboneOf(file),
                StatusIs(absl::StatusCode::kInvalidArgument, AllOf(HasSubstr(key), HasSubstr(value))))
        << key << " = " << value;
  }
}

TEST(BackboneFileTest, HalfANormalisationIsRefused) {
  SafetensorsFile file = ShippedBackbone();
  file.metadata.erase("input_std");
  EXPECT_THAT(ReadBackboneOf(file), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no input_std")));
}

TEST(BackboneFileTest, AWrongShapeIsRefusedNamingTensorAndBothShapes) {
  SafetensorsFile file = ShippedBackbone();
  file.tensors["features.5.weight"] =
      MakeFloat32Tensor({64, 64, 3, 3}, std::vector<float>(size_t{64} * 64 * 9));
  EXPECT_THAT(ReadBackboneOf(file),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("features.5.weight"), HasSubstr("[64, 64, 3, 3]"),
                             HasSubstr("[128, 64, 3, 3]"))));
}

TEST(BackboneFileTest, AMissingTensorIsRefusedByName) {
  SafetensorsFile file = ShippedBackbone();
  file.tensors.erase("features.21.bias");
  EXPECT_THAT(ReadBackboneOf(file),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("features.21.bias")));
}

TEST(BackboneFileTest, IntegersAreNoWeights) {
  SafetensorsFile file = ShippedBackbone();
  file.tensors["features.0.bias"] = Tensor{"I32", {64}, std::string(256, '\0')};
  EXPECT_THAT(ReadBackboneOf(file), StatusIs(absl::StatusCode::kInvalidArgument,
                                             AllOf(HasSubstr("features.0.bias"), HasSubstr("I32"))));
}

TEST(BackboneFileTest, WeightsThatAreNotFiniteAreRefused) {
  SafetensorsFile file = ShippedBackbone();
  std::vector<float> bias(64);
  bias[7] = std::numeric_limits<float>::quiet_NaN();
  file.tensors["features.0.bias"] = MakeFloat32Tensor({64}, bias);
  EXPECT_THAT(ReadBackboneOf(file), StatusIs(absl::StatusCode::kInvalidArgument,
                                             AllOf(HasSubstr("features.0.bias"), HasSubstr("not finite"))));
}

TEST(BackboneFileTest, ATruncatedFileIsRefused) {
  const std::string whole = ReadFile(kShippedBackbone);
  for (const size_t length : {size_t{0}, size_t{4}, size_t{100}, whole.size() / 2, whole.size() - 1}) {
    const TemporaryFile file(whole.substr(0, length));
    EXPECT_THAT(ReadBackbone(file.path()),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(file.path())))
        << length;
  }
}

TEST(BackboneFileTest, AMissingFileIsNotFound) {
  EXPECT_THAT(ReadBackbone("/nowhere/vgg16.safetensors"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nowhere/vgg16.safetensors")));
}

TEST(BackboneFileTest, AFolderIsNoFile) {
  EXPECT_THAT(ReadBackbone(MLFSC_SOURCE_DIR "/models"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("models")));
}

}  // namespace
}  // namespace mlfsc
