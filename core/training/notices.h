// In words: what the limits of a calibration are worth.
#ifndef MLFSC_CORE_TRAINING_NOTICES_H_
#define MLFSC_CORE_TRAINING_NOTICES_H_

#include <vector>

#include "core/scoring/calibration.h"
#include "core/training/findings.h"

namespace mlfsc {

// `pictures`: those that were calibrated on, of which calibration.pictures are independent.
std::vector<Notice> NoticesOf(const Calibration& calibration, int pictures);

// That a recalibration has taken the place of a threshold that was set by hand, `before`: at the false alarm rate that it had.
Notice ThresholdReplaced(const Calibration& before, const Calibration& now);

}  // namespace mlfsc

#endif  // MLFSC_CORE_TRAINING_NOTICES_H_
