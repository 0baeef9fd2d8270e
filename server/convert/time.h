// Points in time, as the wire tells them.
#ifndef MLFSC_SERVER_CONVERT_TIME_H_
#define MLFSC_SERVER_CONVERT_TIME_H_

#include <google/protobuf/timestamp.pb.h>

#include "absl/time/time.h"

namespace mlfsc {

google::protobuf::Timestamp ToTimestamp(absl::Time time);

}  // namespace mlfsc

#endif  // MLFSC_SERVER_CONVERT_TIME_H_
