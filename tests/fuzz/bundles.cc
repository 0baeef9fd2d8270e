// What a store holds and ImportCategory takes: safetensors, manifests, exported categories.
#include "tests/testing/bundles.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/bundle/bundle_archive.h"
#include "core/bundle/manifest_json.h"
#include "core/bundle/safetensors.h"
#include "core/bundle/sha256.h"
#include "core/features/feature_extractor.h"
#include "core/image/input_picture.h"
#include "core/serving/category_model.h"
#include "tests/fuzz/fuzz_target.h"

namespace mlfsc::fuzz {
namespace {

void FuzzSafetensors(absl::string_view input) {
  const absl::StatusOr<SafetensorsFile> file = ParseSafetensors(input);
  if (!file.ok()) return RequireRefusal(file.status());
  for (const auto& [name, tensor] : file->tensors) {
    const absl::StatusOr<std::vector<float>> values = ToFloat32(tensor);
    if (!values.ok()) {
      RequireRefusal(values.status());
    } else {
      Require(static_cast<int64_t>(values->size()) == tensor.size(), "as many values as the shape has");
    }
  }
  const absl::StatusOr<SafetensorsFile> again = ParseSafetensors(SerialiseSafetensors(*file));
  Require(again.ok(), absl::StrCat("what is written can be read: ", again.status().ToString()));
  Require(again->tensors.size() == file->tensors.size(), "as many arrays are read as were written");
}

// The text behind `before` replaced by `by`, of the same length. False when it is not there.
bool Overwrite(std::string* text, const std::string& before, const std::string& by) {
  const size_t found = text->rfind(before);
  if (found == std::string::npos || text->size() - found - before.size() < by.size()) return false;
  text->replace(found + before.size(), by.size(), by);
  return true;
}

// A manifest with its seal set right, so that what was changed in it is looked into.
std::string Sealed(std::string manifest) {
  const std::string before = "\"manifest_sha256\": \"";
  if (!Overwrite(&manifest, before, std::string(64, '0'))) return manifest;
  Overwrite(&manifest, before, Sha256(manifest));
  return manifest;
}

void CheckManifest(absl::string_view text) {
  const absl::StatusOr<ManifestFile> file = ParseManifestFile(text);
  if (!file.ok()) {
    return RequireRefusal(file.status(),
                          {absl::StatusCode::kDataLoss, absl::StatusCode::kFailedPrecondition});
  }
  Require(Validate(file->manifest.options).ok(), "options that a category may have");
  Require(MapGeometryOf(file->manifest.options).map_cells > 0, "a map with cells");
  Require(std::isfinite(file->manifest.calibration.NormalisedMiddle()), "a finite middle");
  const std::string written = SerialiseManifest(*file);
  const absl::StatusOr<ManifestFile> again = ParseManifestFile(written);
  Require(again.ok(), absl::StrCat("what is written can be read: ", again.status().ToString()));
  Require(SerialiseManifest(*again) == written, "what is read again is written alike");
}

void FuzzManifest(absl::string_view input) {
  CheckManifest(input);
  CheckManifest(Sealed(std::string(input)));
}

// An archive whose manifest fits its arrays, whatever these are.
std::string Attested(absl::string_view input) {
  absl::StatusOr<SafetensorsFile> file = ParseSafetensors(input);
  if (!file.ok()) return std::string(input);
  SafetensorsFile arrays = *file;
  arrays.metadata.clear();
  const std::string bytes = SerialiseSafetensors(arrays);
  std::string& manifest = file->metadata["manifest"];
  const std::string place = "\"bytes\": ";
  if (const size_t found = manifest.find(place); found != std::string::npos) {
    const size_t begin = found + place.size();
    manifest.replace(begin, std::min(manifest.find_first_of(",\n}", begin), manifest.size()) - begin,
                     absl::StrCat(bytes.size()));
  }
  Overwrite(&manifest, "\"sha256\": \"", Sha256(bytes));
  manifest = Sealed(manifest);
  return SerialiseSafetensors(*file);
}

// What has been let in must be able to score.
void ScorePicture(Bundle bundle) {
  const FeatureOptions features = bundle.manifest.options.features;
  const auto model = CategoryModel::Make("fuzzed", 1, std::move(bundle));
  if (!model.ok()) return RequireRefusal(model.status(), {absl::StatusCode::kDataLoss});
  // Others take too long for this, not for a server.
  if (features.source != FeatureSource::kPixels || features.input_size > 64) return;
  InputPicture picture;
  picture.size = features.input_size;
  picture.rgb.resize(size_t{3} * picture.size * picture.size);
  for (size_t i = 0; i < picture.rgb.size(); ++i) picture.rgb[i] = static_cast<float>(i * 37 % 256) / 255;
  const auto residuals = (*model)->Code(PixelFeatures(picture), nullptr);
  Require(residuals.ok(), absl::StrCat("a picture is coded: ", residuals.status().ToString()));
  const PictureScore score = (*model)->Score(*residuals, nullptr);
  Require((*model)->Heatmap(score, 40, 50).height() == 40, "a map of the picture's size");
}

void CheckArchive(absl::string_view bytes) {
  absl::StatusOr<ArchivedBundle> archived = ParseArchive(bytes);
  if (!archived.ok()) return RequireRefusal(archived.status(), {absl::StatusCode::kFailedPrecondition});
  const std::string written = SerialiseArchive(*archived);
  const absl::StatusOr<ArchivedBundle> again = ParseArchive(written);
  Require(again.ok(), absl::StrCat("what is exported can be imported: ", again.status().ToString()));
  Require(SerialiseArchive(*again) == written, "what is imported is exported alike");
  ScorePicture(std::move(archived->bundle));
}

void FuzzArchive(absl::string_view input) {
  CheckArchive(input);
  CheckArchive(Attested(input));
}

CategoryOptions SumOptions() {
  CategoryOptions options = testing::SmallOptions();
  options.scoring.method = ScoreMethod::kSum;
  options.coding.coder = Coder::kOmp;
  return options;
}

const std::vector<std::string>& SafetensorsWords() {
  static const auto& words = *new std::vector<std::string>{"__metadata__",
                                                           "dtype",
                                                           "shape",
                                                           "data_offsets",
                                                           "F64",
                                                           "F32",
                                                           "F16",
                                                           "BF16",
                                                           "I64",
                                                           "U8",
                                                           "BOOL",
                                                           "\":{\"",
                                                           "\":[",
                                                           "9223372036854775807",
                                                           "18446744073709551615",
                                                           "\\u0000",
                                                           "1e999",
                                                           "-1"};
  return words;
}

Seeds SafetensorsSeeds() {
  SafetensorsFile types;
  types.metadata = {{"a", "b"}, {"c", ""}};
  types.tensors = {{"double", {"F64", {2}, std::string(16, '\x3f')}},
                   {"half", {"F16", {3, 1}, std::string(6, '\x7c')}},
                   {"brain", {"BF16", {}, std::string(2, '\x80')}},
                   {"empty", {"F32", {0, 7}, ""}},
                   {"byte", {"U8", {2, 2, 1}, "abcd"}}};
  return {{SerialiseSafetensors({}), SerialiseSafetensors(types),
           SerialiseBundle(testing::RandomBundle(testing::SmallOptions(), 1)).arrays},
          SafetensorsWords()};
}

Seeds ManifestSeeds() {
  Seeds seeds;
  for (const CategoryOptions& options :
       {testing::SmallOptions(), SumOptions(), DefaultOptions(FeatureSource::kPyramid),
        DefaultOptions(FeatureSource::kSinglePass, 512)}) {
    Bundle bundle = testing::RandomBundle(testing::SmallOptions(), 1);
    bundle.manifest.options = options;
    if (options.features.source != FeatureSource::kPixels) {
      bundle.manifest.provenance.backbone_sha256 = std::string(64, 'a');
    }
    seeds.inputs.push_back(SerialiseManifest({bundle.manifest, {1000, std::string(64, 'b')}}));
  }
  seeds.words = {"format_version",
                 "create_time",
                 "program_version",
                 "pictures",
                 "backbone_sha256",
                 "precision",
                 "convolution",
                 "options",
                 "feature_source",
                 "pyramid",
                 "single_pass",
                 "pixels",
                 "input_size",
                 "resize",
                 "area",
                 "bilinear",
                 "patch_size",
                 "stride",
                 "atoms",
                 "alpha",
                 "coder",
                 "lasso",
                 "omp",
                 "nonzeros",
                 "score_method",
                 "whitened",
                 "sum",
                 "top_residuals",
                 "top_patches",
                 "false_alarm_rate",
                 "epochs",
                 "batch_pictures",
                 "seed",
                 "calibration",
                 "map_calibration",
                 "log_mean",
                 "log_deviation",
                 "threshold",
                 "review_low",
                 "review_high",
                 "arrays",
                 "1e308",
                 "-1e308",
                 "1e-320",
                 "null",
                 "true",
                 "2147483647",
                 "18446744073709551615",
                 "9999-12-31T23:59:59Z"};
  return seeds;
}

Seeds ArchiveSeeds() {
  Seeds seeds;
  seeds.inputs = {SerialiseArchive({"bolt", 3, testing::RandomBundle(testing::SmallOptions(), 1)}),
                  SerialiseArchive({"a.b_c-9", 999'999, testing::RandomBundle(SumOptions(), 2)})};
  seeds.words = SafetensorsWords();
  for (const std::string& word : ManifestSeeds().words) seeds.words.push_back(word);
  return seeds;
}

const RegisterTarget safetensors("safetensors", FuzzSafetensors);
const RegisterSeeds safetensors_seeds("safetensors", SafetensorsSeeds);
const RegisterTarget manifest("manifest", FuzzManifest);
const RegisterSeeds manifest_seeds("manifest", ManifestSeeds);
const RegisterTarget archive("archive", FuzzArchive);
const RegisterSeeds archive_seeds("archive", ArchiveSeeds);

}  // namespace
}  // namespace mlfsc::fuzz
