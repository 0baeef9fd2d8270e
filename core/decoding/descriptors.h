// Descriptors of this process that its children are given.
#ifndef MLFSC_CORE_DECODING_DESCRIPTORS_H_
#define MLFSC_CORE_DECODING_DESCRIPTORS_H_

#include <fcntl.h>
#include <unistd.h>

namespace mlfsc {

// The descriptor moved out of the way of the places that a new process gets its descriptors at
// (kDecoderSocket and on); closed on exec, as it was. -1 with errno when none is left, or for one that is
// none; closed then.
inline int MoveOutOfTheWay(int descriptor) {
  constexpr int kFirst = 10;
  const int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, kFirst);
  close(descriptor);
  return moved;
}

}  // namespace mlfsc

#endif  // MLFSC_CORE_DECODING_DESCRIPTORS_H_
