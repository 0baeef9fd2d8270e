// libtiff on a file in memory.
#ifndef MLFSC_CORE_IMAGE_TIFF_READER_H_
#define MLFSC_CORE_IMAGE_TIFF_READER_H_

#include <cstdarg>
#include <cstdint>

#include <tiffio.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mlfsc {

// Its messages are kept instead of printed. The first directory is read at once. Not thread-safe.
class TiffReader {
 public:
  // `bytes` outlive the reader. `max_allocation`: bytes that libtiff may take in one piece. Throws
  // std::bad_alloc.
  TiffReader(absl::string_view bytes, int64_t max_allocation);
  ~TiffReader();
  TiffReader(const TiffReader&) = delete;
  TiffReader& operator=(const TiffReader&) = delete;

  // Null when there is no directory to read.
  TIFF* tiff() { return tiff_; }

  // Whether libtiff has met damage that it passed over.
  bool damaged() const { return message_[0] != '\0'; }

  absl::string_view bytes() const { return bytes_; }

  // What libtiff said first.
  absl::Status error() const;

 private:
  void Keep(const char* format, va_list arguments);
  static TiffReader* Self(thandle_t handle) { return static_cast<TiffReader*>(handle); }
  static int OnError(TIFF*, void* self, const char*, const char* format, va_list arguments);
  static int OnWarning(TIFF*, void* self, const char* module, const char* format, va_list arguments);
  static tmsize_t Read(thandle_t handle, void* to, tmsize_t size);
  static tmsize_t Write(thandle_t, void*, tmsize_t) { return 0; }
  static toff_t Seek(thandle_t handle, toff_t offset, int whence);
  static int Close(thandle_t) { return 0; }
  static toff_t Size(thandle_t handle) { return Self(handle)->bytes_.size(); }

  const absl::string_view bytes_;
  toff_t position_ = 0;
  TIFF* tiff_ = nullptr;
  char message_[256] = "";
};

// What is wrong with a TIFF file, by name.
absl::Status RefuseTiff(absl::string_view what);

}  // namespace mlfsc

#endif  // MLFSC_CORE_IMAGE_TIFF_READER_H_
