#include "core/bundle/manifest_json.h"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "core/bundle/json_reader.h"
#include "core/bundle/quoted.h"
#include "core/bundle/sha256.h"

namespace mlfsc {
namespace {

using nlohmann::ordered_json;

constexpr char kFormat[] = "mlfsc-bundle";
// Before it, all pictures were resized by bilinear sampling.
constexpr int kFirstVersionWithResize = 2;

constexpr size_t kMaxProgramVersion = 64;
constexpr size_t kMaxArithmetic = 32;

template <typename Value>
struct Name {
  Value value;
  const char* name;
};
constexpr std::array<Name<FeatureSource>, 3> kSources = {{{FeatureSource::kPyramid, "pyramid"},
                                                          {FeatureSource::kSinglePass, "single_pass"},
                                                          {FeatureSource::kPixels, "pixels"}}};
constexpr std::array<Name<ResizeMethod>, 2> kResizes = {
    {{ResizeMethod::kArea, "area"}, {ResizeMethod::kBilinear, "bilinear"}}};
constexpr std::array<Name<Coder>, 2> kCoders = {{{Coder::kLasso, "lasso"}, {Coder::kOmp, "omp"}}};
constexpr std::array<Name<OutlierAction>, 2> kOutlierActions = {
    {{OutlierAction::kWarn, "warn"}, {OutlierAction::kDrop, "drop"}}};
constexpr std::array<Name<ScoreMethod>, 3> kMethods = {
    {{ScoreMethod::kFused, "fused"}, {ScoreMethod::kWhitened, "whitened"}, {ScoreMethod::kSum, "sum"}}};

template <typename Names, typename Value>
const char* NameOf(const Names& names, Value value) {
  for (const auto& name : names) {
    if (name.value == value) return name.name;
  }
  return "";
}

template <typename Value, size_t kCount>
Value ReadName(const JsonReader& reader, const char* field, const std::array<Name<Value>, kCount>& names) {
  const std::string text = reader.String(field);
  for (const Name<Value>& name : names) {
    if (text == name.name) return name.value;
  }
  reader.Fail(field, absl::StrCat("is unknown: ", Quoted(text)));
  return names[0].value;
}

ordered_json ToJson(const CategoryOptions& options) {
  return {
      {"feature_source", NameOf(kSources, options.features.source)},
      {"input_size", options.features.input_size},
      {"resize", NameOf(kResizes, options.resize)},
      {"patch_size", options.patches.size},
      {"stride", options.patches.stride},
      {"atoms", options.learning.atoms},
      {"alpha", options.coding.alpha},
      {"coder", NameOf(kCoders, options.coding.coder)},
      {"nonzeros", options.coding.nonzeros},
      {"score_method", NameOf(kMethods, options.scoring.method)},
      {"top_residuals", options.scoring.top_residuals},
      {"top_patches", options.scoring.top_patches},
      {"false_alarm_rate", options.scoring.false_alarm_rate},
      {"epochs", options.learning.epochs},
      {"batch_pictures", options.learning.batch_pictures},
      {"seed", options.learning.seed},
  };
}

CategoryOptions ReadOptions(const JsonReader& reader, int format_version) {
  CategoryOptions options;
  options.features.source = ReadName(reader, "feature_source", kSources);
  options.features.input_size = reader.Int("input_size");
  options.resize = format_version < kFirstVersionWithResize ? ResizeMethod::kBilinear
                                                            : ReadName(reader, "resize", kResizes);
  options.patches.size = reader.Int("patch_size");
  options.patches.stride = reader.Int("stride");
  options.learning.atoms = reader.Int("atoms");
  options.coding.alpha = reader.Double("alpha");
  options.coding.coder = ReadName(reader, "coder", kCoders);
  options.coding.nonzeros = reader.Int("nonzeros");
  options.scoring.method = ReadName(reader, "score_method", kMethods);
  options.scoring.top_residuals = reader.Int("top_residuals");
  options.scoring.top_patches = reader.Int("top_patches");
  options.scoring.false_alarm_rate = reader.Double("false_alarm_rate");
  options.learning.epochs = reader.Int("epochs");
  options.learning.batch_pictures = reader.Int("batch_pictures");
  options.learning.seed = reader.Uint64("seed");
  return options;
}

ordered_json ToJson(const Calibration& calibration) {
  return {
      {"pictures", calibration.pictures},
      {"log_mean", calibration.log_mean},
      {"log_deviation", calibration.log_deviation},
      {"degrees_of_freedom", calibration.degrees_of_freedom},
      {"false_alarm_rate", calibration.false_alarm_rate},
      {"threshold", calibration.threshold},
      {"review_low", calibration.review_low},
      {"review_high", calibration.review_high},
  };
}

Calibration ReadCalibration(const JsonReader& reader) {
  Calibration calibration;
  calibration.pictures = reader.Int("pictures");
  calibration.log_mean = reader.Double("log_mean");
  calibration.log_deviation = reader.Double("log_deviation");
  calibration.degrees_of_freedom = reader.OptionalDouble("degrees_of_freedom", calibration.pictures - 1);
  calibration.false_alarm_rate = reader.Double("false_alarm_rate");
  calibration.threshold = reader.Double("threshold");
  calibration.review_low = reader.Double("review_low");
  calibration.review_high = reader.Double("review_high");

  // What scoring takes for granted: logarithms and divisions by these stay finite.
  if (calibration.pictures < 2) reader.Fail("pictures", "is below 2");
  if (calibration.log_deviation <= 0) reader.Fail("log_deviation", "is not above 0");
  if (calibration.degrees_of_freedom < 1) reader.Fail("degrees_of_freedom", "is below 1");
  if (calibration.false_alarm_rate < 0.0001 || calibration.false_alarm_rate > 0.2) {
    reader.Fail("false_alarm_rate", "is not in 0.0001 to 0.2");
  }
  if (calibration.review_low <= 0) reader.Fail("review_low", "is not above 0");
  if (calibration.review_low > calibration.threshold || calibration.threshold > calibration.review_high) {
    reader.Fail("threshold", "is not between review_low and review_high");
  }
  return calibration;
}

void CheckPrintable(const JsonReader& reader, const char* field, const std::string& text, size_t most) {
  if (text.size() > most || !std::all_of(text.begin(), text.end(), absl::ascii_isprint)) {
    reader.Fail(field, absl::StrCat("is not at most ", most, " printable characters"));
  }
}

Provenance ReadProvenance(const JsonReader& reader) {
  Provenance provenance;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, reader.String("create_time"), &provenance.create_time, &error) ||
      provenance.create_time == absl::InfinitePast() || provenance.create_time == absl::InfiniteFuture()) {
    reader.Fail("create_time", "is no RFC 3339 time");
  }
  provenance.program_version = reader.String("program_version");
  CheckPrintable(reader, "program_version", provenance.program_version, kMaxProgramVersion);
  provenance.pictures = reader.Int("pictures");
  if (provenance.pictures < 1) reader.Fail("pictures", "is below 1");
  if (reader.Has("outliers")) provenance.outliers = ReadName(reader, "outliers", kOutlierActions);
  provenance.outliers_dropped = reader.OptionalInt("outliers_dropped", 0);
  provenance.backbone_sha256 = reader.String("backbone_sha256");
  provenance.precision = reader.OptionalString("precision");
  CheckPrintable(reader, "precision", provenance.precision, kMaxArithmetic);
  provenance.convolution = reader.OptionalString("convolution");
  CheckPrintable(reader, "convolution", provenance.convolution, kMaxArithmetic);
  provenance.instruction_set = reader.OptionalString("instruction_set");
  CheckPrintable(reader, "instruction_set", provenance.instruction_set, kMaxArithmetic);
  return provenance;
}

