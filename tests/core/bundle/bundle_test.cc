#include "core/bundle/bundle.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "absl/strings/str_replace.h"
#include "core/bundle/manifest_json.h"
#include "core/bundle/safetensors.h"
#include "core/bundle/sha256.h"
#include "tests/core/bundle/allocation_meter.h"
#include "tests/testing/bundles.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::RandomBundle;
using ::mlfsc::testing::SmallOptions;
using ::mlfsc::testing::StatusIs;
using ::testing::HasSubstr;

Bundle SmallBundle() { return RandomBundle(SmallOptions(), 1); }

// `manifest`, a text that was changed, with the seal of an honest writer.
std::string Sealed(std::string manifest) {
  const std::string mark = "\"manifest_sha256\": \"";
  const size_t seal = manifest.find(mark);
  if (seal == std::string::npos || seal + mark.size() + 64 > manifest.size()) return manifest;
  manifest.replace(seal + mark.size(), 64, std::string(64, '0'));
  return manifest.replace(seal + mark.size(), 64, Sha256(manifest));
}

std::string Replaced(const std::string& text, const std::string& from, const std::string& to) {
  const std::string replaced = absl::StrReplaceAll(text, {{from, to}});
  EXPECT_NE(replaced, text) << from;
  return replaced;
}

// The bundle's files after a change of its arrays by a writer who states the right checksum.
BundleFiles WithArrays(const Bundle& bundle, const std::function<void(SafetensorsFile*)>& change) {
  BundleFiles files = SerialiseBundle(bundle);
  SafetensorsFile arrays = *ParseSafetensors(files.arrays);
  change(&arrays);
  files.arrays = SerialiseSafetensors(arrays);
  files.manifest =
      SerialiseManifest({bundle.manifest, {static_cast<int64_t>(files.arrays.size()), Sha256(files.arrays)}});
  return files;
}

void ExpectSame(const WhiteningStatistics& a, const WhiteningStatistics& b) {
  EXPECT_EQ(a.layer_channels, b.layer_channels);
  EXPECT_EQ(a.mean, b.mean);
  EXPECT_EQ(a.deviation, b.deviation);
  EXPECT_EQ(a.correlation, b.correlation);
}

void ExpectSame(const MeasureScale& a, const MeasureScale& b) {
  EXPECT_EQ(a.middle, b.middle);
  EXPECT_EQ(a.spread, b.spread);
}

void ExpectSame(const Calibration& a, const Calibration& b) {
  EXPECT_EQ(a.pictures, b.pictures);
  EXPECT_EQ(a.log_mean, b.log_mean);
  EXPECT_EQ(a.log_deviation, b.log_deviation);
  EXPECT_EQ(a.degrees_of_freedom, b.degrees_of_freedom);
  EXPECT_EQ(a.false_alarm_rate, b.false_alarm_rate);
  EXPECT_EQ(a.threshold, b.threshold);
  EXPECT_EQ(a.review_low, b.review_low);
  EXPECT_EQ(a.review_high, b.review_high);
}

void ExpectSame(const CategoryOptions& a, const CategoryOptions& b) {
  EXPECT_EQ(a.features, b.features);
  EXPECT_EQ(a.resize, b.resize);
  EXPECT_EQ(a.patches.size, b.patches.size);
  EXPECT_EQ(a.patches.stride, b.patches.stride);
  EXPECT_EQ(a.coding.coder, b.coding.coder);
  EXPECT_EQ(a.coding.alpha, b.coding.alpha);
  EXPECT_EQ(a.coding.nonzeros, b.coding.nonzeros);
  EXPECT_EQ(a.learning.atoms, b.learning.atoms);
  EXPECT_EQ(a.learning.epochs, b.learning.epochs);
  EXPECT_EQ(a.learning.batch_pictures, b.learning.batch_pictures);
  EXPECT_EQ(a.learning.seed, b.learning.seed);
  EXPECT_EQ(a.scoring.method, b.scoring.method);
  EXPECT_EQ(a.scoring.top_residuals, b.scoring.top_residuals);
  EXPECT_EQ(a.scoring.top_patches, b.scoring.top_patches);
  EXPECT_EQ(a.scoring.false_alarm_rate, b.scoring.false_alarm_rate);
}

