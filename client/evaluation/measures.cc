#include "client/evaluation/measures.h"

namespace mlfsc::client {

Measures MeasureScores(const std::vector<double>& good, const std::vector<double>& bad, double threshold) {
  const OperatingPoint calibrated = OperatingPointAt(threshold, good, bad);
  Measures measures;
  measures.image_auroc = Auroc(good, bad);
  // Without pictures of the other side these would say how many there are of this one.
  if (!good.empty() && !bad.empty()) {
    measures.average_precision = AveragePrecision(good, bad);
    measures.f1 = calibrated.f1;
  }
  measures.false_alarms_at_recall95 = FalseAlarmsAtRecall(0.95, good, bad);
  if (!good.empty()) measures.r1 = calibrated.r1;
  if (!bad.empty()) measures.r2 = calibrated.r2;
  return measures;
}

Measures MeanOf(const std::vector<Measures>& sets) {
  Measures mean;
  ForEachMeasure([&](const char*, const char*, auto member, auto) {
    double sum = 0;
    int count = 0;
    for (const Measures& set : sets) {
      if (!(set.*member).has_value()) continue;
      sum += *(set.*member);
      ++count;
    }
    if (count > 0) mean.*member = sum / count;
  });
  return mean;
}

}  // namespace mlfsc::client
