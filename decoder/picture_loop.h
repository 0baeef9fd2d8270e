// The life of a decoding process: it is set up, gives up its rights, and decodes until the server is gone.
#ifndef MLFSC_DECODER_PICTURE_LOOP_H_
#define MLFSC_DECODER_PICTURE_LOOP_H_

#include <functional>

#include "absl/status/statusor.h"
#include "core/image/encoded_picture.h"
#include "core/image/image.h"
#include "core/image/picture_limits.h"

namespace mlfsc {

// What is done with a file once the process is confined.
using DecodeFunction =
    std::function<absl::StatusOr<Image>(const EncodedPicture& file, const PictureLimits& limits)>;

// Returns the exit code: 0 when the server has hung up. To be called at the beginning of main, in a process
// that DecoderProcess started; anywhere else it says so on standard error.
int RunPictureLoop(const DecodeFunction& decode);

}  // namespace mlfsc

#endif  // MLFSC_DECODER_PICTURE_LOOP_H_
