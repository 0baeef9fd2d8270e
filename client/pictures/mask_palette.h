// The palette of a picture file, changed in place: so that what its pixels say is an entry's number, not a
// colour.
#ifndef MLFSC_CLIENT_PICTURES_MASK_PALETTE_H_
#define MLFSC_CLIENT_PICTURES_MASK_PALETTE_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace mlfsc::client {

// Of a PNG, BMP or classic TIFF file with a palette. Thread-safe as far as its parts are.
class FilePalette {
 public:
  // Nothing for a file without a palette, or whose palette cannot be found: then it is decoded like any
  // other.
  static std::optional<FilePalette> Find(absl::string_view bytes);

  int entries() const { return static_cast<int>(entries_.size()); }
  bool IsBlack(int entry) const;

  // The file with those entries white that are `white(entry)`, all others black.
  std::string Repainted(const std::function<bool(int)>& white) const;

 private:
  struct Bytes {
    size_t position;
    size_t size;
  };

  explicit FilePalette(absl::string_view bytes) : bytes_(bytes) {}
  bool FindInPng();
  bool FindInBmp();
  bool FindInTiff();

  absl::string_view bytes_;
  // Where in the file each entry's colour is.
  std::vector<std::vector<Bytes>> entries_;
  // PNG: where the chunk's type is, and how long its data; its checksum follows them.
  size_t chunk_ = 0;
  size_t chunk_size_ = 0;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_PICTURES_MASK_PALETTE_H_
