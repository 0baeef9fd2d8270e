#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <functional>
#include <new>
#include <string>
#include <utility>

#include <opencv2/core.hpp>
#include <png.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/image/draw.h"

namespace mlfsc {
namespace {

// A map is looked at once or twice: level 1 takes a fifth of the time of zlib's default for a tenth more
// bytes.
constexpr int kCompressionLevel = 1;

constexpr int kRowsAtOnce = 64;

using RowsFunction = std::function<cv::Mat(int top, int count)>;

// libpng, writing into a string. It reports an error by a jump that skips destructors, so it is called
// through Try only.
class PngWriter {
 public:
  PngWriter() = default;
  ~PngWriter() { png_destroy_write_struct(&png_, &info_); }
  PngWriter(const PngWriter&) = delete;
  PngWriter& operator=(const PngWriter&) = delete;

  // Returns false when libpng gave up: error() says why. Never inlined: a jump back leaves the caller's
  // variables in registers undefined.
  [[gnu::noinline]] bool Write(int height, int width, const RowsFunction& rows) {
    if (setjmp(jump_) != 0) return false;
    png_ = png_create_write_struct(PNG_LIBPNG_VER_STRING, this, OnError, OnWarning);
    info_ = png_ == nullptr ? nullptr : png_create_info_struct(png_);
    if (info_ == nullptr) return false;
    png_set_write_fn(png_, this, OnWrite, nullptr);
    png_set_IHDR(png_, info_, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), 8,
                 PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png_, kCompressionLevel);
    png_set_filter(png_, PNG_FILTER_TYPE_BASE, PNG_FILTER_UP);
    png_write_info(png_, info_);
    for (int top = 0; top < height; top += kRowsAtOnce) {
      strip_ = rows(top, std::min(kRowsAtOnce, height - top));
      for (int row = 0; row < strip_.rows; ++row) png_write_row(png_, strip_.ptr(row));
    }
    png_write_end(png_, info_);
    return true;
  }

  const char* error() const { return message_; }
  std::string& file() { return file_; }

 private:
  [[noreturn]] static void OnError(png_structp png, png_const_charp message) {
    PngWriter* self = static_cast<PngWriter*>(png_get_error_ptr(png));
    std::snprintf(self->message_, sizeof(self->message_), "%s", message);
    std::longjmp(self->jump_, 1);
  }
  static void OnWarning(png_structp, png_const_charp) {}
  static void OnWrite(png_structp png, png_bytep bytes, size_t size) {
    bool written = true;
    try {
      static_cast<PngWriter*>(png_get_io_ptr(png))->file_.append(reinterpret_cast<const char*>(bytes), size);
    } catch (const std::bad_alloc&) {
      written = false;
    }
    // Outside the handler, which the jump must not skip; and no exception may pass through libpng.
    if (!written) png_error(png, "out of memory");
  }

  // What is being written: here, where a jump leaves it whole.
  cv::Mat strip_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::string file_;
  char message_[128] = "out of memory";
  std::jmp_buf jump_;
};

}  // namespace

absl::StatusOr<std::string> EncodePng(const Image& image) {
  return EncodePngByRows(image.height(), image.width(), [&image](int top, int count) {
    const cv::Mat rows = image.rgb.rowRange(top, top + count);
    if (rows.depth() == CV_8U) return rows;
    cv::Mat eight_bits;
    rows.convertTo(eight_bits, CV_8U, 255 / image.full_scale);
    return eight_bits;
  });
}

absl::StatusOr<std::string> EncodePngByRows(int height, int width, const RowsFunction& rows) {
  PngWriter writer;
  if (!writer.Write(height, width, rows)) {
    const std::string message = absl::StrCat("PNG file cannot be written: ", writer.error());
    // libpng's "Out of memory", and ours.
    if (absl::StrContains(message, "memory")) return absl::ResourceExhaustedError(message);
    return absl::InternalError(message);
  }
  return std::move(writer.file());
}

}  // namespace mlfsc