void ExpectSame(const Bundle& a, const Bundle& b) {
  ExpectSame(a.manifest.options, b.manifest.options);
  ExpectSame(a.manifest.calibration, b.manifest.calibration);
  ExpectSame(a.manifest.map_calibration, b.manifest.map_calibration);
  EXPECT_EQ(a.manifest.provenance.pictures, b.manifest.provenance.pictures);
  EXPECT_EQ(a.manifest.provenance.outliers, b.manifest.provenance.outliers);
  EXPECT_EQ(a.manifest.provenance.outliers_dropped, b.manifest.provenance.outliers_dropped);
  EXPECT_EQ(a.manifest.provenance.create_time, b.manifest.provenance.create_time);
  EXPECT_EQ(a.manifest.provenance.backbone_sha256, b.manifest.provenance.backbone_sha256);
  EXPECT_EQ(a.manifest.provenance.program_version, b.manifest.provenance.program_version);
  EXPECT_EQ(a.manifest.provenance.precision, b.manifest.provenance.precision);
  EXPECT_EQ(a.manifest.provenance.convolution, b.manifest.provenance.convolution);
  EXPECT_EQ(a.manifest.provenance.instruction_set, b.manifest.provenance.instruction_set);
  ASSERT_EQ(a.dictionaries.size(), b.dictionaries.size());
  for (size_t i = 0; i < a.dictionaries.size(); ++i) {
    EXPECT_EQ(a.dictionaries[i].layer, b.dictionaries[i].layer);
    EXPECT_EQ(a.dictionaries[i].channels, b.dictionaries[i].channels);
    EXPECT_EQ(a.dictionaries[i].atoms, b.dictionaries[i].atoms);
    EXPECT_EQ(a.dictionaries[i].patch_cells, b.dictionaries[i].patch_cells);
    EXPECT_EQ(a.dictionaries[i].values, b.dictionaries[i].values);
  }
  ASSERT_EQ(a.whitening.has_value(), b.whitening.has_value());
  if (a.whitening.has_value()) ExpectSame(*a.whitening, *b.whitening);
  ASSERT_EQ(a.appearance.has_value(), b.appearance.has_value());
  if (!a.appearance.has_value()) return;
  ExpectSame(a.appearance->detail, b.appearance->detail);
  EXPECT_EQ(a.appearance->memory.channels, b.appearance->memory.channels);
  EXPECT_EQ(a.appearance->memory.dimensions, b.appearance->memory.dimensions);
  EXPECT_EQ(a.appearance->memory.vectors, b.appearance->memory.vectors);
  EXPECT_EQ(a.appearance->memory.projection, b.appearance->memory.projection);
  EXPECT_EQ(a.appearance->memory.values, b.appearance->memory.values);
  ExpectSame(a.appearance->scales.residual, b.appearance->scales.residual);
  ExpectSame(a.appearance->scales.detail, b.appearance->scales.detail);
  ExpectSame(a.appearance->scales.memory, b.appearance->scales.memory);
}

class BundleRoundTripTest : public ::testing::TestWithParam<std::pair<FeatureSource, ScoreMethod>> {};

TEST_P(BundleRoundTripTest, WhatIsWrittenIsReadAgainToTheBit) {
  CategoryOptions options = DefaultOptions(GetParam().first);
  options.scoring.method = GetParam().second;
  options.coding.coder = Coder::kOmp;
  options.coding.alpha = 0.1 + 0.2;
  options.resize = GetParam().second == ScoreMethod::kSum ? ResizeMethod::kBilinear : ResizeMethod::kArea;
  options.learning.seed = std::numeric_limits<uint64_t>::max();
  Bundle bundle = RandomBundle(options, 7);
  bundle.manifest.provenance.outliers = OutlierAction::kDrop;
  bundle.manifest.provenance.outliers_dropped = 3;
  const absl::StatusOr<Bundle> read = ParseBundle(SerialiseBundle(bundle));
  ASSERT_THAT(read, IsOk());
  ExpectSame(*read, bundle);
}

