#include "core/bundle/bundle.h"

#include <algorithm>
#include <cmath>
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
constexpr char kMean[] = "whitening.mean";
constexpr char kDeviation[] = "whitening.deviation";
constexpr char kCorrelation[] = "whitening.correlation";
// Of an atom's squared norm: rounding of 1,024 float32 values is far below it, another scale far above.
constexpr double kNormTolerance = 1e-3;

SafetensorsFile ToArrays(const Bundle& bundle) {
  SafetensorsFile file;
  for (const LayerDictionaries& layer : bundle.dictionaries) {
    file.tensors[kDictionaries + layer.layer] =
        MakeFloat32Tensor({layer.channels, layer.atoms, layer.patch_cells}, layer.values);
  }
  if (bundle.whitening.has_value()) {
    const WhiteningStatistics& whitening = *bundle.whitening;
    const int64_t channels = static_cast<int64_t>(whitening.mean.size());
    file.tensors[kMean] = MakeFloat32Tensor({channels}, whitening.mean);
    file.tensors[kDeviation] = MakeFloat32Tensor({channels}, whitening.deviation);
    file.tensors[kCorrelation] = MakeFloat32Tensor({channels, channels}, whitening.correlation);
  }
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

absl::StatusOr<WhiteningStatistics> ReadWhitening(const SafetensorsFile& file,
                                                  const std::vector<LayerShape>& shapes) {
  WhiteningStatistics whitening;
  int64_t channels = 0;
  for (const LayerShape& shape : shapes) {
    whitening.layer_channels.push_back(shape.channels);
    channels += shape.channels;
  }
  absl::StatusOr<std::vector<float>> mean = ReadArray(file, kMean, {channels});
  if (!mean.ok()) return mean.status();
  absl::StatusOr<std::vector<float>> deviation = ReadArray(file, kDeviation, {channels});
  if (!deviation.ok()) return deviation.status();
  absl::StatusOr<std::vector<float>> correlation = ReadArray(file, kCorrelation, {channels, channels});
  if (!correlation.ok()) return correlation.status();
  if (const float least = *std::min_element(deviation->begin(), deviation->end()); least < 0) {
    return Damage(kDeviation, absl::StrCat("has the negative value ", least));
  }
  whitening.mean = *std::move(mean);
  whitening.deviation = *std::move(deviation);
  whitening.correlation = *std::move(correlation);
  return whitening;
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
  if (options.scoring.method == ScoreMethod::kWhitened) {
    absl::StatusOr<WhiteningStatistics> whitening = ReadWhitening(*arrays, shapes);
    if (!whitening.ok()) return whitening.status();
    bundle.whitening = *std::move(whitening);
  }
  return bundle;
}

}  // namespace mlfsc
