// Limits on a score from good pictures only, and the verdict they give.
#ifndef MLFSC_CORE_SCORING_CALIBRATION_H_
#define MLFSC_CORE_SCORING_CALIBRATION_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace mlfsc {

enum class Verdict { kOk, kReview, kNok };

// For a metric's label and the log: "OK", "REVIEW", "NOK".
absl::string_view VerdictName(Verdict verdict);

// Prediction limits in the log domain: the logarithm of good pictures' scores is near normal, so a new one
// stays below exp(m + t sd sqrt(1 + 1/N)) but for the share f, t being Student's (1 - f) quantile. The limit
// widens by itself when pictures are few. Everything in it is finite.
struct Calibration {
  // N: independent good pictures behind it, at least 2. Copies of one count once.
  int pictures = 0;
  // m and sd of the logarithms: their median and a robust spread (spread.h; at least 0.01), which a few bad
  // pictures among the good hardly move. Mean and standard deviation in versions made before these.
  double log_mean = 0;
  double log_deviation = 0;
  // Of Student's distribution: those of PredictionFactorsOf(N); N - 1 in versions made before it was
  // recorded.
  double degrees_of_freedom = 1;
  // f.
  double false_alarm_rate = 0.01;
  // T(f), T(5 f) and T(f / 10).
  double threshold = 0;
  double review_low = 0;
  double review_high = 0;

  // 1 / (1 + exp(-(ln s - ln T) / w)), w = sd sqrt(1 + 1/N): 0.5 at the threshold, monotone in s.
  double Normalised(double score) const;
  // Of the middle of the good pictures' scores: where half of new good ones lie below.
  double NormalisedMiddle() const;
  // OK below the review band, REVIEW inside it, NOK above.
  Verdict VerdictOf(double score) const;
};

// From scores (>= 0; not finite is Internal) of good pictures, each taken under statistics it had no part in.
// FailedPrecondition with fewer than 2; InvalidArgument when `false_alarm_rate` is not in [0.0001, 0.2].
// Scores below 1e-6 count as 1e-6; limits end at e^690, below 1e300.
absl::StatusOr<Calibration> Calibrate(absl::Span<const double> scores, double false_alarm_rate);

// The same good pictures' limits at another rate. InvalidArgument when it is not in [0.0001, 0.2].
absl::StatusOr<Calibration> AtRate(const Calibration& calibration, double false_alarm_rate);

// t = (ln limit - m) / (sd sqrt(1 + 1/N)): where a limit lies in units of a new good picture's deviation.
double DeviationsAboveMean(const Calibration& calibration, double limit);

// With the threshold `deviations` above the mean, as DeviationsAboveMean counts. The review band keeps its
// width in the log domain around it; the rate becomes the share that Student's t gives, cut to [0.0001, 0.2].
// Limits end at e^-690 and e^690.
Calibration AtDeviations(const Calibration& calibration, double deviations);

// What a threshold may be set to: scores below count as the lowest, and the review band ends above the
// highest.
inline constexpr double kLowestThreshold = 1e-6;
inline constexpr double kHighestThreshold = 1e299;

// The limit T(rate). Rates are cut to [1e-9, 0.5]: no limit lies below the good pictures' middle.
double LimitAt(const Calibration& calibration, double rate);

// How many deviations above the middle Calibrate puts T(rate), in the mean, when it has `pictures` (at least
// 2). `rate`: in (0, 0.5).
double LimitInDeviations(int pictures, double rate);

// From how many pictures on limits stand: T(rate) lies at most 15 % further from the middle than with any
// number of them.
int PicturesForLimits(double rate);

}  // namespace mlfsc

#endif  // MLFSC_CORE_SCORING_CALIBRATION_H_