INSTANTIATE_TEST_SUITE_P(Options, BundleRoundTripTest,
                         ::testing::Values(std::make_pair(FeatureSource::kPyramid, ScoreMethod::kFused),
                                           std::make_pair(FeatureSource::kPyramid, ScoreMethod::kWhitened),
                                           std::make_pair(FeatureSource::kSinglePass, ScoreMethod::kSum),
                                           std::make_pair(FeatureSource::kPixels, ScoreMethod::kWhitened)));

TEST(BundleTest, EqualBundlesGiveEqualBytes) {
  const BundleFiles first = SerialiseBundle(SmallBundle());
  const BundleFiles second = SerialiseBundle(SmallBundle());
  EXPECT_EQ(first.arrays, second.arrays);
  EXPECT_EQ(first.manifest, second.manifest);
}

TEST(BundleTest, AnyDoubleSurvivesTheManifest) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 1000; ++i) {
    Bundle bundle = SmallBundle();
    // Any positive finite double.
    const uint64_t bits = random() % 0x7ff0'0000'0000'0000u;
    std::memcpy(&bundle.manifest.calibration.log_deviation, &bits, sizeof(bits));
    if (bits == 0) continue;
    const absl::StatusOr<Manifest> read = ParseManifest(SerialiseBundle(bundle).manifest);
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(read->calibration.log_deviation, bundle.manifest.calibration.log_deviation);
  }
}

TEST(BundleTest, AManifestIsReadableByPeople) {
  const std::string manifest = SerialiseBundle(SmallBundle()).manifest;
  EXPECT_THAT(manifest, HasSubstr("\n  \"format_version\": 2,\n"));
  EXPECT_THAT(manifest, HasSubstr("\n  \"create_time\": \"2023-11-14T22:13:20.123456789+00:00\",\n"));
  EXPECT_THAT(manifest, HasSubstr("\n    \"feature_source\": \"pixels\",\n"));
  EXPECT_THAT(manifest, HasSubstr("\n    \"resize\": \"area\",\n"));
  EXPECT_THAT(manifest, HasSubstr("\n    \"alpha\": 1.0,\n"));
}

TEST(BundleTest, OfTheFirstFormatPicturesAreResizedByBilinearSamplingAsTheyWere) {
  Bundle bundle = SmallBundle();
  ASSERT_EQ(bundle.manifest.options.resize, ResizeMethod::kArea);
  BundleFiles files = SerialiseBundle(bundle);
  files.manifest = Sealed(Replaced(Replaced(files.manifest, "\"format_version\": 2", "\"format_version\": 1"),
                                   "    \"resize\": \"area\",\n", ""));
  const absl::StatusOr<Bundle> read = ParseBundle(files);
  ASSERT_THAT(read, IsOk());
  bundle.manifest.options.resize = ResizeMethod::kBilinear;
  ExpectSame(*read, bundle);
}

TEST(BundleTest, FieldsAndArraysOfALaterProgramAreIgnored) {
  const Bundle bundle = SmallBundle();
  BundleFiles files =
      WithArrays(bundle, [](SafetensorsFile* file) { file->tensors["later"] = MakeFloat32Tensor({1}, {1}); });
  files.manifest = Sealed(Replaced(files.manifest, "\"pictures\": 12,", "\"pictures\": 12, \"later\": [1],"));
  const absl::StatusOr<Bundle> read = ParseBundle(files);
  ASSERT_THAT(read, IsOk());
  ExpectSame(*read, bundle);
}

