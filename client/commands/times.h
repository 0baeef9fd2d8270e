// Points in time as words.
#ifndef MLFSC_CLIENT_COMMANDS_TIMES_H_
#define MLFSC_CLIENT_COMMANDS_TIMES_H_

#include <string>

#include <google/protobuf/timestamp.pb.h>

#include "absl/time/time.h"

namespace mlfsc::client {

// "2026-07-14T09:30:00Z"
std::string FormatUtc(absl::Time time);
std::string FormatUtc(const google::protobuf::Timestamp& time);

// "2026-07-14 11:30", in the machine's time zone.
std::string FormatLocal(const google::protobuf::Timestamp& time);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_TIMES_H_
