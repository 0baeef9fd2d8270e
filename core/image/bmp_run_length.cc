// Codes: https://learn.microsoft.com/windows/win32/gdi/bitmap-compression
#include "core/image/bmp_run_length.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_format.h"

namespace mlfsc {
namespace {

// What a first byte of 0 is followed by; 3 and more: so many pixels as they are.
constexpr int kEndOfRow = 0;
constexpr int kEndOfPicture = 1;
constexpr int kMove = 2;

class Decoder {
 public:
  Decoder(absl::string_view coded, int bits, int width, int height)
      : rest_(coded), bits_(bits), width_(width), height_(height) {
    places_.resize(static_cast<size_t>(width) * static_cast<size_t>(height));
  }

  absl::StatusOr<std::vector<uint8_t>> Decode() {
    while (true) {
      if (rest_.size() < 2) {
        // The last row needs no end mark.
        if (y_ >= height_ || (y_ == height_ - 1 && x_ == width_)) return std::move(places_);
        return absl::InvalidArgumentError(
            absl::StrFormat("BMP file is truncated: its run-length codes end in row %d of %d", y_, height_));
      }
      const int count = Take();
      const int value = Take();
      if (count > 0) {
        if (!Fits(count)) return Leaves();
        for (int i = 0; i < count; ++i) Put(Place(value, i));
      } else if (value == kEndOfRow) {
        x_ = 0;
        ++y_;
      } else if (value == kEndOfPicture) {
        return std::move(places_);
      } else if (value == kMove) {
        if (rest_.size() < 2) continue;
        x_ += Take();
        y_ += Take();
        if (x_ > width_ || y_ > height_) return Leaves();
      } else if (absl::Status status = CopyPixels(value); !status.ok()) {
        return status;
      }
    }
  }

 private:
  int Take() {
    const int byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }

  // Of a byte of codes, that of its pixel `i`.
  uint8_t Place(int byte, int i) const {
    if (bits_ == 8) return static_cast<uint8_t>(byte);
    return static_cast<uint8_t>(i % 2 == 0 ? byte >> 4 : byte & 15);
  }

  bool Fits(int count) const { return y_ < height_ && x_ + count <= width_; }

  void Put(uint8_t place) {
    places_[static_cast<size_t>(y_) * static_cast<size_t>(width_) + static_cast<size_t>(x_++)] = place;
  }

  absl::Status CopyPixels(int count) {
    if (!Fits(count)) return Leaves();
    const size_t bytes = static_cast<size_t>((count * bits_ + 7) / 8);
    // Filled up to an even number.
    const size_t stored = bytes + bytes % 2;
    if (rest_.size() < bytes) {
      rest_ = {};
      return absl::OkStatus();
    }
    for (int i = 0; i < count; ++i) {
      const size_t byte = static_cast<size_t>(i * bits_ / 8);
      Put(Place(static_cast<unsigned char>(rest_[byte]), i));
    }
    rest_.remove_prefix(std::min(stored, rest_.size()));
    return absl::OkStatus();
  }

  absl::Status Leaves() const {
    return absl::InvalidArgumentError(
        absl::StrFormat("BMP file is damaged: its run-length codes leave the picture of %dx%d px in row %d",
                        width_, height_, y_));
  }

  absl::string_view rest_;
  const int bits_;
  const int width_;
  const int height_;
  int x_ = 0;
  // From the lowest.
  int y_ = 0;
  std::vector<uint8_t> places_;
};

}  // namespace

absl::StatusOr<std::vector<uint8_t>> DecodeBmpRunLength(absl::string_view coded, int bits, int width,
                                                        int height) {
  return Decoder(coded, bits, width, height).Decode();
}

}  // namespace mlfsc
