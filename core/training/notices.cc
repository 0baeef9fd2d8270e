#include "core/training/notices.h"

#include <cmath>

#include "absl/strings/str_format.h"

namespace mlfsc {
namespace {

// Up to here the limits are guesses.
constexpr int kFewPictures = 8;
// A picture that scores this many times the middle of the good ones has not been seen: black frames and other
// products reach some ten times, and the whitened score, shrunk by a tenth, cannot reach much more than a
// thousand times.
constexpr double kOutOfReach = 10000;

}  // namespace

std::vector<Notice> NoticesOf(const Calibration& calibration, int pictures) {
  std::vector<Notice> notices;
  const int independent = calibration.pictures;
  const double rate = calibration.false_alarm_rate;
  if (independent < pictures) {
    notices.push_back(
        {NoticeCode::kCopies,
         absl::StrFormat("%d pictures are %d independent ones: copies, equal or apart by no more than a "
                         "sensor's noise, count as one",
                         pictures, independent)});
  }
  const int enough = PicturesForLimits(rate);
  if (independent <= kFewPictures && independent < enough) {
    notices.push_back(
        {NoticeCode::kFewPictures,
         absl::StrFormat(
             "the limits are guesses: from %d independent good pictures they lie %.3g deviations "
             "above the middle of good scores, from %d on, %.3g; they stand from about %d pictures on",
             independent, LimitInDeviations(independent, rate), enough, LimitInDeviations(enough, rate),
             enough)});
  }
  const double times = calibration.review_high / std::exp(calibration.log_mean);
  if (times > kOutOfReach) {
    notices.push_back(
        {NoticeCode::kNokOutOfReach,
         absl::StrFormat("no picture will be NOK: it begins at %.3g, %.3g times the middle of good scores; "
                         "learn from at least %d pictures, or set the threshold to a number",
                         calibration.review_high, times, enough)});
  }
  return notices;
}

Notice ThresholdReplaced(const Calibration& before, const Calibration& now) {
  return {NoticeCode::kThresholdReplaced,
          absl::StrFormat("the threshold %.4g, which had been set by hand, is now %.4g: as far above these good pictures as that was above "
                          "those before, at a false alarm rate of %.3g",
                          before.threshold, now.threshold, now.false_alarm_rate)};
}

}  // namespace mlfsc
