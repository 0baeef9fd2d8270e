// Middle and spread of a sample that a few wrong values do not move.
#ifndef MLFSC_CORE_SCORING_SPREAD_H_
#define MLFSC_CORE_SCORING_SPREAD_H_

#include <vector>

namespace mlfsc {

// Mean of the two middle values when their number is even. `values`: at least 1, finite; in any order.
double Median(std::vector<double> values);

// Median of the distances |x_i - x_j|, i < j, over sqrt(2) z(0.75): the standard deviation of a normal
// population, when values are many (Shamos 1976; Bickel and Lehmann 1979, "Descriptive statistics for
// nonparametric models IV: Spread"). Its efficiency is 0.864 of the standard deviation's, and up to 29 % of
// the values may be anything (Rousseeuw and Croux 1993, "Alternatives to the median absolute deviation",
// section 1). Their own Q_n bears 50 %, but its efficiency at 0.823 holds for many values only: of 5 good
// pictures it would put the 1 % limit 7.2 deviations above the middle, where this puts it 4.6 and the
// standard deviation 3.9; and being a quartile it falls to 0 when a quarter of the pairs are alike.
//
// `values`: at least 2, finite; in any order. Exact, in O(n log n) time and O(n) memory.
double PairwiseSpread(std::vector<double> values);

// Student's prediction limit m + t s sqrt(1 + 1/n), with the median for m and `scale` times PairwiseSpread
// for s, t being the quantile with `freedom` degrees of freedom: that its rate is the one asked for when
// values are normal. Both numbers are found by simulation (tests/testdata/make_spread_factors.py): of samples
// of n normal values, the limits that 5, 1 and 0.1 % of new values pass. Rates from 20 % to 0.01 % are then
// met to a tenth of their value. `scale` holds the finite-sample correction of s and that the median varies
// more than the mean.
struct PredictionFactors {
  double scale = 1;
  double freedom = 1;
};

// `count`: n, at least 2. With 2 values these are the mean's and the standard deviation's own.
PredictionFactors PredictionFactorsOf(int count);

}  // namespace mlfsc

#endif  // MLFSC_CORE_SCORING_SPREAD_H_
