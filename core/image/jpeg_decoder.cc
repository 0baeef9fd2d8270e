#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <vector>

#include <opencv2/core.hpp>

// jerror.h leaves out codes unless jpeglib.h, which needs <cstdio>, comes before it.
// clang-format off
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "core/image/decoders.h"

namespace mlfsc {
namespace {

// Scans of one file. A progressive picture has about ten; each costs a pass over the whole picture, however
// few bytes it takes in the file.
constexpr int kMaxScans = 100;
// The marker of a frame in JPEG-LS.
constexpr int kJpegLsFrame = 0xf7;
constexpr int kExifMarker = JPEG_APP0 + 1;
constexpr absl::string_view kExifTag("Exif\0\0", 6);

// libjpeg on bytes in memory. It reports an error by a jump that skips destructors, so it is called through
// Try only.
class JpegReader {
 public:
  explicit JpegReader(absl::string_view bytes) {
    codec_.err = jpeg_std_error(&errors_);
    codec_.client_data = this;
    errors_.error_exit = OnError;
    errors_.emit_message = OnMessage;
    progress_.progress_monitor = OnProgress;
    opened_ = Try([&](jpeg_decompress_struct* codec) {
      jpeg_create_decompress(codec);
      codec->progress = &progress_;
      jpeg_mem_src(codec, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
      jpeg_save_markers(codec, kExifMarker, 0xffff);
      jpeg_read_header(codec, TRUE);
    });
  }
  ~JpegReader() { jpeg_destroy_decompress(&codec_); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  // Whether the header could be read.
  bool opened() const { return opened_; }

  // Runs `calls(codec)`, which must create no object that has a destructor. Returns false when libjpeg gave
  // up or found the data damaged; after that nothing but error() may be called. Never inlined: a jump back
  // leaves the caller's variables in registers undefined.
  template <typename Calls>
  [[gnu::noinline]] bool Try(const Calls& calls) {
    if (setjmp(jump_) != 0) return false;
    calls(&codec_);
    return true;
  }

  absl::Status error() const {
    if (codec_.err->msg_code == JERR_OUT_OF_MEMORY) {
      return absl::ResourceExhaustedError("not enough memory to decode a JPEG file");
    }
    return absl::InvalidArgumentError(absl::StrFormat("JPEG file %s", message_));
  }

  const jpeg_decompress_struct& codec() const { return codec_; }

 private:
  static JpegReader* Self(j_common_ptr codec) { return static_cast<JpegReader*>(codec->client_data); }

  [[noreturn]] static void OnError(j_common_ptr codec) {
    JpegReader* self = Self(codec);
    const int detail = codec->err->msg_parm.i[0];
    switch (codec->err->msg_code) {
      case JERR_BAD_PRECISION:
        std::snprintf(self->message_, sizeof(self->message_), "has %d bits a sample; 8 are read", detail);
        break;
      case JERR_SOF_UNSUPPORTED:
        std::snprintf(self->message_, sizeof(self->message_),
                      "is %s (SOF%d); baseline, extended and progressive ones are read",
                      ProcessName(detail & 15), detail & 15);
        break;
      case JERR_UNKNOWN_MARKER:
        if (detail == kJpegLsFrame) {
          std::snprintf(self->message_, sizeof(self->message_),
                        "is a JPEG-LS one; baseline, extended and progressive ones are read");
          break;
        }
        [[fallthrough]];
      default: {
        char message[JMSG_LENGTH_MAX];
        codec->err->format_message(codec, message);
        std::snprintf(self->message_, sizeof(self->message_), "cannot be decoded: %s", message);
      }
    }
    std::longjmp(self->jump_, 1);
  }

  // `number`: of the start-of-frame marker.
  static const char* ProcessName(int number) {
    switch (number) {
      case 3:
      case 11:
        return "lossless";
      case 5:
      case 6:
      case 13:
      case 14:
        return "hierarchical";
      case 7:
      case 15:
        return "hierarchical and lossless";
      default:
        return "of an unknown kind";
    }
  }

  // libjpeg goes on with grey after these, and only warns.
  static void OnMessage(j_common_ptr codec, int level) {
    if (level >= 0) return;
    JpegReader* self = Self(codec);
    switch (codec->err->msg_code) {
      case JWRN_JPEG_EOF:
        std::snprintf(self->message_, sizeof(self->message_), "is truncated: it ends before its end marker");
        std::longjmp(self->jump_, 1);
      case JWRN_HIT_MARKER:
      case JWRN_HUFF_BAD_CODE:
      case JWRN_ARITH_BAD_CODE:
      case JWRN_MUST_RESYNC:
        OnError(codec);
      default:
        return;
    }
  }

  static void OnProgress(j_common_ptr codec) {
    const int scans = reinterpret_cast<j_decompress_ptr>(codec)->input_scan_number;
    if (scans <= kMaxScans) return;
    JpegReader* self = Self(codec);
    std::snprintf(self->message_, sizeof(self->message_), "has more than %d scans", kMaxScans);
    std::longjmp(self->jump_, 1);
  }

  jpeg_decompress_struct codec_ = {};
  jpeg_error_mgr errors_ = {};
  jpeg_progress_mgr progress_ = {};
  std::jmp_buf jump_;
  char message_[JMSG_LENGTH_MAX + 64] = "";
  bool opened_ = false;
};

int Orientation(const jpeg_decompress_struct& codec) {
  for (const jpeg_marker_struct* marker = codec.marker_list; marker != nullptr; marker = marker->next) {
    const absl::string_view segment(reinterpret_cast<const char*>(marker->data), marker->data_length);
    if (marker->marker == kExifMarker && absl::StartsWith(segment, kExifTag)) {
      return ReadExifOrientation(segment.substr(kExifTag.size()));
    }
  }
  return kUpright;
}

// Every program that writes CMYK into JPEG files follows Adobe's and stores 255 for no ink.
void CmykToRgb(const uint8_t* cmyk, int pixels, uint8_t* rgb) {
  for (int i = 0; i < pixels; ++i, cmyk += 4, rgb += 3) {
    const int black = cmyk[3];
    for (int channel = 0; channel < 3; ++channel) {
      rgb[channel] = static_cast<uint8_t>((cmyk[channel] * black + 127) / 255);
    }
  }
}

}  // namespace

absl::StatusOr<StoredPicture> DecodeJpeg(absl::string_view bytes, const PictureLimits& limits) {
  JpegReader reader(bytes);
  if (!reader.opened()) return reader.error();
  const int width = static_cast<int>(reader.codec().image_width);
  const int height = static_cast<int>(reader.codec().image_height);
  if (absl::Status status = CheckSides(width, height, limits); !status.ok()) return status;

  const int components = reader.codec().num_components;
  if (components != 1 && components != 3 && components != 4) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "JPEG file has %d components; 1 (grey), 3 (colour) and 4 (CMYK) are read", components));
  }
  const bool cmyk = components == 4;
  StoredPicture picture;
  picture.orientation = Orientation(reader.codec());
  cv::Mat& rgb = picture.image.rgb;
  rgb.create(height, width, CV_8UC3);
  std::vector<uint8_t> cmyk_row(cmyk ? size_t{4} * width : 0);
  const bool read = reader.Try([&](jpeg_decompress_struct* codec) {
    codec->out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
    // At full size whatever the input's: libjpeg's own reduction (scale_num) cuts frequencies off where
    // Shrink averages, and rounds to 8 bits. With at least four times the input's side left, inputs of 256 px
    // made of generated pictures were off by up to 3 steps of 255 (2048 and 3000 px a side) or 1.3 (4096 px),
    // for 15 to 40 % or half of the time that decoding and shrinking take; and an overlay, drawn on the full
    // picture, would have to decode twice to come to the same score.
    jpeg_start_decompress(codec);
    while (codec->output_scanline < codec->output_height) {
      uint8_t* rgb_row = rgb.ptr(static_cast<int>(codec->output_scanline));
      JSAMPROW row = cmyk ? cmyk_row.data() : rgb_row;
      jpeg_read_scanlines(codec, &row, 1);
      if (cmyk) CmykToRgb(row, width, rgb_row);
    }
    jpeg_finish_decompress(codec);
  });
  if (!read) return reader.error();
  return picture;
}

}  // namespace mlfsc
