#include "models/backbone_file.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/bundle/safetensors.h"
#include "core/bundle/sha256.h"

namespace mlfsc {
namespace {

using Metadata = std::map<std::string, std::string>;

// What torchvision's own VGG16 was trained with.
constexpr std::array<float, 3> kImageNetMean = {0.485F, 0.456F, 0.406F};
constexpr std::array<float, 3> kImageNetDeviation = {0.229F, 0.224F, 0.225F};

absl::StatusOr<std::string> ReadWhole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(absl::StrCat("backbone ", path, " cannot be opened"));
  std::ostringstream bytes;
  bytes << in.rdbuf();
  if (!in || !bytes)
    return absl::InvalidArgumentError(absl::StrCat("backbone ", path, " is empty or cannot be read"));
  return std::move(bytes).str();
}

std::string ShapeText(const std::vector<int64_t>& shape) {
  return absl::StrCat("[", absl::StrJoin(shape, ", "), "]");
}

absl::StatusOr<std::vector<float>> Values(const SafetensorsFile& file, const std::string& name,
                                          const std::vector<int64_t>& shape) {
  const auto found = file.tensors.find(name);
  if (found == file.tensors.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("has no tensor ", name, "; VGG16 needs it with shape ", ShapeText(shape)));
  }
  if (found->second.shape != shape) {
    return absl::InvalidArgumentError(absl::StrCat(
        "tensor ", name, " has shape ", ShapeText(found->second.shape), "; VGG16 needs ", ShapeText(shape)));
  }
  absl::StatusOr<std::vector<float>> values = ToFloat32(found->second);
  if (!values.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("tensor ", name, ": ", values.status().message()));
  }
  for (const float value : *values) {
    if (!std::isfinite(value)) {
      return absl::InvalidArgumentError(absl::StrCat("tensor ", name, " holds a value that is not finite"));
    }
  }
  return values;
}

// Three finite numbers.
absl::StatusOr<std::array<float, 3>> Triple(const Metadata& metadata, const std::string& key) {
  const std::string& text = metadata.at(key);
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  std::array<float, 3> triple{};
  bool good = json.is_array() && json.size() == triple.size();
  for (size_t i = 0; good && i < triple.size(); ++i) {
    good = json[i].is_number();
    if (good) triple[i] = json[i].get<float>();
    good = good && std::isfinite(triple[i]);
  }
  if (!good) {
    return absl::InvalidArgumentError(
        absl::StrCat("metadata ", key, " is ", text, "; it must be a JSON array of 3 finite numbers"));
  }
  return triple;
}

absl::Status CheckInput(const Metadata& metadata) {
  const auto order = metadata.find("input_channel_order");
  if (order != metadata.end() && order->second != "RGB") {
    return absl::InvalidArgumentError(
        absl::StrCat("metadata input_channel_order is ", order->second, "; only RGB is known"));
  }
  const auto range = metadata.find("input_range");
  if (range == metadata.end()) return absl::OkStatus();
  const nlohmann::json limits = nlohmann::json::parse(range->second, nullptr, /*allow_exceptions=*/false);
  if (limits.is_discarded() || limits != nlohmann::json::array({0, 1})) {
    return absl::InvalidArgumentError(
        absl::StrCat("metadata input_range is ", range->second, "; only [0,1] is known"));
  }
  return absl::OkStatus();
}

absl::Status ReadNormalisation(const std::string& path, const Metadata& metadata, Backbone* backbone) {
  absl::Status input = CheckInput(metadata);
  if (!input.ok()) return input;
  const bool has_mean = metadata.count("input_mean") > 0;
  const bool has_deviation = metadata.count("input_std") > 0;
  if (!has_mean && !has_deviation) {
    spdlog::warn("backbone {} states no input_mean and input_std; taking ImageNet's", path);
    backbone->mean = kImageNetMean;
    backbone->deviation = kImageNetDeviation;
    return absl::OkStatus();
  }
  if (has_mean != has_deviation) {
    return absl::InvalidArgumentError(absl::StrCat("metadata has ", has_mean ? "input_mean" : "input_std",
                                                   " but no ", has_mean ? "input_std" : "input_mean"));
  }
  const absl::StatusOr<std::array<float, 3>> mean = Triple(metadata, "input_mean");
  if (!mean.ok()) return mean.status();
  const absl::StatusOr<std::array<float, 3>> deviation = Triple(metadata, "input_std");
  if (!deviation.ok()) return deviation.status();
  for (const float value : *deviation) {
    if (value <= 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("metadata input_std is ", metadata.at("input_std"), "; it must be above 0"));
    }
  }
  backbone->mean = *mean;
  backbone->deviation = *deviation;
  return absl::OkStatus();
}

absl::Status Parse(const std::string& path, const std::string& bytes, Backbone* backbone) {
  const absl::StatusOr<SafetensorsFile> file = ParseSafetensors(bytes);
  if (!file.ok()) return file.status();
  for (size_t i = 0; i < kConvolutions.size(); ++i) {
    const ConvolutionShape& shape = kConvolutions[i];
    const std::string name = absl::StrCat("features.", shape.index);
    absl::StatusOr<std::vector<float>> weight =
        Values(*file, name + ".weight", {shape.outputs, shape.inputs, 3, 3});
    if (!weight.ok()) return weight.status();
    absl::StatusOr<std::vector<float>> bias = Values(*file, name + ".bias", {shape.outputs});
    if (!bias.ok()) return bias.status();
    backbone->convolutions[i] = {*std::move(weight), *std::move(bias)};
  }
  return ReadNormalisation(path, file->metadata, backbone);
}

}  // namespace

absl::StatusOr<Backbone> ReadBackbone(const std::string& path) {
  const absl::StatusOr<std::string> bytes = ReadWhole(path);
  if (!bytes.ok()) return bytes.status();
  Backbone backbone;
  backbone.sha256 = Sha256(*bytes);
  const absl::Status parsed = Parse(path, *bytes, &backbone);
  if (!parsed.ok()) {
    return absl::Status(parsed.code(), absl::StrCat("backbone ", path, ": ", parsed.message()));
  }
  return backbone;
}

}  // namespace mlfsc