ArraysFile ReadArraysFile(const JsonReader& reader) {
  ArraysFile arrays;
  if (reader.String("file") != kArraysFileName) {
    reader.Fail("file", absl::StrCat("is not ", kArraysFileName));
  }
  arrays.sha256 = reader.String("sha256");
  if (!IsSha256(arrays.sha256)) reader.Fail("sha256", "is no SHA-256");
  const uint64_t bytes = reader.Uint64("bytes");
  if (bytes > kMaxArraysBytes) {
    reader.Fail("bytes", absl::StrCat("is ", bytes, "; the limit is ", kMaxArraysBytes));
  }
  arrays.bytes = static_cast<int64_t>(bytes);
  return arrays;
}

std::string Unsealed() { return std::string(64, '0'); }

// `text` with zeros in place of `seal`, hashed.
std::string SealOf(absl::string_view text, const std::string& seal) {
  return Sha256(absl::StrReplaceAll(text, {{seal, Unsealed()}}));
}

void CheckSeal(const JsonReader& reader, absl::string_view text) {
  const std::string seal = reader.String("manifest_sha256");
  if (!IsSha256(seal) || SealOf(text, seal) != seal) {
    reader.Fail("manifest_sha256", "is not the checksum of this manifest: the file was changed");
  }
}

void CheckBackbone(const JsonReader& reader, const Manifest& manifest) {
  const std::string& backbone = manifest.provenance.backbone_sha256;
  const bool wanted = manifest.options.features.source != FeatureSource::kPixels;
  if (wanted ? !IsSha256(backbone) : !backbone.empty()) {
    reader.Fail("backbone_sha256", wanted ? "is no SHA-256" : "is not empty, but pixels use no backbone");
  }
}

}  // namespace

