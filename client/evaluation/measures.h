// The numbers that say what a category is worth, with their names.
#ifndef MLFSC_CLIENT_EVALUATION_MEASURES_H_
#define MLFSC_CLIENT_EVALUATION_MEASURES_H_

#include <optional>
#include <vector>

#include "client/evaluation/roc.h"

namespace mlfsc::client {

// Low and high end of a confidence interval.
struct Interval {
  double low = 0;
  double high = 0;
};

// One value a measure; nothing where it cannot be measured. Defined in docs/evaluation-json.md.
template <typename Value>
struct MeasureSet {
  std::optional<Value> image_auroc;
  std::optional<Value> average_precision;
  // At the calibrated threshold, as r1 and r2.
  std::optional<Value> f1;
  std::optional<Value> false_alarms_at_recall95;
  std::optional<Value> r1;
  std::optional<Value> r2;
  // Where there are masks.
  std::optional<Value> pixel_auroc;
  std::optional<Value> pro30;
};

using Measures = MeasureSet<double>;
using Intervals = MeasureSet<Interval>;

// Calls visit(name in JSON, name for people, member of Measures, member of Intervals) for each measure, in
// this order.
template <typename Visit>
void ForEachMeasure(Visit visit) {
  visit("image_auroc", "image AUROC", &Measures::image_auroc, &Intervals::image_auroc);
  visit("average_precision", "average precision", &Measures::average_precision,
        &Intervals::average_precision);
  visit("f1", "F1 at the threshold", &Measures::f1, &Intervals::f1);
  visit("false_alarms_at_recall95", "false alarms at 95 % recall", &Measures::false_alarms_at_recall95,
        &Intervals::false_alarms_at_recall95);
  visit("r1", "R1, good told rightly", &Measures::r1, &Intervals::r1);
  visit("r2", "R2, defects told rightly", &Measures::r2, &Intervals::r2);
  visit("pixel_auroc", "pixel AUROC", &Measures::pixel_auroc, &Intervals::pixel_auroc);
  visit("pro30", "PRO to 30 %", &Measures::pro30, &Intervals::pro30);
}

// Those of the pictures' scores.
Measures MeasureScores(const std::vector<double>& good, const std::vector<double>& bad, double threshold);

// Each measure's mean over the sets that have it.
Measures MeanOf(const std::vector<Measures>& sets);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_EVALUATION_MEASURES_H_
