#include "client/training_call.h"

#include <optional>
#include <thread>
#include <utility>

namespace mlfsc::client {
namespace {

// OK also when the server ended the call first: the stream's own status then says why.
template <typename Request>
absl::Status SendPictures(PictureStream<Request>* stream, const PictureSeries<Request>& training) {
  Request request;
  *request.mutable_start() = training.start;
  if (!stream->Write(request)) return absl::OkStatus();
  for (int i = 0; i < training.pictures; ++i) {
    absl::StatusOr<v1::Picture> picture = training.picture(i);
    if (!picture.ok()) return picture.status();
    *request.mutable_picture() = *std::move(picture);
    if (!stream->Write(request)) return absl::OkStatus();
  }
  stream->WritesDone();
  return absl::OkStatus();
}

}  // namespace

template <typename Request>
absl::StatusOr<v1::TrainResult> TrainOnce(PictureStream<Request>* stream,
                                          const PictureSeries<Request>& training,
                                          const TrainProgressCallback& on_progress, bool* begun) {
  *begun = false;
  const TrainingStop::Scope scope(training.stop, [stream] { stream->Cancel(); });
  absl::Status sent;
  std::thread sender([&] {
    sent = SendPictures(stream, training);
    if (!sent.ok()) stream->Cancel();
  });
  std::optional<v1::TrainResult> result;
  v1::TrainResponse response;
  while (stream->Read(&response)) {
    if (response.has_result()) {
      result = std::move(*response.mutable_result());
    } else if (response.has_progress()) {
      if (response.progress().phase() != v1::TrainProgress::WAITING) *begun = true;
      if (on_progress) on_progress(response.progress());
    }
  }
  sender.join();
  const absl::Status finished = stream->Finish();
  if (!sent.ok()) return sent;
  if (!finished.ok()) return finished;
  if (!result.has_value()) return absl::InternalError("the server ended the training without a result");
  return *std::move(result);
}

template absl::StatusOr<v1::TrainResult> TrainOnce(TrainStream*, const Training&,
                                                   const TrainProgressCallback&, bool*);
template absl::StatusOr<v1::TrainResult> TrainOnce(RecalibrateStream*, const Recalibration&,
                                                   const TrainProgressCallback&, bool*);

}  // namespace mlfsc::client
