// All pixels of many maps, ranked.
#ifndef MLFSC_CLIENT_EVALUATION_PIXEL_RANKING_H_
#define MLFSC_CLIENT_EVALUATION_PIXEL_RANKING_H_

#include <cstdint>
#include <memory>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/evaluation/pixel_histograms.h"
#include "client/evaluation/pixel_measures.h"
#include "client/evaluation/sorted_runs.h"
#include "core/base/mutex.h"

namespace mlfsc::client {

// What the pixels of a test set say. Empty when there are no masks.
struct PixelEvaluation {
  PixelMeasures all;
  // By kind: of the pixels of its pictures and of the good pictures.
  std::vector<PixelMeasures> by_kind;
  // In the order of the pictures that took part.
  PixelHistograms histograms;
};

// Gathers maps and masks picture by picture, then ranks all their pixels exactly, ties included: no
// histogram, no sampling. Memory grows by 12 kB a picture (the histograms for intervals); pixels are kept on
// disk (SortedRuns). Add is thread-safe; Compute comes last.
class PixelRanking {
 public:
  // Kinds are 0 (good pictures) to kinds - 1.
  static absl::StatusOr<std::unique_ptr<PixelRanking>> Create(int kinds);

  // `index`: the picture's place among all; a picture is added once. `map`: [height, width] CV_32FC1, finite.
  // `mask`: [height, width] CV_8UC1, not 0 where defective; empty for a picture that is good all over. A
  // region is what is connected in the mask, by sides or corners. InvalidArgument when the sizes differ.
  absl::Status Add(int64_t index, int kind, const cv::Mat& map, const cv::Mat& mask);

  absl::StatusOr<PixelEvaluation> Compute();

 private:
  struct Picture {
    int64_t index;
    int kind;
    int regions;
    int64_t good = 0;
    int64_t bad = 0;
  };
  // What a run of sorted pixels belongs to.
  struct Tag {
    size_t picture;
    // Pixels of the defective region; 0 for the picture's good pixels.
    int64_t region_area;
  };
  class Pass;

  PixelRanking(int kinds, std::unique_ptr<SortedRuns> values) : kinds_(kinds), values_(std::move(values)) {}

  const int kinds_;
  const std::unique_ptr<SortedRuns> values_;
  Mutex mutex_;
  std::vector<Picture> pictures_ ABSL_GUARDED_BY(mutex_);
  std::vector<Tag> tags_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_EVALUATION_PIXEL_RANKING_H_
