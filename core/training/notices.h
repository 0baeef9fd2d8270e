// In words: what the limits of a calibration are worth.
#ifndef MLFSC_CORE_TRAINING_NOTICES_H_
#define MLFSC_CORE_TRAINING_NOTICES_H_

#include <vector>

#include "core/scoring/calibration.h"
#include "core/training/findings.h"

namespace mlfsc {

// `pictures`: those that were calibrated on, of which calibration.pictures are independent.
std::vector<Notice> NoticesOf(const Calibration& calibration, int pictures);

}  // namespace mlfsc

#endif  // MLFSC_CORE_TRAINING_NOTICES_H_
