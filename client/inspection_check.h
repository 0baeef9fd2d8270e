// Whether what a server found can be what it says.
#ifndef MLFSC_CLIENT_INSPECTION_CHECK_H_
#define MLFSC_CLIENT_INSPECTION_CHECK_H_

#include "absl/status/status.h"
#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc::client {

// Internal, naming the field, when a score is not finite or the verdict is none of the enumeration: whoever
// sorts scores or counts verdicts need not look.
absl::Status CheckInspection(const v1::Inspection& inspection);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_INSPECTION_CHECK_H_
