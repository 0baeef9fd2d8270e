// AUROC over all pixels of many maps.
#ifndef MLFSC_CLIENT_EVALUATION_PIXEL_AUROC_H_
#define MLFSC_CLIENT_EVALUATION_PIXEL_AUROC_H_

#include <memory>
#include <optional>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/evaluation/sorted_runs.h"

namespace mlfsc::client {

// Gathers maps and masks picture by picture, then ranks all their pixels exactly, ties included: no
// histogram, no sampling. Memory does not grow with the number of pictures (SortedRuns). Add is thread-safe;
// Compute comes last.
class PixelAuroc {
 public:
  // Kinds are 0 (good pictures) to kinds - 1.
  static absl::StatusOr<std::unique_ptr<PixelAuroc>> Create(int kinds);

  // `map`: [height, width] CV_32FC1, finite. `mask`: [height, width] CV_8UC1, not 0 where defective; empty
  // for a picture that is good all over. InvalidArgument when the sizes differ.
  absl::Status Add(int kind, const cv::Mat& map, const cv::Mat& mask);

  struct Areas {
    // Of all pixels. Nothing when all are good, or all bad.
    std::optional<double> all;
    // By kind: of the pixels of its pictures and of the good pictures.
    std::vector<std::optional<double>> by_kind;
  };
  absl::StatusOr<Areas> Compute();

 private:
  PixelAuroc(int kinds, std::unique_ptr<SortedRuns> values) : kinds_(kinds), values_(std::move(values)) {}

  const int kinds_;
  // Tagged 2 * kind, + 1 for defective pixels.
  std::unique_ptr<SortedRuns> values_;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_EVALUATION_PIXEL_AUROC_H_