TEST(BundleTest, ANewerFormatIsRefusedByItsNumberWhateverElseItChanged) {
  const std::string manifest = R"({"format":"mlfsc-bundle","format_version":3,"new":true})";
  EXPECT_THAT(ParseManifest(manifest),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("format version 3; this program reads up to version 2")));
}

struct Damaged {
  const char* name;
  std::function<BundleFiles()> files;
  const char* message;
};
std::string NameOf(const ::testing::TestParamInfo<Damaged>& damaged) { return damaged.param.name; }

class DamagedBundleTest : public ::testing::TestWithParam<Damaged> {};

TEST_P(DamagedBundleTest, SaysWhatIsWrong) {
  EXPECT_THAT(ParseBundle(GetParam().files()),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr(GetParam().message)));
}

BundleFiles Truncated() {
  BundleFiles files = SerialiseBundle(SmallBundle());
  files.arrays.resize(files.arrays.size() / 2);
  return files;
}

BundleFiles Lengthened() {
  BundleFiles files = SerialiseBundle(SmallBundle());
  files.arrays += "x";
  return files;
}

BundleFiles Flipped() {
  BundleFiles files = SerialiseBundle(SmallBundle());
  files.arrays.back() ^= 1;
  return files;
}

BundleFiles NotSafetensors() {
  BundleFiles files;
  files.arrays = "text";
  files.manifest = SerialiseManifest({SmallBundle().manifest, {4, Sha256("text")}});
  return files;
}

std::function<BundleFiles()> Arrays(const std::function<void(SafetensorsFile*)>& change) {
  return [change] { return WithArrays(SmallBundle(), change); };
}

void SetFloat(Tensor* tensor, size_t index, float value) {
  std::memcpy(tensor->bytes.data() + index * sizeof(float), &value, sizeof(value));
}

Bundle FusedBundle() { return RandomBundle(DefaultOptions(FeatureSource::kPyramid, 96), 5); }

std::function<BundleFiles()> FusedArrays(const std::function<void(SafetensorsFile*)>& change) {
  return [change] { return WithArrays(FusedBundle(), change); };
}

