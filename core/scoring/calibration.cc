#include "core/scoring/calibration.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "core/scoring/spread.h"

namespace mlfsc {
namespace {

constexpr double kLowestRate = 0.0001;
constexpr double kHighestRate = 0.2;
// Of LimitAt: what the outliers of 10,000 pictures need.
constexpr double kSmallestTail = 1e-9;
// Limits stand when they lie at most this much further from the middle than those of many pictures.
constexpr double kStandingShare = 1.15;
// Scores below this are rounding of the residuals; the logarithm needs a positive number.
constexpr double kSmallestScore = kLowestThreshold;
constexpr double kSmallestDeviation = 0.01;
// Two pictures that differ much give limits past what a double holds: e^690 is still below 1e300.
constexpr double kLargestLog = 690;

double LogOf(double score) { return std::log(std::max(score, kSmallestScore)); }

// sd sqrt(1 + 1/N): the deviation of a new picture's logarithm from the middle of N.
double PredictionDeviation(const Calibration& calibration) {
  return calibration.log_deviation * std::sqrt(1 + 1.0 / calibration.pictures);
}

using Student = boost::math::students_t_distribution<double>;

Student StudentOf(const Calibration& calibration) { return Student(calibration.degrees_of_freedom); }

double LogLimitAt(const Calibration& calibration, double rate) {
  const double t = quantile(complement(StudentOf(calibration), std::clamp(rate, kSmallestTail, 0.5)));
  return std::clamp(calibration.log_mean + t * PredictionDeviation(calibration), -kLargestLog, kLargestLog);
}

absl::Status CheckRate(double false_alarm_rate) {
  if (false_alarm_rate >= kLowestRate && false_alarm_rate <= kHighestRate) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat("false alarm rate is %g; it must be %g to %g",
                                                    false_alarm_rate, kLowestRate, kHighestRate));
}

void SetLimits(Calibration* calibration, double false_alarm_rate) {
  calibration->false_alarm_rate = false_alarm_rate;
  calibration->threshold = LimitAt(*calibration, false_alarm_rate);
  calibration->review_low = LimitAt(*calibration, 5 * false_alarm_rate);
  calibration->review_high = LimitAt(*calibration, false_alarm_rate / 10);
}

}  // namespace

absl::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk:
      return "OK";
    case Verdict::kReview:
      return "REVIEW";
    case Verdict::kNok:
      return "NOK";
  }
  return "UNKNOWN";
}

double Calibration::Normalised(double score) const {
  return 1 / (1 + std::exp(-(LogOf(score) - std::log(threshold)) / PredictionDeviation(*this)));
}

double Calibration::NormalisedMiddle() const { return Normalised(std::exp(log_mean)); }

Verdict Calibration::VerdictOf(double score) const {
  if (score < review_low) return Verdict::kOk;
  return score <= review_high ? Verdict::kReview : Verdict::kNok;
}

absl::StatusOr<Calibration> Calibrate(absl::Span<const double> scores, double false_alarm_rate) {
  if (const absl::Status status = CheckRate(false_alarm_rate); !status.ok()) return status;
  if (scores.size() < 2) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%d good picture%s cannot be calibrated: their scores show no spread; at least 2 are needed",
        scores.size(), scores.size() == 1 ? "" : "s"));
  }
  Calibration calibration;
  calibration.pictures = static_cast<int>(scores.size());
  std::vector<double> logarithms;
  logarithms.reserve(scores.size());
  for (size_t i = 0; i < scores.size(); ++i) {
    if (!std::isfinite(scores[i])) {
      return absl::InternalError(absl::StrFormat("score of good picture %d is %g", i, scores[i]));
    }
    logarithms.push_back(LogOf(scores[i]));
  }
  const PredictionFactors factors = PredictionFactorsOf(calibration.pictures);
  calibration.degrees_of_freedom = factors.freedom;
  calibration.log_mean = Median(logarithms);
  calibration.log_deviation =
      std::max(kSmallestDeviation, factors.scale * PairwiseSpread(std::move(logarithms)));
  SetLimits(&calibration, false_alarm_rate);
  return calibration;
}

absl::StatusOr<Calibration> AtRate(const Calibration& calibration, double false_alarm_rate) {
  if (const absl::Status status = CheckRate(false_alarm_rate); !status.ok()) return status;
  Calibration moved = calibration;
  SetLimits(&moved, false_alarm_rate);
  return moved;
}

double DeviationsAboveMean(const Calibration& calibration, double limit) {
  return (std::log(limit) - calibration.log_mean) / PredictionDeviation(calibration);
}

Calibration AtDeviations(const Calibration& calibration, double deviations) {
  const double width = PredictionDeviation(calibration);
  const double log_threshold =
      std::clamp(calibration.log_mean + deviations * width, -kLargestLog, kLargestLog);
  const double by = log_threshold - std::log(calibration.threshold);
  const auto moved_by = [by](double limit) {
    return std::exp(std::clamp(std::log(limit) + by, -kLargestLog, kLargestLog));
  };
  Calibration moved = calibration;
  moved.threshold = std::exp(log_threshold);
  // Rounding must not put the threshold outside a band without width.
  moved.review_low = std::min(moved_by(calibration.review_low), moved.threshold);
  moved.review_high = std::max(moved_by(calibration.review_high), moved.threshold);
  moved.false_alarm_rate =
      std::clamp(cdf(complement(StudentOf(calibration), (log_threshold - calibration.log_mean) / width)),
                 kLowestRate, kHighestRate);
  return moved;
}

double LimitAt(const Calibration& calibration, double rate) {
  return std::exp(LogLimitAt(calibration, rate));
}

double LimitInDeviations(int pictures, double rate) {
  const Student student(PredictionFactorsOf(pictures).freedom);
  return quantile(complement(student, rate)) * std::sqrt(1 + 1.0 / pictures);
}

int PicturesForLimits(double rate) {
  const boost::math::normal_distribution<double> normal;
  const double most = kStandingShare * quantile(complement(normal, rate));
  int pictures = 2;
  while (LimitInDeviations(pictures, rate) > most) ++pictures;
  return pictures;
}

}  // namespace mlfsc
