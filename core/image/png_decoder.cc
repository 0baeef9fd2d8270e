#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <opencv2/core.hpp>
#include <png.h>

#include "absl/strings/str_format.h"
#include "core/image/decoders.h"

namespace mlfsc {
namespace {

// libpng on bytes in memory. It reports an error by a jump that skips destructors, so it is called through
// Try only.
class PngReader {
 public:
  // `max_allocation`: bytes that libpng may take in one piece.
  PngReader(absl::string_view bytes, size_t max_allocation) : rest_(bytes), max_allocation_(max_allocation) {}
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  // Runs `calls(png, info)`, which must create no object that has a destructor. Returns false when libpng
  // gave up; after that nothing but error() may be called. Never inlined: a jump back leaves the caller's
  // variables in registers undefined.
  template <typename Calls>
  [[gnu::noinline]] bool Try(const Calls& calls) {
    if (setjmp(jump_) != 0) return false;
    calls(png_, info_);
    return true;
  }

  bool Open() {
    return Try([this](png_structp, png_infop) {
      png_ = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, this, OnError, OnWarning, this, Allocate, Free);
      if (png_ == nullptr) Fail("libpng does not start");
      info_ = png_create_info_struct(png_);
      if (info_ == nullptr) Fail("libpng does not start");
      png_set_read_fn(png_, this, OnRead);
      // Nothing but pixels, their bits and orientation is of interest: no text to unpack, no colour profile
      // to check. A palette's transparency would become an alpha channel.
      png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
      png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, reinterpret_cast<png_const_bytep>("tRNS"), 1);
      png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_AS_DEFAULT,
                                  reinterpret_cast<png_const_bytep>("eXIf"), 1);
      png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_AS_DEFAULT,
                                  reinterpret_cast<png_const_bytep>("sBIT"), 1);
      // The sides have limits of their own.
      png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
      png_read_info(png_, info_);
    });
  }

  absl::Status error() const {
    if (memory_ran_out_) return absl::ResourceExhaustedError("not enough memory to decode a PNG file");
    return absl::InvalidArgumentError(absl::StrFormat("PNG file is %s", message_));
  }

 private:
  [[noreturn]] void Fail(const char* message) {
    std::snprintf(message_, sizeof(message_), "damaged: %s", message);
    std::longjmp(jump_, 1);
  }

  [[noreturn]] static void OnError(png_structp png, png_const_charp message) {
    static_cast<PngReader*>(png_get_error_ptr(png))->Fail(message);
  }

  // What libpng can mend is no damage to the pixels.
  static void OnWarning(png_structp, png_const_charp) {}

  // libpng would take whatever an eXIf chunk claims to need, before it reads it.
  static png_voidp Allocate(png_structp png, png_alloc_size_t size) {
    PngReader* reader = static_cast<PngReader*>(png_get_mem_ptr(png));
    if (size > reader->max_allocation_) return nullptr;
    void* const memory = std::malloc(size);
    // Then what libpng complains of is not the file's fault.
    reader->memory_ran_out_ = reader->memory_ran_out_ || memory == nullptr;
    return memory;
  }
  static void Free(png_structp, png_voidp memory) { std::free(memory); }

  static void OnRead(png_structp png, png_bytep to, size_t size) {
    PngReader* reader = static_cast<PngReader*>(png_get_io_ptr(png));
    if (size > reader->rest_.size()) {
      std::snprintf(reader->message_, sizeof(reader->message_), "truncated: it ends before its IEND chunk");
      std::longjmp(reader->jump_, 1);
    }
    std::memcpy(to, reader->rest_.data(), size);
    reader->rest_.remove_prefix(size);
  }

  absl::string_view rest_;
  const size_t max_allocation_;
  bool memory_ran_out_ = false;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::jmp_buf jump_;
  char message_[160] = "";
};

struct PngHeader {
  int64_t width = 0;
  int64_t height = 0;
  int bits = 0;
  // What the sBIT chunk states for all colours alike, 9 to 15; else 0.
  int significant_bits = 0;
};

int SignificantBits(png_structp png, png_infop info) {
  png_color_8p significant = nullptr;
  if (png_get_sBIT(png, info, &significant) == 0) return 0;
  const bool colour = (png_get_color_type(png, info) & PNG_COLOR_MASK_COLOR) != 0;
  const int bits = colour ? significant->red : significant->gray;
  if (colour && (significant->green != bits || significant->blue != bits)) return 0;
  return bits >= kMinBitDepth && bits < kMaxBitDepth ? bits : 0;
}

