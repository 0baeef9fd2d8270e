#include "core/scoring/fusion.h"

#include <algorithm>
#include <cmath>

namespace mlfsc {
namespace {

constexpr double kLowestMeasure = 1e-6;
// Logarithms of scores stay in the range of calibrations, e^690 at most.
constexpr double kLargestLog = 690;

double Deviations(double measure, const MeasureScale& scale) {
  return (MeasureLog(measure) - double{scale.middle}) / double{scale.spread};
}

}  // namespace

double MeasureLog(double measure) { return std::log(std::max(measure, kLowestMeasure)); }

FusedScore Fuse(const Measures& measures, const FusionScales& scales) {
  const double residual = Deviations(measures.residual, scales.residual);
  const double appearance =
      (Deviations(measures.detail, scales.detail) + Deviations(measures.memory, scales.memory)) / 2;
  const double log = kLogUnit * (appearance + kResidualWeight * std::max(0.0, residual));
  return {std::exp(std::clamp(log, -kLargestLog, kLargestLog)),
          {{"appearance", appearance}, {"residual", residual}}};
}

}  // namespace mlfsc
