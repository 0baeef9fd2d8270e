// How well scores tell good pictures from bad ones.
#ifndef MLFSC_CLIENT_EVALUATION_ROC_H_
#define MLFSC_CLIENT_EVALUATION_ROC_H_

#include <optional>
#include <vector>

namespace mlfsc::client {

// Area under the ROC curve: the share of pairs of one good and one bad score in which the bad one is larger,
// ties counted half (Mann and Whitney). Nothing when either side is empty. Scores are finite.
std::optional<double> Auroc(std::vector<double> good, std::vector<double> bad);

// What a threshold does; a score above it is flagged.
struct OperatingPoint {
  double threshold = 0;
  // Share of good scores that are not flagged: the paper's r1. 1 when there are none.
  double r1 = 1;
  // Share of bad scores that are flagged: the paper's r2. 1 when there are none.
  double r2 = 1;

  double mean() const { return (r1 + r2) / 2; }
};

OperatingPoint OperatingPointAt(double threshold, const std::vector<double>& good,
                                const std::vector<double>& bad);

// The threshold with the largest (r1 + r2) / 2, which is how the paper chooses it: it looks at the answers,
// so it flatters. One of the scores; of equal ones the lowest. 0 when there are no scores.
OperatingPoint BestOperatingPoint(const std::vector<double>& good, const std::vector<double>& bad);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_EVALUATION_ROC_H_
