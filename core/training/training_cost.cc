#include "core/training/training_cost.h"

#include "absl/strings/str_format.h"
#include "core/coding/patch_grid.h"
#include "core/features/feature_options.h"
#include "core/training/spool_size.h"

namespace mlfsc {
namespace {

int64_t PatchesOf(const CategoryOptions& options) {
  int64_t patches = 0;
  for (const LayerShape& layer : StandardisedShapes(options.features)) {
    patches += int64_t{layer.channels} * MakePatchGrid(options.patches, layer.height, layer.width).count();
  }
  return patches;
}

int64_t CellsOf(const CategoryOptions& options) {
  return int64_t{options.patches.size} * options.patches.size;
}

}  // namespace

int64_t CodingWork(const CategoryOptions& options) {
  const int64_t atoms = options.learning.atoms;
  return atoms * PatchesOf(options) * (CellsOf(options) + atoms);
}

absl::Status CheckTrainingCost(const CategoryOptions& options) {
  if (const int64_t work = CodingWork(options); work > kMaxCodingWork) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "%d atoms for the %d patches of %d cells of a picture at input_size %d take %.3g multiplications a "
        "picture; the "
        "limit is %.3g: take fewer atoms, a larger stride or a smaller input_size",
        options.learning.atoms, PatchesOf(options), CellsOf(options), options.features.input_size,
        static_cast<double>(work), static_cast<double>(kMaxCodingWork)));
  }
  const int64_t bytes = SpoolSizeOf(options).features;
  if (options.learning.batch_pictures * bytes > kMaxBatchBytes) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "batch_pictures is %d; the limit at input_size %d is %d, with %.1f MB of features a picture",
        options.learning.batch_pictures, options.features.input_size, kMaxBatchBytes / bytes,
        static_cast<double>(bytes) / 1e6));
  }
  return absl::OkStatus();
}

}  // namespace mlfsc