PngHeader Header(png_structp png, png_infop info) {
  return {png_get_image_width(png, info), png_get_image_height(png, info), png_get_bit_depth(png, info),
          SignificantBits(png, info)};
}

// Whether a sample of 16 bits may be one of `bits` bits brought to 16 as the PNG specification asks for:
// shifted, with its highest bits repeated behind it, or in proportion.
bool IsScaledUp(uint32_t sample, int bits) {
  const int shift = 16 - bits;
  const uint32_t white = static_cast<uint32_t>(WhiteOf(bits));
  const uint32_t original = sample >> shift;
  const uint32_t rounded = (sample * white + 32767) / 65535;
  return sample == original << shift || sample == (original << shift | original >> (bits - shift)) ||
         sample == (rounded * 65535 + white / 2) / white;
}

// Writers that state fewer bits than they store do one of two things: scale the samples to all 16 bits, as
// the specification has it, or leave them as the camera gave them.
SampleBits BitsOf(const PngHeader& header, const cv::Mat& rgb) {
  SampleBits bits;
  bits.stored = header.bits == 16 ? 16 : 8;
  if (header.bits != 16 || header.significant_bits == 0) return bits;
  bits.tag = "sBIT chunk";
  bits.tagged = header.significant_bits;
  for (int y = 0; y < rgb.rows; ++y) {
    const uint16_t* row = rgb.ptr<uint16_t>(y);
    for (size_t i = 0; i < 3 * static_cast<size_t>(rgb.cols); ++i) {
      if (!IsScaledUp(row[i], header.significant_bits)) return bits;
    }
  }
  bits.tagged = 16;
  return bits;
}

// Has libpng give RGB in the machine's byte order, 8 or 16 bits a sample, whatever is stored.
void AskForRgb(png_structp png, png_infop info) {
  const int color_type = png_get_color_type(png, info);
  const int bits = png_get_bit_depth(png, info);
  if (color_type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (color_type == PNG_COLOR_TYPE_GRAY && bits < 8) png_set_expand_gray_1_2_4_to_8(png);
  if ((color_type & PNG_COLOR_MASK_ALPHA) != 0) png_set_strip_alpha(png);
  if ((color_type & PNG_COLOR_MASK_COLOR) == 0) png_set_gray_to_rgb(png);
  if (bits == 16) png_set_swap(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
}

int Orientation(png_structp png, png_infop info) {
  png_uint_32 size = 0;
  png_bytep exif = nullptr;
  if (png_get_eXIf_1(png, info, &size, &exif) == 0) return kUpright;
  return ReadExifOrientation(absl::string_view(reinterpret_cast<const char*>(exif), size));
}

}  // namespace

absl::StatusOr<StoredPicture> DecodePng(absl::string_view bytes, const PictureLimits& limits) {
  // A chunk, a row of four samples of 16 bits, or libpng's and zlib's own state.
  PngReader reader(bytes, bytes.size() + size_t{8} * limits.max_side + (size_t{1} << 20));
  if (!reader.Open()) return reader.error();
  PngHeader header;
  if (!reader.Try([&](png_structp png, png_infop info) { header = Header(png, info); }))
    return reader.error();
  if (absl::Status status = CheckSides(header.width, header.height, limits); !status.ok()) return status;

  size_t row_bytes = 0;
  const bool prepared = reader.Try([&](png_structp png, png_infop info) {
    AskForRgb(png, info);
    row_bytes = png_get_rowbytes(png, info);
  });
  if (!prepared) return reader.error();

  StoredPicture picture;
  cv::Mat& rgb = picture.image.rgb;
  rgb.create(static_cast<int>(header.height), static_cast<int>(header.width),
             header.bits == 16 ? CV_16UC3 : CV_8UC3);
  CV_Assert(row_bytes == rgb.cols * rgb.elemSize());
  std::vector<png_bytep> rows;
  rows.reserve(rgb.rows);
  for (int row = 0; row < rgb.rows; ++row) rows.push_back(rgb.ptr(row));
  const bool read = reader.Try([&](png_structp png, png_infop info) {
    png_read_image(png, rows.data());
    png_read_end(png, info);
    picture.orientation = Orientation(png, info);
  });
  if (!read) return reader.error();
  picture.bits = BitsOf(header, rgb);
  return picture;
}

}  // namespace mlfsc
