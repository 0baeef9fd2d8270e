// Who decodes picture files, when it is not the caller's own thread.
#ifndef MLFSC_CORE_DECODING_FILE_DECODER_H_
#define MLFSC_CORE_DECODING_FILE_DECODER_H_

#include "absl/status/statusor.h"
#include "core/image/encoded_picture.h"
#include "core/image/image.h"

namespace mlfsc {

// Thread-safe.
class FileDecoder {
 public:
  virtual ~FileDecoder() = default;

  // As DecodePicture, within limits of its own; its messages are the same. Also: InvalidArgument, with the
  // cause, for a file that ended what decoded it or took too long; ResourceExhausted when there was no memory for it, or
  // what decoded it was killed: the file may be good; Unavailable when nothing can decode now.
  virtual absl::StatusOr<Image> Decode(const EncodedPicture& file) = 0;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_DECODING_FILE_DECODER_H_
