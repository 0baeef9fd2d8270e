// How far a measure would move with other pictures of the same kind.
#ifndef MLFSC_CLIENT_EVALUATION_BOOTSTRAP_H_
#define MLFSC_CLIENT_EVALUATION_BOOTSTRAP_H_

#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "client/evaluation/measures.h"
#include "client/evaluation/pixel_histograms.h"

namespace mlfsc::client {

struct BootstrapOptions {
  // Samples drawn; 0 = no intervals.
  int samples = 1000;
  // Share of the samples inside an interval.
  double confidence = 0.95;
  uint64_t seed = 0;
};

// Draws with replacement, the same everywhere for the same seed. Not thread-safe.
class Resampler {
 public:
  explicit Resampler(uint64_t seed) : engine_(seed) {}

  // How often each of `count` things is drawn in `count` draws.
  std::vector<int> Draw(int count);

 private:
  std::mt19937_64 engine_;
};

// The middle `confidence` of `values`, linear between neighbours (numpy.quantile). Nothing when empty.
std::optional<Interval> MiddleOf(std::vector<double> values, double confidence);

// Percentile intervals of the measures (Efron). Good and bad scores are drawn anew separately, each as many
// as there are, and so are the good pictures and the pictures with a mask behind `pixels`. Nothing for a
// measure that any sample lacks.
Intervals Bootstrap(const std::vector<double>& good, const std::vector<double>& bad, double threshold,
                    const PixelHistograms& pixels, const BootstrapOptions& options);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_EVALUATION_BOOTSTRAP_H_