INSTANTIATE_TEST_SUITE_P(
    FusedArrays, DamagedBundleTest,
    ::testing::Values(
        Damaged{"MissingDetail", FusedArrays([](SafetensorsFile* file) {
                  file->tensors.erase("appearance.detail.correlation");
                }),
                "appearance.detail.correlation is missing"},
        Damaged{"MissingMemory", FusedArrays([](SafetensorsFile* file) {
                  file->tensors.erase("appearance.memory.vectors");
                }),
                "appearance.memory.vectors has 0 vectors of 3 dimensions; the limits are 20000 and 1024"},
        Damaged{"MemoryOfOtherDimensions", FusedArrays([](SafetensorsFile* file) {
                  file->tensors["appearance.memory.vectors"].shape = {3, 5};
                }),
                "appearance.memory.vectors is F32 [3, 5]; the manifest's options want F32 [3, 3]"},
        Damaged{"MemoryNotFinite", FusedArrays([](SafetensorsFile* file) {
                  SetFloat(&file->tensors["appearance.memory.projection"], 4, std::nanf(""));
                }),
                "appearance.memory.projection has the value nan at index 4"},
        Damaged{"SpreadOfZero", FusedArrays([](SafetensorsFile* file) {
                  SetFloat(&file->tensors["appearance.scales"], 3, 0);
                }),
                "appearance.scales has the spread 0; it must be above 0"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Arrays, DamagedBundleTest,
    ::testing::Values(
        Damaged{"Truncated", Truncated, ": truncated"},
        Damaged{"Lengthened", Lengthened, "; the manifest says"},
        Damaged{"Flipped", Flipped, "has the checksum"},
        Damaged{"NotSafetensors", NotSafetensors, "bundle.safetensors: file has 4 bytes"},
        Damaged{"MissingArray", Arrays([](SafetensorsFile* file) { file->tensors.erase("whitening.mean"); }),
                "whitening.mean is missing"},
        Damaged{"WrongShape", Arrays([](SafetensorsFile* file) {
                  file->tensors["dictionaries.pixels"].shape = {3, 1, 64};
                }),
                "dictionaries.pixels is F32 [3, 1, 64]; the manifest's options want F32 [1, 3, 64]"},
        Damaged{"WrongType",
                Arrays([](SafetensorsFile* file) { file->tensors["whitening.mean"].dtype = "I32"; }),
                "whitening.mean is I32 [1]"},
        Damaged{"NotANumber", Arrays([](SafetensorsFile* file) {
                  SetFloat(&file->tensors["dictionaries.pixels"], 70, std::nanf(""));
                }),
                "dictionaries.pixels has the value nan at index 70"},
        Damaged{"Infinite", Arrays([](SafetensorsFile* file) {
                  SetFloat(&file->tensors["whitening.correlation"], 0,
                           std::numeric_limits<float>::infinity());
                }),
                "whitening.correlation has the value inf at index 0"},
        Damaged{"AtomOfAnotherNorm", Arrays([](SafetensorsFile* file) {
                  SetFloat(&file->tensors["dictionaries.pixels"], 0, 100);
                }),
                "has an atom of squared norm"},
        Damaged{"NegativeDeviation",
                Arrays([](SafetensorsFile* file) { SetFloat(&file->tensors["whitening.deviation"], 0, -1); }),
                "whitening.deviation has the negative value -1"}),
    NameOf);

BundleFiles WithManifest(const std::string& manifest) {
  BundleFiles files = SerialiseBundle(SmallBundle());
  files.manifest = manifest;
  return files;
}

// An honest writer's manifest that says `to` where SmallBundle's says `from`.
std::function<BundleFiles()> Manifests(const std::string& from, const std::string& to) {
  return [from, to] {
    return WithManifest(Sealed(Replaced(SerialiseBundle(SmallBundle()).manifest, from, to)));
  };
}

INSTANTIATE_TEST_SUITE_P(
    Manifest, DamagedBundleTest,
    ::testing::Values(
        Damaged{"Empty", [] { return WithManifest(""); }, "manifest.json is no valid JSON"},
        Damaged{"Array", [] { return WithManifest("[]"); }, "is no JSON object"},
        Damaged{"Huge", [] { return WithManifest(std::string(70'000, ' ')); },
                "70000 bytes; the limit is 65536"},
        Damaged{"Deep", [] { return WithManifest(std::string(60'000, '[')); }, "nested more than 8 deep"},
        Damaged{"AnotherProgram", [] { return WithManifest(R"({"format":"x","format_version":1})"); },
                "format is not mlfsc-bundle"},
        Damaged{"Unsealed",
                [] {
                  return WithManifest(Replaced(SerialiseBundle(SmallBundle()).manifest, "\"pictures\": 12",
                                               "\"pictures\": 13"));
                },
                "manifest_sha256 is not the checksum"},
        Damaged{"VersionZero", Manifests("\"format_version\": 2", "\"format_version\": 0"), "is below 1"},
        Damaged{"RepeatedName", Manifests("\"atoms\"", "\"epochs\""), "has 'epochs' twice"},
        Damaged{"MissingField", Manifests("\"atoms\"", "\"atomz\""), "options.atoms is missing"},
        Damaged{"Text", Manifests("\"atoms\": 3", "\"atoms\": \"3\""), "options.atoms is no whole number"},
        Damaged{"Fraction", Manifests("\"atoms\": 3", "\"atoms\": 3.5"), "options.atoms is no whole number"},
        Damaged{"Huge32", Manifests("\"atoms\": 3", "\"atoms\": 4294967299"), "is no whole number"},
        Damaged{"Negative", Manifests("\"seed\": 0", "\"seed\": -1"), "options.seed is no whole number"},
        Damaged{"Null", Manifests("\"alpha\": 1.0", "\"alpha\": null"), "options.alpha is no finite number"},
        Damaged{"BeyondDouble", Manifests("\"alpha\": 1.0", "\"alpha\": 1e999"), "is no valid JSON"},
        Damaged{"Limit", Manifests("\"alpha\": 1.0", "\"alpha\": 1001"),
                "alpha is 1001; the limit is 0 to 1000"},
        Damaged{"MissingResize", Manifests("\"resize\"", "\"resized\""), "options.resize is missing"},
        Damaged{"UnknownResize", Manifests("\"area\"", "\"cubic\""), "options.resize is unknown: 'cubic'"},
        Damaged{"UnknownCoder", Manifests("\"lasso\"", "\"ridge\""), "options.coder is unknown: 'ridge'"},
        Damaged{"NoTime", Manifests("2023-11-14T", "2023-31-14T"), "create_time is no RFC 3339 time"},
        Damaged{"InfiniteTime", Manifests("2023-11-14T22:13:20.123456789+00:00", "infinite-future"),
                "create_time is no RFC 3339 time"},
        Damaged{"NotPrintable", Manifests("\"0.1.0\"", "\"\\u001b[0m\""), "program_version is not at most"},
        Damaged{"ArithmeticTooLong",
                Manifests("\"precision\": \"", "\"precision\": \"thirty-three characters of nothing"),
                "precision is not at most"},
        Damaged{"ArithmeticNoText", Manifests("\"convolution\": \"\"", "\"convolution\": 4"),
                "convolution is no text"},
        Damaged{"BackboneOfPixels", Manifests("\"backbone_sha256\": \"", "\"backbone_sha256\": \"a"),
                "backbone_sha256 is not empty"},
        Damaged{"BackboneMissing", Manifests("\"pixels\"", "\"pyramid\""), "backbone_sha256 is no SHA-256"},
        Damaged{"NoSpread", Manifests("\"log_deviation\": 0.2", "\"log_deviation\": 0.0"),
                "calibration.log_deviation is not above 0"},
        Damaged{"UnknownOutlierAction", Manifests("\"outliers\": \"warn\"", "\"outliers\": \"ask\""),
                "outliers is unknown: 'ask'"},
        Damaged{"OutliersNoNumber", Manifests("\"outliers_dropped\": 0", "\"outliers_dropped\": -1"),
                "outliers_dropped is no whole number"},
        Damaged{"NoFreedom", Manifests("\"degrees_of_freedom\": 9.027", "\"degrees_of_freedom\": 0.5"),
                "calibration.degrees_of_freedom is below 1"},
        Damaged{"FreedomNoNumber", Manifests("\"degrees_of_freedom\": 9.027", "\"degrees_of_freedom\": {}"),
                "calibration.degrees_of_freedom is no finite number"},
        Damaged{"ReviewBandAboveTheThreshold",
                [] {
                  Bundle bundle = SmallBundle();
                  bundle.manifest.calibration.review_low = 2 * bundle.manifest.calibration.threshold;
                  return SerialiseBundle(bundle);
                },
                "calibration.threshold is not between review_low and review_high"},
        Damaged{"CalibrationNoObject", Manifests("\"calibration\": {", "\"calibration\": 1, \"x\": {"),
                "calibration is no object"},
        Damaged{"AnotherArraysFile", Manifests("bundle.safetensors", "../secrets"),
                "arrays.file is not bundle.safetensors"}),
    NameOf);

TEST(BundleTest, VersionsFromBeforeArithmeticWasRecordedAreRead) {
  // As any name that is not known, another one is ignored.
  for (const char* field : {"precision", "convolution", "instruction_set"}) {
    const std::string name = absl::StrCat("\"", field, "\"");
    EXPECT_THAT(ParseBundle(Manifests(name, "\"another\"")()), IsOk()) << field;
  }
}

TEST(BundleTest, VersionsFromBeforeTheRobustSpreadHaveOneDegreeOfFreedomLessThanPictures) {
  const absl::StatusOr<Bundle> read = ParseBundle(Manifests("\"degrees_of_freedom\"", "\"another\"")());
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->manifest.calibration.pictures, 12);
  EXPECT_EQ(read->manifest.calibration.degrees_of_freedom, 11);
}

TEST(BundleTest, VersionsFromBeforeOutliersWereNamedKeptThemAll) {
  const absl::StatusOr<Bundle> read = ParseBundle(Manifests("\"outliers", "\"another_")());
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->manifest.provenance.outliers, OutlierAction::kWarn);
  EXPECT_EQ(read->manifest.provenance.outliers_dropped, 0);
}

TEST(BundleTest, ValuesThatCannotBeKeptAreNotReadBack) {
  Bundle bundle = SmallBundle();
  bundle.manifest.map_calibration.threshold = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(ParseBundle(SerialiseBundle(bundle)),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("map_calibration.threshold")));
}

std::string Mutated(std::string bytes, std::mt19937& random) {
  const auto below = [&](size_t limit) { return static_cast<size_t>(random() % limit); };
  switch (below(4)) {
    case 0:
      bytes[below(bytes.size())] ^= static_cast<char>(1 << below(8));
      return bytes;
    case 1:
      bytes[below(bytes.size())] = "0123456789[]{}\",:-.e"[below(20)];
      return bytes;
    case 2:
      return bytes.substr(0, below(bytes.size()));
    default: {
      const size_t from = below(bytes.size());
      const std::string stretch = bytes.substr(from, 1 + below(40));
      return bytes.insert(below(bytes.size()), stretch);
    }
  }
}

// What a document object model takes for each byte of a manifest of at most 64 KiB, at worst "[[[[": some 100
// bytes; the arrays' file is held about twice.
int64_t AllowedBytes(const BundleFiles& files) {
  return 4 * static_cast<int64_t>(files.arrays.size()) + 100 * static_cast<int64_t>(files.manifest.size());
}

TEST(BundleTest, NoMutatedFileIsTakenForTheBundle) {
  const BundleFiles files = SerialiseBundle(SmallBundle());
  std::mt19937 random(5);
  for (int i = 0; i < 5000; ++i) {
    BundleFiles mutated = files;
    std::string& file = i % 2 == 0 ? mutated.arrays : mutated.manifest;
    file = Mutated(file, random);
    if (mutated.arrays == files.arrays && mutated.manifest == files.manifest) continue;
    const testing::AllocationMeter meter;
    EXPECT_FALSE(ParseBundle(mutated).ok());
    EXPECT_LT(meter.peak_bytes(), AllowedBytes(mutated));
  }
}

TEST(BundleTest, MutatedFilesWithRightChecksumsAreRefusedOrValid) {
  const BundleFiles files = SerialiseBundle(SmallBundle());
  std::mt19937 random(6);
  int refused = 0;
  for (int i = 0; i < 5000; ++i) {
    BundleFiles mutated = files;
    if (i % 2 == 0) {
      mutated.arrays = Mutated(mutated.arrays, random);
      mutated.manifest = SerialiseManifest(
          {SmallBundle().manifest, {static_cast<int64_t>(mutated.arrays.size()), Sha256(mutated.arrays)}});
    } else {
      mutated.manifest = Sealed(Mutated(mutated.manifest, random));
    }
    const testing::AllocationMeter meter;
    const absl::StatusOr<Bundle> read = ParseBundle(mutated);
    EXPECT_LT(meter.peak_bytes(), AllowedBytes(mutated));
    if (!read.ok()) {
      ++refused;
      continue;
    }
    // Valid means: it can be written and read again.
    EXPECT_THAT(ParseBundle(SerialiseBundle(*read)), IsOk());
  }
  EXPECT_GT(refused, 2000);
  EXPECT_LT(refused, 5000);
}

}  // namespace
}  // namespace mlfsc
