#include "client/evaluation/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace mlfsc::client {
namespace {

std::vector<double> Repeat(const std::vector<double>& scores, const std::vector<int>& times) {
  std::vector<double> repeated;
  repeated.reserve(scores.size());
  for (size_t i = 0; i < scores.size(); ++i) repeated.insert(repeated.end(), times[i], scores[i]);
  return repeated;
}

// The pictures of `histograms`, drawn anew among the good ones and among those with a mask.
std::vector<int> DrawPictures(const PixelHistograms& histograms, Resampler* resampler) {
  std::vector<int> times(histograms.pictures.size(), 0);
  for (const bool masked : {false, true}) {
    std::vector<size_t> stratum;
    for (size_t i = 0; i < times.size(); ++i) {
      if ((histograms.pictures[i].regions > 0) == masked) stratum.push_back(i);
    }
    const std::vector<int> drawn = resampler->Draw(static_cast<int>(stratum.size()));
    for (size_t i = 0; i < stratum.size(); ++i) times[stratum[i]] = drawn[i];
  }
  return times;
}

}  // namespace

std::vector<int> Resampler::Draw(int count) {
  std::vector<int> times(count, 0);
  for (int i = 0; i < count; ++i) {
    // Libraries' own distributions differ; their engines do not.
    const double uniform = static_cast<double>(engine_() >> 11) * 0x1.0p-53;
    ++times[static_cast<size_t>(uniform * count)];
  }
  return times;
}

std::optional<Interval> MiddleOf(std::vector<double> values, double confidence) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const auto quantile = [&values](double share) {
    const double place = share * static_cast<double>(values.size() - 1);
    const auto below = static_cast<size_t>(std::floor(place));
    const size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
  };
  return Interval{quantile((1 - confidence) / 2), quantile((1 + confidence) / 2)};
}

Intervals Bootstrap(const std::vector<double>& good, const std::vector<double>& bad, double threshold,
                    const PixelHistograms& pixels, const BootstrapOptions& options) {
  std::vector<Measures> samples;
  Resampler resampler(options.seed);
  for (int i = 0; i < options.samples; ++i) {
    const std::vector<int> good_times = resampler.Draw(static_cast<int>(good.size()));
    const std::vector<int> bad_times = resampler.Draw(static_cast<int>(bad.size()));
    samples.push_back(MeasureScores(Repeat(good, good_times), Repeat(bad, bad_times), threshold));
    if (pixels.pictures.empty()) continue;
    const PixelMeasures drawn = MeasureHistograms(pixels, DrawPictures(pixels, &resampler));
    samples.back().pixel_auroc = drawn.auroc;
    samples.back().pro30 = drawn.pro30;
  }
  Intervals intervals;
  ForEachMeasure([&](const char*, const char*, auto member, auto interval) {
    std::vector<double> values;
    for (const Measures& sample : samples) {
      if ((sample.*member).has_value()) values.push_back(*(sample.*member));
    }
    if (values.size() == samples.size()) {
      intervals.*interval = MiddleOf(std::move(values), options.confidence);
    }
  });
  return intervals;
}

}  // namespace mlfsc::client
