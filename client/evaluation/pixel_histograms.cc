#include "client/evaluation/pixel_histograms.h"

#include <cstddef>
#include <numeric>

namespace mlfsc::client {
namespace {

void AddTimes(int times, const std::vector<float>& counts, std::vector<double>* sums) {
  for (size_t i = 0; i < counts.size(); ++i) (*sums)[i] += static_cast<double>(times) * counts[i];
}

double Sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

}  // namespace

PixelMeasures MeasureHistograms(const PixelHistograms& histograms, const std::vector<int>& times) {
  std::vector<double> good(histograms.bins, 0);
  std::vector<double> bad(histograms.bins, 0);
  std::vector<double> overlap(histograms.bins, 0);
  double regions = 0;
  for (size_t i = 0; i < histograms.pictures.size(); ++i) {
    if (times[i] == 0) continue;
    const PixelHistograms::Picture& picture = histograms.pictures[i];
    AddTimes(times[i], picture.good, &good);
    AddTimes(times[i], picture.bad, &bad);
    AddTimes(times[i], picture.overlap, &overlap);
    regions += static_cast<double>(times[i]) * picture.regions;
  }
  PixelCurves curves(Sum(good), Sum(bad), regions);
  for (int bin = 0; bin < histograms.bins; ++bin) curves.Add(good[bin], bad[bin], overlap[bin]);
  return curves.Measure();
}

}  // namespace mlfsc::client
