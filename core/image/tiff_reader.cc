#include "core/image/tiff_reader.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <new>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace mlfsc {

TiffReader::TiffReader(absl::string_view bytes, int64_t max_allocation) : bytes_(bytes) {
  TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
  // The setters would write to it.
  if (options == nullptr) throw std::bad_alloc();
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, max_allocation);
  TIFFOpenOptionsSetErrorHandlerExtR(options, OnError, this);
  TIFFOpenOptionsSetWarningHandlerExtR(options, OnWarning, this);
  // m: no mapping, every read is checked. c: strips as the file has them. D: where they lie is read for the
  // page that is decoded, not for every one that is looked at.
  tiff_ =
      TIFFClientOpenExt("picture", "rmcD", this, Read, Write, Seek, Close, Size, nullptr, nullptr, options);
  TIFFOpenOptionsFree(options);
}

TiffReader::~TiffReader() {
  if (tiff_ != nullptr) TIFFClose(tiff_);
}

absl::Status TiffReader::error() const {
  return absl::InvalidArgumentError(
      absl::StrCat("TIFF file is damaged or truncated: ", damaged() ? message_ : "it has no pixels"));
}

void TiffReader::Keep(const char* format, va_list arguments) {
  if (damaged()) return;
  std::vsnprintf(message_, sizeof(message_), format, arguments);
  // One line, and nothing of the file that a terminal would take for a command.
  for (char& c : message_) {
    if (c != '\0' && !absl::ascii_isprint(static_cast<unsigned char>(c))) c = ' ';
  }
}

// Both return whether the message has been dealt with.
int TiffReader::OnError(TIFF*, void* self, const char*, const char* format, va_list arguments) {
  Self(self)->Keep(format, arguments);
  return 1;
}

int TiffReader::OnWarning(TIFF*, void* self, const char* module, const char* format, va_list arguments) {
  // Of JPEG data inside a TIFF file libjpeg fills with grey what it cannot decode, and only warns.
  if (module != nullptr && std::strcmp(module, "JPEGLib") == 0) Self(self)->Keep(format, arguments);
  return 1;
}

tmsize_t TiffReader::Read(thandle_t handle, void* to, tmsize_t size) {
  TiffReader* self = Self(handle);
  const uint64_t rest = self->bytes_.size() - std::min<uint64_t>(self->position_, self->bytes_.size());
  const size_t count = static_cast<size_t>(std::min<uint64_t>(rest, std::max<tmsize_t>(size, 0)));
  if (count > 0) std::memcpy(to, self->bytes_.data() + self->position_, count);
  self->position_ += count;
  return static_cast<tmsize_t>(count);
}

toff_t TiffReader::Seek(thandle_t handle, toff_t offset, int whence) {
  TiffReader* self = Self(handle);
  const toff_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? self->position_ : self->bytes_.size();
  self->position_ = base + offset;
  return self->position_;
}

absl::Status RefuseTiff(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("TIFF file has ", what));
}

}  // namespace mlfsc
