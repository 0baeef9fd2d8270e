// One attempt at a Train or RecalibrateCategory call.
#ifndef MLFSC_CLIENT_TRAINING_CALL_H_
#define MLFSC_CLIENT_TRAINING_CALL_H_

#include "absl/status/statusor.h"
#include "client/connection.h"
#include "client/stub.h"

namespace mlfsc::client {

// Sends the pictures on a thread of its own while the server's messages are read on this one. `begun`
// becomes true when the server has begun to work: from then on it may have published a version whatever
// happens to the call.
template <typename Request>
absl::StatusOr<v1::TrainResult> TrainOnce(PictureStream<Request>* stream,
                                          const PictureSeries<Request>& training,
                                          const TrainProgressCallback& on_progress, bool* begun);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_TRAINING_CALL_H_
