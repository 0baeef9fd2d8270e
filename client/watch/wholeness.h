// Whether a picture's file can be all of it.
#ifndef MLFSC_CLIENT_WATCH_WHOLENESS_H_
#define MLFSC_CLIENT_WATCH_WHOLENESS_H_

#include "absl/strings/string_view.h"

namespace mlfsc::client {

// Why `bytes`, a picture's file, may lack its end: "no IEND chunk", say; empty when nothing speaks for it.
//
// PNG and JPEG have a mark at their end, BMP says its size. What is written over a network often has its size
// before its pixels, which read as zeros until they come: `closed` false, when it is not known that nobody
// writes any more, makes a BMP or TIFF file suspect whose last 256 bytes are zero. A black border looks the
// same, so this is a reason to wait, never to refuse.
absl::string_view MayLackItsEnd(absl::string_view bytes, bool closed);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_WATCH_WHOLENESS_H_
