#include "core/bundle/category_options.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace mlfsc {
namespace {

// VGG16's coarsest map, conv4_3, is the input at one eighth.
constexpr int kVgg16Reduction = 8;
constexpr int kInputSizeStep = 32;
// The grid that the default counts of top residuals and patches were measured on.
constexpr int kReferencePatches = 121;
constexpr int kReferenceTopResiduals = 5;
constexpr int kReferenceTopPatches = 20;

// Of the residual view.
MapGeometry ResidualGeometry(const CategoryOptions& options) {
  MapGeometry geometry;
  geometry.patches = options.patches;
  if (options.features.source == FeatureSource::kPixels) {
    geometry.map_cells = options.features.input_size;
  } else {
    geometry.map_cells = options.features.input_size / kVgg16Reduction;
    geometry.border = kBorderCells;
  }
  return geometry;
}

PatchGrid CoarsestGrid(const CategoryOptions& options) {
  const MapGeometry geometry = ResidualGeometry(options);
  const int cells = geometry.map_cells - 2 * geometry.border;
  return MakePatchGrid(geometry.patches, cells, cells);
}

template <typename Number>
absl::Status CheckRange(absl::string_view name, Number value, Number low, Number high,
                        absl::string_view reason = "") {
  // Said this way round, not-a-number fails too.
  if (value >= low && value <= high) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(name, " is ", value, "; the limit is ", low, " to ", high, reason));
}

absl::Status FirstError(std::initializer_list<absl::Status> statuses) {
  for (const absl::Status& status : statuses) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CheckRanges(const CategoryOptions& options) {
  return FirstError({
      CheckRange("input_size", options.features.input_size, kInputSizeStep, 2048),
      CheckRange("patch_size", options.patches.size, 2, 32),
      CheckRange("stride", options.patches.stride, 1, options.patches.size, " (patch_size)"),
      CheckRange("atoms", options.learning.atoms, 1, 512),
      CheckRange("alpha", options.coding.alpha, 0.0, 1000.0),
      CheckRange("nonzeros", options.coding.nonzeros, 1, 16),
      CheckRange("false_alarm_rate", options.scoring.false_alarm_rate, 0.0001, 0.2),
      CheckRange("epochs", options.learning.epochs, 1, 100),
      CheckRange("batch_pictures", options.learning.batch_pictures, 1, 64),
  });
}

absl::Status CheckDictionarySize(const CategoryOptions& options) {
  int64_t channels = 0;
  for (const LayerShape& layer : StandardisedShapes(options.features)) channels += layer.channels;
  const int64_t atoms = options.learning.atoms;
  const int64_t cells = static_cast<int64_t>(options.patches.size) * options.patches.size;
  const int64_t values = channels * atoms * std::max(atoms, cells);
  if (values <= kMaxDictionaryValues) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "dictionaries of ", atoms, " atoms for patches of ", cells, " cells in ", channels, " channels take ",
      values, " values; the limit is ", kMaxDictionaryValues, ": take fewer atoms"));
}

}  // namespace

FeatureOptions WantedFeatures(const CategoryOptions& options) {
  FeatureOptions features = options.features;
  features.appearance = options.scoring.method == ScoreMethod::kFused;
  return features;
}

MapGeometry MapGeometryOf(const CategoryOptions& options) {
  MapGeometry geometry = ResidualGeometry(options);
  if (options.scoring.method == ScoreMethod::kFused) geometry.patches = {1, 1};
  return geometry;
}

CategoryOptions DefaultOptions(FeatureSource source, int input_size) {
  CategoryOptions options;
  options.features.source = source;
  options.features.input_size = input_size;
  if (source == FeatureSource::kPixels) {
    options.patches.size = 16;
    options.patches.stride = 4;
    options.learning.atoms = 200;
  } else {
    options.scoring.method = ScoreMethod::kFused;
  }
  DefaultTopCounts(&options);
  return options;
}

void DefaultTopCounts(CategoryOptions* options) {
  const bool has_grid = options->patches.size >= 1 && options->patches.stride >= 1;
  const PatchGrid grid = has_grid ? CoarsestGrid(*options) : PatchGrid();
  // As a double: an input that Validate would refuse may have more patches than an int counts.
  const double patches = double{1} * grid.rows * grid.columns;
  const auto share = [&](int reference) {
    const double count = std::round(patches * reference / kReferencePatches);
    return static_cast<int>(std::clamp(count, 1.0, double{std::numeric_limits<int>::max()}));
  };
  options->scoring.top_residuals = share(kReferenceTopResiduals);
  options->scoring.top_patches = share(kReferenceTopPatches);
}

absl::Status Validate(const CategoryOptions& options) {
  if (absl::Status status = CheckRanges(options); !status.ok()) return status;
  const int input_size = options.features.input_size;
  if (input_size % kInputSizeStep != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("input_size is ", input_size, "; it must be a multiple of ", kInputSizeStep));
  }
  if (options.scoring.method == ScoreMethod::kFused && options.features.source == FeatureSource::kPixels) {
    return absl::InvalidArgumentError(
        "score_method is fused, which needs the backbone's features; pixels are scored by whitened or sum");
  }
  // A lasso bundle may well have fewer atoms than OMP's default of nonzeros.
  if (options.coding.coder == Coder::kOmp && options.coding.nonzeros > options.learning.atoms) {
    return absl::InvalidArgumentError(absl::StrCat(
        "nonzeros is ", options.coding.nonzeros, "; the limit is 1 to ", options.learning.atoms, " (atoms)"));
  }
  const int patches = CoarsestGrid(options).count();
  if (patches == 0) {
    const MapGeometry geometry = MapGeometryOf(options);
    return absl::InvalidArgumentError(absl::StrCat("patch_size is ", options.patches.size,
                                                   "; the limit at input_size ", input_size, " is ",
                                                   geometry.map_cells - 2 * geometry.border, " cells"));
  }
  return FirstError({
      CheckRange("top_residuals", options.scoring.top_residuals, 1, patches, " (patches)"),
      CheckRange("top_patches", options.scoring.top_patches, 1, patches, " (patches)"),
      CheckDictionarySize(options),
  });
}

}  // namespace mlfsc
