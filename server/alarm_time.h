// When gRPC's alarms ring.
#ifndef MLFSC_SERVER_ALARM_TIME_H_
#define MLFSC_SERVER_ALARM_TIME_H_

#include <grpc/support/time.h>

#include "absl/time/time.h"

namespace mlfsc {

// `time` from now, for grpc::Alarm::Set. A span, not a date: alarms set to a date ring at once, or years
// late, while the machine's clock is set (absl::Now() takes up to two seconds to notice that).
inline gpr_timespec AfterTime(absl::Duration time) {
  return gpr_time_from_micros(absl::ToInt64Microseconds(time), GPR_TIMESPAN);
}

}  // namespace mlfsc

#endif  // MLFSC_SERVER_ALARM_TIME_H_
