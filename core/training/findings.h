// What a training noticed about its pictures.
#ifndef MLFSC_CORE_TRAINING_FINDINGS_H_
#define MLFSC_CORE_TRAINING_FINDINGS_H_

#include <cstdint>
#include <string>
#include <vector>

namespace mlfsc {

// A picture that does not look like the others.
struct Outlier {
  // Its index among the pictures.
  int64_t picture = 0;
  // Out of fold, in the run that named it.
  double score = 0;
  // "scores 6440; the others' limit is 1825", "black: brightest grey 4 of 255".
  std::string reason;
  // Kept out of learning, statistics and calibration.
  bool dropped = false;
};

enum class NoticeCode {
  // So few pictures that the limits are guesses.
  kFewPictures,
  // Some pictures are copies of others.
  kCopies,
  // The limits are so wide that no picture will be NOK.
  kNokOutOfReach,
  // A threshold that was set by hand has been replaced.
  kThresholdReplaced,
};

// Something that the person who trains should know, in words.
struct Notice {
  NoticeCode code;
  std::string text;
};

struct TrainingFindings {
  // Behind the limits: copies count once.
  int independent_pictures = 0;
  // By picture.
  std::vector<Outlier> outliers;
  std::vector<Notice> notices;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_TRAINING_FINDINGS_H_