absl::Status CheckArraysBytes(int64_t bytes, const ArraysFile& expected) {
  if (bytes == expected.bytes) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(kArraysFileName, " has ", bytes, " bytes; the manifest says ",
                                          expected.bytes, bytes < expected.bytes ? ": truncated" : ""));
}

std::string SerialiseManifest(const ManifestFile& file) {
  const Provenance& provenance = file.manifest.provenance;
  const ordered_json json = {
      {"format", kFormat},
      {"format_version", kBundleFormatVersion},
      {"create_time", absl::FormatTime(absl::RFC3339_full, provenance.create_time, absl::UTCTimeZone())},
      {"program_version", provenance.program_version},
      {"pictures", provenance.pictures},
      {"outliers", NameOf(kOutlierActions, provenance.outliers)},
      {"outliers_dropped", provenance.outliers_dropped},
      {"backbone_sha256", provenance.backbone_sha256},
      {"precision", provenance.precision},
      {"convolution", provenance.convolution},
      {"instruction_set", provenance.instruction_set},
      {"options", ToJson(file.manifest.options)},
      {"calibration", ToJson(file.manifest.calibration)},
      {"map_calibration", ToJson(file.manifest.map_calibration)},
      {"arrays", {{"file", kArraysFileName}, {"bytes", file.arrays.bytes}, {"sha256", file.arrays.sha256}}},
      {"manifest_sha256", Unsealed()},
  };
  std::string text = json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
  text.replace(text.rfind(Unsealed()), Unsealed().size(), Sha256(text));
  return text;
}

absl::StatusOr<ManifestFile> ParseManifestFile(absl::string_view text) {
  if (text.size() > kMaxManifestBytes) {
    return absl::DataLossError(
        absl::StrCat("manifest.json has ", text.size(), " bytes; the limit is ", kMaxManifestBytes));
  }
  const absl::StatusOr<nlohmann::json> json = ParseJson(text);
  if (!json.ok()) return absl::DataLossError(absl::StrCat("manifest.json ", json.status().message()));

  absl::Status error;
  const JsonReader reader(&*json, "manifest.json: ", &error);
  if (reader.String("format") != kFormat) reader.Fail("format", absl::StrCat("is not ", kFormat));
  const int format_version = reader.Int("format_version");
  if (!error.ok()) return error;
  if (format_version > kBundleFormatVersion) {
    return absl::FailedPreconditionError(absl::StrCat("manifest.json has format version ", format_version,
                                                      "; this program reads up to version ",
                                                      kBundleFormatVersion));
  }
  if (format_version < 1) reader.Fail("format_version", "is below 1");
  CheckSeal(reader, text);

  ManifestFile file;
  file.manifest.provenance = ReadProvenance(reader);
  file.manifest.options = ReadOptions(reader.Object("options"), format_version);
  file.manifest.calibration = ReadCalibration(reader.Object("calibration"));
  file.manifest.map_calibration = ReadCalibration(reader.Object("map_calibration"));
  file.arrays = ReadArraysFile(reader.Object("arrays"));
  CheckBackbone(reader, file.manifest);
  if (!error.ok()) return error;
  if (const absl::Status valid = Validate(file.manifest.options); !valid.ok()) {
    return absl::DataLossError(absl::StrCat("manifest.json: options: ", valid.message()));
  }
  return file;
}

}  // namespace mlfsc
