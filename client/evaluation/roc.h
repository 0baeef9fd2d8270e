// How well scores tell good pictures from bad ones.
#ifndef MLFSC_CLIENT_EVALUATION_ROC_H_
#define MLFSC_CLIENT_EVALUATION_ROC_H_

#include <optional>
#include <vector>

namespace mlfsc::client {

// Scores are finite in all of this.

// Area under the ROC curve: the share of pairs of one good and one bad score in which the bad one is larger,
// ties counted half (Mann and Whitney). Nothing when either side is empty.
std::optional<double> Auroc(std::vector<double> good, const std::vector<double>& bad);

// Sum over thresholds, from the largest score down, of (recall gained) times (precision there), without
// interpolation: scikit-learn's average_precision_score with the bad ones as positives. Nothing when there
// are no bad scores.
std::optional<double> AveragePrecision(std::vector<double> good, std::vector<double> bad);

// The smallest share of good scores at or above a limit which at least `recall` [(0, 1]] of the bad scores
// are at or above. Nothing when either side is empty.
std::optional<double> FalseAlarmsAtRecall(double recall, std::vector<double> good, std::vector<double> bad);

// What a threshold does; a score above it is flagged.
struct OperatingPoint {
  double threshold = 0;
  // Share of good scores that are not flagged: the paper's r1. 1 when there are none.
  double r1 = 1;
  // Share of bad scores that are flagged: the paper's r2. 1 when there are none.
  double r2 = 1;
  // Share of flagged scores that are bad. Nothing when nothing is flagged.
  std::optional<double> precision;
  // 2 TP / (2 TP + FP + FN). Nothing when there are no bad scores and none is flagged.
  std::optional<double> f1;

  double mean() const { return (r1 + r2) / 2; }
};

OperatingPoint OperatingPointAt(double threshold, const std::vector<double>& good,
                                const std::vector<double>& bad);

// The threshold with the largest (r1 + r2) / 2, which is how the paper chooses it: it looks at the answers,
// so it flatters. One of the scores; of equal ones the lowest. 0 when there are no scores.
OperatingPoint BestOperatingPoint(const std::vector<double>& good, const std::vector<double>& bad);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_EVALUATION_ROC_H_
