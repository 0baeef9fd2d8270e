#include "core/bundle/bundle.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/bundle/manifest_json.h"
#include "core/bundle/safetensors.h"
#include "core/bundle/sha256.h"
#include "core/features/feature_options.h"

namespace mlfsc {
namespace {

constexpr char kDictionaries[] = "dictionaries.";
// Of the residual view, and of the appearance view's cells.
constexpr char kWhitening[] = "whitening";
constexpr char kDetail[] = "appearance.detail";
constexpr char kProjection[] = "appearance.memory.projection";
constexpr char kMemory[] = "appearance.memory.vectors";
// Middle and spread of the measures: residual, detail, memory.
constexpr char kScales[] = "appearance.scales";
// Of an atom's squared norm: rounding of 1,024 float32 values is far below it, another scale far above.
constexpr double kNormTolerance = 1e-3;

void AddWhitening(const std::string& name, const WhiteningStatistics& whitening, SafetensorsFile* file) {
  const auto channels = static_cast<int64_t>(whitening.mean.size());
  file->tensors[name + ".mean"] = MakeFloat32Tensor({channels}, whitening.mean);
  file->tensors[name + ".deviation"] = MakeFloat32Tensor({channels}, whitening.deviation);
  file->tensors[name + ".correlation"] = MakeFloat32Tensor({channels, channels}, whitening.correlation);
}

void AddAppearance(const AppearanceStatistics& appearance, SafetensorsFile* file) {
  AddWhitening(kDetail, appearance.detail, file);
  const MemoryBank& memory = appearance.memory;
  file->tensors[kProjection] = MakeFloat32Tensor({memory.dimensions, memory.channels}, memory.projection);
  file->tensors[kMemory] = MakeFloat32Tensor({memory.vectors, memory.dimensions}, memory.values);
  const FusionScales& scales = appearance.scales;
  file->tensors[kScales] = MakeFloat32Tensor(
      {3, 2}, {scales.residual.middle, scales.residual.spread, scales.detail.middle, scales.detail.spread,
               scales.memory.middle, scales.memory.spread});
}

SafetensorsFile ToArrays(const Bundle& bundle) {
  SafetensorsFile file;
  for (const LayerDictionaries& layer : bundle.dictionaries) {
    file.tensors[kDictionaries + layer.layer] =
        MakeFloat32Tensor({layer.channels, layer.atoms, layer.patch_cells}, layer.values);
  }
  if (bundle.whitening.has_value()) AddWhitening(kWhitening, *bundle.whitening, &file);
  if (bundle.appearance.has_value()) AddAppearance(*bundle.appearance, &file);
  return file;
}

absl::Status Damage(const std::string& name, const std::string& what) {
  return absl::DataLossError(absl::StrCat("bundle.safetensors: ", name, " ", what));
}

// The array's values when it is there, is float32 of `shape` and all finite.
absl::StatusOr<std::vector<float>> ReadArray(const SafetensorsFile& file, const std::string& name,
                                             const std::vector<int64_t>& shape) {
  const auto found = file.tensors.find(name);
  if (found == file.tensors.end()) return Damage(name, "is missing");
  const Tensor& tensor = found->second;
  if (tensor.dtype != "F32" || tensor.shape != shape) {
    return Damage(name,
                  absl::StrCat("is ", tensor.dtype, " [", absl::StrJoin(tensor.shape, ", "),
                               "]; the manifest's options want F32 [", absl::StrJoin(shape, ", "), "]"));
  }
  absl::StatusOr<std::vector<float>> values = ToFloat32(tensor);
  if (!values.ok()) return Damage(name, std::string(values.status().message()));
  const auto bad = std::find_if(values->begin(), values->end(), [](float v) { return !std::isfinite(v); });
  if (bad != values->end()) {
    return Damage(name, absl::StrCat("has the value ", *bad, " at index ", bad - values->begin()));
  }
  return values;
}

absl::StatusOr<LayerDictionaries> ReadDictionaries(const SafetensorsFile& file, const LayerShape& shape,
                                                   const CategoryOptions& options) {
  LayerDictionaries layer;
  layer.layer = shape.layer;
  layer.channels = shape.channels;
  layer.atoms = options.learning.atoms;
  layer.patch_cells = options.patches.size * options.patches.size;
  const std::string name = kDictionaries + shape.layer;
  absl::StatusOr<std::vector<float>> values =
      ReadArray(file, name, {layer.channels, layer.atoms, layer.patch_cells});
  if (!values.ok()) return values.status();
  layer.values = *std::move(values);

  for (auto atom = layer.values.begin(); atom != layer.values.end(); atom += layer.patch_cells) {
    double norm = 0;
    for (auto value = atom; value != atom + layer.patch_cells; ++value) norm += double{*value} * *value;
    if (norm != 0 && std::abs(norm - 1) > kNormTolerance) {
      return Damage(name, absl::StrCat("has an atom of squared norm ", norm, "; atoms have norm 1 or 0"));
    }
  }
  return layer;
}

absl::StatusOr<WhiteningStatistics> ReadWhitening(const SafetensorsFile& file, const std::string& name,
                                                  std::vector<int> layer_channels) {
  WhiteningStatistics whitening;
  const int64_t channels = std::accumulate(layer_channels.begin(), layer_channels.end(), int64_t{0});
  whitening.layer_channels = std::move(layer_channels);
  absl::StatusOr<std::vector<float>> mean = ReadArray(file, name + ".mean", {channels});
  if (!mean.ok()) return mean.status();
  absl::StatusOr<std::vector<float>> deviation = ReadArray(file, name + ".deviation", {channels});
  if (!deviation.ok()) return deviation.status();
  absl::StatusOr<std::vector<float>> correlation =
      ReadArray(file, name + ".correlation", {channels, channels});
  if (!correlation.ok()) return correlation.status();
  if (const float least = *std::min_element(deviation->begin(), deviation->end()); least < 0) {
    return Damage(name + ".deviation", absl::StrCat("has the negative value ", least));
  }
  whitening.mean = *std::move(mean);
  whitening.deviation = *std::move(deviation);
  whitening.correlation = *std::move(correlation);
  return whitening;
}

// Rows of a matrix whose number the manifest does not say. 0 when there is no such matrix.
int64_t RowsOf(const SafetensorsFile& file, const std::string& name) {
  const auto found = file.tensors.find(name);
  return found == file.tensors.end() || found->second.shape.size() != 2 ? 0 : found->second.shape[0];
}

absl::StatusOr<MemoryBank> ReadMemory(const SafetensorsFile& file, const AppearanceVectors& shape) {
  MemoryBank memory;
  const std::vector<int>& layers = shape.windows.layer_channels;
  memory.channels = std::accumulate(layers.begin(), layers.end(), 0);
  const int64_t dimensions = RowsOf(file, kProjection);
  const int64_t vectors = RowsOf(file, kMemory);
  if (dimensions < 1 || dimensions > kMostMemoryDimensions || vectors < 1 || vectors > kMostMemoryVectors) {
    return Damage(kMemory, absl::StrCat("has ", vectors, " vectors of ", dimensions,
                                        " dimensions; the limits are ", kMostMemoryVectors, " and ",
                                        kMostMemoryDimensions));
  }
  memory.dimensions = static_cast<int>(dimensions);
  memory.vectors = static_cast<int>(vectors);
  absl::StatusOr<std::vector<float>> projection = ReadArray(file, kProjection, {dimensions, memory.channels});
  if (!projection.ok()) return projection.status();
  absl::StatusOr<std::vector<float>> values = ReadArray(file, kMemory, {vectors, dimensions});
  if (!values.ok()) return values.status();
  memory.projection = *std::move(projection);
  memory.values = *std::move(values);
  return memory;
}

absl::StatusOr<AppearanceStatistics> ReadAppearance(const SafetensorsFile& file,
                                                    const FeatureOptions& options) {
  const AppearanceVectors shape = AppearanceShape(options);
  AppearanceStatistics appearance;
  absl::StatusOr<WhiteningStatistics> detail = ReadWhitening(file, kDetail, shape.cells.layer_channels);
  if (!detail.ok()) return detail.status();
  appearance.detail = *std::move(detail);
  absl::StatusOr<MemoryBank> memory = ReadMemory(file, shape);
  if (!memory.ok()) return memory.status();
  appearance.memory = *std::move(memory);
  const absl::StatusOr<std::vector<float>> scales = ReadArray(file, kScales, {3, 2});
  if (!scales.ok()) return scales.status();
  for (size_t i = 1; i < scales->size(); i += 2) {
    if (const float spread = (*scales)[i]; spread <= 0) {
      return Damage(kScales, absl::StrCat("has the spread ", spread, "; it must be above 0"));
    }
  }
  appearance.scales = {{(*scales)[0], (*scales)[1]}, {(*scales)[2], (*scales)[3]}, {(*scales)[4], (*scales)[5]}};
  return appearance;
}

absl::Status CheckArraysFile(const std::string& arrays, const ArraysFile& expected) {
  absl::Status size = CheckArraysBytes(static_cast<int64_t>(arrays.size()), expected);
  if (!size.ok()) return size;
  if (const std::string sha256 = Sha256(arrays); sha256 != expected.sha256) {
    return absl::DataLossError(absl::StrCat("bundle.safetensors has the checksum ", sha256,
                                            "; the manifest says ", expected.sha256));
  }
  return absl::OkStatus();
}

}  // namespace

BundleFiles SerialiseBundle(const Bundle& bundle) {
  BundleFiles files;
  files.arrays = SerialiseSafetensors(ToArrays(bundle));
  files.manifest =
      SerialiseManifest({bundle.manifest, {static_cast<int64_t>(files.arrays.size()), Sha256(files.arrays)}});
  return files;
}

absl::StatusOr<Manifest> ParseManifest(absl::string_view manifest) {
  absl::StatusOr<ManifestFile> file = ParseManifestFile(manifest);
  if (!file.ok()) return file.status();
  return std::move(file->manifest);
}

absl::StatusOr<Bundle> ParseBundle(const BundleFiles& files) {
  absl::StatusOr<ManifestFile> manifest_file = ParseManifestFile(files.manifest);
  if (!manifest_file.ok()) return manifest_file.status();
  if (const absl::Status status = CheckArraysFile(files.arrays, manifest_file->arrays); !status.ok()) {
    return status;
  }
  const absl::StatusOr<SafetensorsFile> arrays = ParseSafetensors(files.arrays);
  if (!arrays.ok()) {
    return absl::DataLossError(absl::StrCat("bundle.safetensors: ", arrays.status().message()));
  }

  Bundle bundle;
  bundle.manifest = std::move(manifest_file->manifest);
  const CategoryOptions& options = bundle.manifest.options;
  const std::vector<LayerShape> shapes = StandardisedShapes(options.features);
  for (const LayerShape& shape : shapes) {
    absl::StatusOr<LayerDictionaries> layer = ReadDictionaries(*arrays, shape, options);
    if (!layer.ok()) return layer.status();
    bundle.dictionaries.push_back(*std::move(layer));
  }
  if (options.scoring.method != ScoreMethod::kSum) {
    std::vector<int> channels;
    for (const LayerShape& shape : shapes) channels.push_back(shape.channels);
    absl::StatusOr<WhiteningStatistics> whitening = ReadWhitening(*arrays, kWhitening, std::move(channels));
    if (!whitening.ok()) return whitening.status();
    bundle.whitening = *std::move(whitening);
  }
  if (options.scoring.method == ScoreMethod::kFused) {
    absl::StatusOr<AppearanceStatistics> appearance = ReadAppearance(*arrays, options.features);
    if (!appearance.ok()) return appearance.status();
    bundle.appearance = *std::move(appearance);
  }
  return bundle;
}

}  // namespace mlfsc
