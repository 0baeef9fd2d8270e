// mlfsc-decoder: decodes the pictures of mlfsc-server, which starts it, in a process without rights
// (docs/security.md).
#include <unistd.h>

#include "core/image/decode.h"
#include "decoder/picture_loop.h"

int main() {
  // What libraries do at an orderly end is not among the system calls that are left.
  _exit(mlfsc::RunPictureLoop(mlfsc::DecodePicture));
}
