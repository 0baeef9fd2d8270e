// What the server and a decoding process say to each other: whole messages of a fixed size on a socket
// (SOCK_SEQPACKET); the file and the pixels lie in memory that both have. The process is not trusted: it may
// have been taken over by a picture.
#ifndef MLFSC_CORE_DECODING_EXCHANGE_H_
#define MLFSC_CORE_DECODING_EXCHANGE_H_

#include <cstdint>

namespace mlfsc {

// Descriptors that a decoding process begins with, besides standard error.
inline constexpr int kDecoderSocket = 3;
inline constexpr int kDecoderMemory = 4;
// Of the program itself.
inline constexpr int kDecoderProgram = 5;

// Changed with every change below: a program of another build is refused.
inline constexpr uint64_t kExchangeVersion = 0x6d6c667363'000002;

// The server's first message, before any picture.
struct DecoderSetup {
  uint64_t version = kExchangeVersion;
  // PictureLimits.
  uint64_t max_bytes = 0;
  int32_t max_side = 0;
  int32_t min_side = 0;
  // Of the shared memory: the file from byte 0, the pixels from `pixels_at`.
  uint64_t shared_bytes = 0;
  uint64_t pixels_at = 0;
  // Memory that the process may take besides that.
  uint64_t memory_limit = 0;
  int32_t niceness = 0;
  // Whose end is the process's end.
  int32_t server = 0;
};

// The answer to it, once the process has given up everything else.
struct DecoderReady {
  uint64_t version = kExchangeVersion;
  // Why it cannot begin, ending with 0; empty when it can.
  char failure[240] = "";
};

// A picture: its file lies in the shared memory.
struct DecodeRequest {
  // Never used twice for one process.
  uint64_t number = 0;
  uint64_t file_bytes = 0;
  // EncodedPicture.
  int32_t bit_depth = 0;
  int32_t page = 0;
};

struct DecodeReply {
  static constexpr int kMaxText = 2048;

  // The request's.
  uint64_t number = 0;
  // Of absl::StatusCode: OK, InvalidArgument, or ResourceExhausted for a lack of memory.
  int32_t code = 0;
  // When OK: the picture's sides and the bytes of a sample, 1 or 2; its RGB pixels are in the shared memory,
  // without padding.
  int32_t height = 0;
  int32_t width = 0;
  int32_t sample_bytes = 0;
  // White is 2^bit_depth - 1: 8, or of 2 bytes 9 to 16.
  int32_t bit_depth = 0;
  // Image's.
  int32_t fits_bits = 0;
  // When not: printable ASCII.
  int32_t text_bytes = 0;
  char text[kMaxText] = "";
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_DECODING_EXCHANGE_H_
