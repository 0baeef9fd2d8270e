// How a decoding process gives up what it has no need of.
#ifndef MLFSC_DECODER_CONFINE_H_
#define MLFSC_DECODER_CONFINE_H_

#include <string>

#include "core/decoding/exchange.h"

namespace mlfsc {

// After it the process has its socket and its memory: no other descriptor and no right to get one; no file,
// no socket, no program, no other process or thread; memory up to the limit. It dies with the server, and of
// any system call but those that take memory, use the socket, and end it. There is no way back. Returns what
// went wrong, or nothing.
std::string Confine(const DecoderSetup& setup);

}  // namespace mlfsc

#endif  // MLFSC_DECODER_CONFINE_H_
