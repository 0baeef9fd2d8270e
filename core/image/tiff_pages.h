// Which of a TIFF file's pages is the picture.
#ifndef MLFSC_CORE_IMAGE_TIFF_PAGES_H_
#define MLFSC_CORE_IMAGE_TIFF_PAGES_H_

#include "absl/status/status.h"
#include "core/image/tiff_reader.h"

namespace mlfsc {

// Makes a page the current directory. `page`: from 1 over all pages of the file, or 0 for the only full one:
// reduced versions (thumbnails) and masks are passed over, wherever they stand. Where all pages are such
// ones, their SubIFDs are looked through for a full one; else SubIFDs, which hold reduced versions, do not
// count. InvalidArgument when several pages or none are full, for a page that the file does not have, for a
// camera's raw file (DNG), and for damage. `reader.tiff()` is not null.
absl::Status SelectTiffPage(TiffReader* reader, int page);

}  // namespace mlfsc

#endif  // MLFSC_CORE_IMAGE_TIFF_PAGES_H_
