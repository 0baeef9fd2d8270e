#include "client/commands/times.h"

#include "absl/time/time.h"

namespace mlfsc::client {

std::string FormatUtc(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

std::string FormatUtc(const google::protobuf::Timestamp& time) {
  return FormatUtc(absl::FromUnixSeconds(time.seconds()));
}

std::string FormatLocal(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%d %H:%M", absl::FromUnixSeconds(time.seconds()), absl::LocalTimeZone());
}

}  // namespace mlfsc::client
