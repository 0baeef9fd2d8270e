#include "core/image/tiff_pages.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace mlfsc {
namespace {

// Looked at in one file.
constexpr size_t kMaxPages = 4096;
// Of several full pages, named in the refusal.
constexpr size_t kNamed = 5;

// `size` bytes of the file as a number; 0 outside.
uint64_t Number(absl::string_view file, uint64_t position, int size, bool big_endian) {
  uint64_t number = 0;
  if (position > file.size() || file.size() - position < static_cast<uint64_t>(size)) return number;
  for (int i = 0; i < size; ++i) {
    const int from = big_endian ? i : size - 1 - i;
    number = number << 8 | static_cast<unsigned char>(file[position + static_cast<uint64_t>(from)]);
  }
  return number;
}

// The SubfileType of TIFF 5, which libtiff reads and forgets; 0 when the current directory has none.
uint64_t OldKind(TiffReader* reader) {
  const absl::string_view file = reader->bytes();
  const bool big_endian = TIFFIsBigEndian(reader->tiff()) != 0;
  const bool big_tiff = Number(file, 2, 2, big_endian) == 43;
  const int count_bytes = big_tiff ? 8 : 2;
  const uint64_t entry_bytes = big_tiff ? 20 : 12;
  const uint64_t begin = TIFFCurrentDirOffset(reader->tiff());
  const uint64_t count = std::min<uint64_t>(Number(file, begin, count_bytes, big_endian), UINT16_MAX);
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t entry = begin + static_cast<uint64_t>(count_bytes) + i * entry_bytes;
    if (Number(file, entry, 2, big_endian) != TIFFTAG_OSUBFILETYPE) continue;
    return Number(file, entry + (big_tiff ? 12 : 8), 2, big_endian);
  }
  return 0;
}

bool IsFull(TiffReader* reader) {
  TIFF* tiff = reader->tiff();
  uint32_t kind = 0;
  if (TIFFGetField(tiff, TIFFTAG_SUBFILETYPE, &kind) != 0 &&
      (kind & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK)) != 0) {
    return false;
  }
  if (OldKind(reader) == OFILETYPE_REDUCEDIMAGE) return false;
  uint16_t photometric = 0;
  return TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric) == 0 || photometric != PHOTOMETRIC_MASK;
}

bool IsDng(TIFF* tiff) {
  const uint8_t* version = nullptr;
  return TIFFGetField(tiff, TIFFTAG_DNGVERSION, &version) != 0;
}

std::vector<uint64_t> SubDirectories(TIFF* tiff) {
  uint16_t count = 0;
  const uint64_t* offsets = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_SUBIFD, &count, &offsets) == 0 || offsets == nullptr) return {};
  return std::vector<uint64_t>(offsets, offsets + count);
}

struct Pages {
  size_t count = 0;
  // From 1.
  std::vector<size_t> full;
  std::vector<uint64_t> subdirectories;
};

absl::StatusOr<Pages> LookThrough(TiffReader* reader) {
  Pages pages;
  do {
    if (++pages.count > kMaxPages) {
      return RefuseTiff(absl::StrFormat("more than %d pages; the limit is %d", kMaxPages, kMaxPages));
    }
    if (IsFull(reader)) pages.full.push_back(pages.count);
    for (const uint64_t offset : SubDirectories(reader->tiff())) pages.subdirectories.push_back(offset);
  } while (TIFFReadDirectory(reader->tiff()) != 0);
  if (reader->damaged()) return reader->error();
  return pages;
}

absl::Status GoTo(size_t page, TiffReader* reader) {
  return TIFFSetDirectory(reader->tiff(), static_cast<tdir_t>(page - 1)) != 0 && !reader->damaged()
             ? absl::OkStatus()
             : reader->error();
}

absl::Status SelectSubDirectory(const Pages& pages, TiffReader* reader) {
  std::vector<uint64_t> full;
  if (pages.subdirectories.size() > kMaxPages) {
    return RefuseTiff(absl::StrFormat("%d SubIFDs; the limit is %d", pages.subdirectories.size(), kMaxPages));
  }
  for (const uint64_t offset : pages.subdirectories) {
    if (TIFFSetSubDirectory(reader->tiff(), offset) == 0 || reader->damaged()) return reader->error();
    if (IsFull(reader)) full.push_back(offset);
  }
  if (full.empty()) {
    return RefuseTiff(absl::StrFormat(
        "no full page: %s a reduced version or a mask",
        pages.count == 1 ? "its only one is" : absl::StrFormat("each of its %d is", pages.count)));
  }
  if (full.size() > 1) {
    return RefuseTiff(absl::StrFormat("%d full pages, all of them in SubIFDs; one is read", full.size()));
  }
  return TIFFSetSubDirectory(reader->tiff(), full.front()) != 0 ? absl::OkStatus() : reader->error();
}

}  // namespace

absl::Status SelectTiffPage(TiffReader* reader, int page) {
  if (IsDng(reader->tiff())) {
    return absl::InvalidArgumentError(
        "picture is a DNG camera raw file; PNG, JPEG, BMP and TIFF files are read");
  }
  const absl::StatusOr<Pages> pages = LookThrough(reader);
  if (!pages.ok()) return pages.status();
  if (page != 0) {
    if (page < 0 || static_cast<size_t>(page) > pages->count) {
      return RefuseTiff(absl::StrFormat("%d page%s; page %d is asked for", pages->count,
                                        pages->count == 1 ? "" : "s", page));
    }
    return GoTo(static_cast<size_t>(page), reader);
  }
  if (pages->full.empty()) return SelectSubDirectory(*pages, reader);
  if (pages->full.size() > 1) {
    const size_t named = std::min(kNamed, pages->full.size());
    return RefuseTiff(absl::StrFormat(
        "%d full pages (%s%s); name the page that is meant", pages->full.size(),
        absl::StrJoin(pages->full.begin(), pages->full.begin() + static_cast<ptrdiff_t>(named), ", "),
        named < pages->full.size() ? ", ..." : ""));
  }
  return GoTo(pages->full.front(), reader);
}

}  // namespace mlfsc
