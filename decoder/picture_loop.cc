#include "decoder/picture_loop.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <opencv2/core.hpp>
#include <opencv2/core/utility.hpp>
#include <sys/mman.h>
#include <sys/socket.h>

#include "core/base/error_text.h"
#include "core/decoding/exchange.h"
#include "core/image/bit_depth.h"
#include "decoder/confine.h"
#include "decoder/shared_pixels.h"

namespace mlfsc {
namespace {

// Whether a whole message came; false when the server hung up.
template <typename Message>
bool Receive(Message* message) {
  ssize_t received;
  do {
    received = recv(kDecoderSocket, message, sizeof(*message), 0);
  } while (received < 0 && errno == EINTR);
  return received == static_cast<ssize_t>(sizeof(*message));
}

template <typename Message>
bool Send(const Message& message) {
  return send(kDecoderSocket, &message, sizeof(message), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(sizeof(message));
}

char* MapSharedMemory(const DecoderSetup& setup) {
  void* memory = mmap(nullptr, setup.shared_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, kDecoderMemory, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<char*>(memory);
}

std::string SetUp(const DecoderSetup& setup, char* memory) {
  if (setup.version != kExchangeVersion) return "the server is of another version";
  if (memory == nullptr) return std::string("no shared memory: ") + ErrorText(errno);
  return Confine(setup);
}

DecodeReply MakeReply(const DecodeRequest& request, const absl::StatusOr<Image>& image,
                      SharedPixels* pixels) {
  DecodeReply reply;
  reply.number = request.number;
  reply.code = static_cast<int>(image.status().code());
  if (!image.ok()) {
    const absl::string_view text = image.status().message();
    reply.text_bytes = static_cast<int32_t>(std::min<size_t>(text.size(), DecodeReply::kMaxText));
    std::memcpy(reply.text, text.data(), static_cast<size_t>(reply.text_bytes));
    return reply;
  }
  pixels->Place(image->rgb);
  reply.height = image->height();
  reply.width = image->width();
  reply.sample_bytes = static_cast<int32_t>(image->rgb.elemSize1());
  while (WhiteOf(reply.bit_depth) < image->full_scale) ++reply.bit_depth;
  reply.fits_bits = image->fits_bits;
  return reply;
}

}  // namespace

int RunPictureLoop(const DecodeFunction& decode) {
  DecoderSetup setup;
  if (!Receive(&setup)) {
    std::fputs("mlfsc-decoder is started by mlfsc-server, which gives it a socket\n", stderr);
    return EXIT_FAILURE;
  }
  // A thread pool would be a thread.
  cv::setNumThreads(1);
  char* const memory = setup.version == kExchangeVersion ? MapSharedMemory(setup) : nullptr;
  SharedPixels pixels(memory + setup.pixels_at, setup.shared_bytes - setup.pixels_at);
  PictureLimits limits;
  limits.max_bytes = setup.max_bytes;
  limits.max_side = setup.max_side;
  limits.min_side = setup.min_side;

  DecoderReady ready;
  std::snprintf(ready.failure, sizeof(ready.failure), "%s", SetUp(setup, memory).c_str());
  if (!Send(ready) || ready.failure[0] != '\0') return EXIT_FAILURE;
  cv::Mat::setDefaultAllocator(&pixels);
  for (DecodeRequest request; Receive(&request);) {
    pixels.Offer();
    EncodedPicture file(absl::string_view(memory, request.file_bytes));
    file.bit_depth = request.bit_depth;
    file.page = request.page;
    const absl::StatusOr<Image> image = decode(file, limits);
    if (!Send(MakeReply(request, image, &pixels))) break;
  }
  cv::Mat::setDefaultAllocator(nullptr);
  return EXIT_SUCCESS;
}

}  // namespace mlfsc
