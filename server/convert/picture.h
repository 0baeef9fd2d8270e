// Pictures on the wire to core's view of them.
#ifndef MLFSC_SERVER_CONVERT_PICTURE_H_
#define MLFSC_SERVER_CONVERT_PICTURE_H_

#include "absl/status/statusor.h"
#include "core/serving/picture_bytes.h"
#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc {

// A view of `picture`, which must outlive it. InvalidArgument when there is no content or the sample type is
// none of the enumeration; everything else is the decoder's to judge.
absl::StatusOr<PictureBytes> ToPictureBytes(const v1::Picture& picture);

}  // namespace mlfsc

#endif  // MLFSC_SERVER_CONVERT_PICTURE_H_
