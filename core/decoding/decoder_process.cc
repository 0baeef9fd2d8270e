#include "core/decoding/decoder_process.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>
#include <utility>

#include <opencv2/core.hpp>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/image/bit_depth.h"
#include "core/image/decode.h"

namespace mlfsc {
namespace {

// Of RGB with samples of 16 bits.
constexpr size_t kMaxPixelBytes = 6;

// How long one that hung up has to end by itself; one that does not is killed.
constexpr int kEndLimitMs = 1000;

size_t MaxPixels(const PictureLimits& limits) {
  return static_cast<size_t>(limits.max_side) * static_cast<size_t>(limits.max_side);
}

absl::Status CannotStart(absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat("a decoding process does not start: ", what));
}

// How one picture's fault is told.
absl::Status CannotDecode(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("picture cannot be decoded: ", what));
}

// How it is told that a picture, which may be good, was not decoded.
absl::Status NotDecoded(absl::string_view what) {
  return absl::ResourceExhaustedError(absl::StrCat("the picture was not decoded: ", what));
}

bool IsOneLine(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isprint(static_cast<unsigned char>(c)); });
}

}  // namespace

size_t DecoderMemoryLimit(const PictureLimits& limits) {
  constexpr size_t kLibraries = size_t{64} << 20;
  constexpr size_t kBytesAPixel = 10 + 4 + 2 * kMaxPixelBytes;
  return kLibraries + limits.max_bytes + kBytesAPixel * MaxPixels(limits);
}

DecoderProcess::DecoderProcess(const DecoderProcessOptions& options, std::unique_ptr<SharedMemory> memory,
                               size_t pixels_at, std::unique_ptr<MessageSocket> socket)
    : options_(options),
      memory_limit_(DecoderMemoryLimit(options.limits)),
      memory_(std::move(memory)),
      file_(memory_.get(), 0, pixels_at),
      pixels_(memory_.get(), pixels_at, memory_->size() - pixels_at),
      socket_(std::move(socket)) {}

DecoderProcess::~DecoderProcess() {
  if (!end_.has_value()) Reap();
  if (exit_descriptor_ >= 0) close(exit_descriptor_);
}

absl::StatusOr<std::unique_ptr<DecoderProcess>> DecoderProcess::Start(const DecoderProgram& program,
                                                                      const DecoderProcessOptions& options) {
  const size_t pixels_at = WholePages(options.limits.max_bytes);
  absl::StatusOr<std::unique_ptr<SharedMemory>> memory =
      SharedMemory::Create(pixels_at + WholePages(MaxPixels(options.limits) * kMaxPixelBytes));
  if (!memory.ok()) return CannotStart(memory.status().message());
  absl::StatusOr<std::unique_ptr<MessageSocket>> socket = MessageSocket::Create();
  if (!socket.ok()) return CannotStart(socket.status().message());
  std::unique_ptr<DecoderProcess> process(
      new DecoderProcess(options, *std::move(memory), pixels_at, *std::move(socket)));
  absl::Status status = process->Spawn(program);
  if (status.ok()) status = process->SetUp();
  if (status.ok()) status = process->AwaitReady();
  if (!status.ok()) return CannotStart(process->end_->what);
  return process;
}

absl::Status DecoderProcess::Spawn(const DecoderProgram& program) {
  const absl::StatusOr<pid_t> pid = program.Spawn(socket_->peer(), memory_->descriptor());
  socket_->ClosePeer();
  if (!pid.ok()) {
    end_ = DecoderEnd{DecoderEndCause::kStart, std::string(pid.status().message())};
    return pid.status();
  }
  pid_ = *pid;
  exit_descriptor_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  return absl::OkStatus();
}

absl::Status DecoderProcess::SetUp() {
  DecoderSetup setup;
  setup.max_bytes = options_.limits.max_bytes;
  setup.max_side = options_.limits.max_side;
  setup.min_side = options_.limits.min_side;
  setup.shared_bytes = memory_->size();
  setup.pixels_at = pixels_.begin();
  setup.memory_limit = memory_limit_;
  setup.niceness = options_.niceness;
  setup.server = getpid();
  if (socket_->Send(&setup, sizeof(setup))) return absl::OkStatus();
  return End(DecoderEndCause::kCrash, "");
}

absl::Status DecoderProcess::AwaitReady() {
  DecoderReady ready;
  absl::Status received = Receive(&ready, sizeof(ready), options_.start_limit, "it was not ready within");
  if (!received.ok()) return received;
  if (ready.version != kExchangeVersion) {
    return End(DecoderEndCause::kStart, "the program is of another version");
  }
  const absl::string_view failure(ready.failure, strnlen(ready.failure, sizeof(ready.failure)));
  if (!failure.empty()) return End(DecoderEndCause::kStart, failure);
  return absl::OkStatus();
}

bool DecoderProcess::EndsByItself() const {
  pollfd exit = {exit_descriptor_, POLLIN, 0};
  int ready;
  do {
    ready = poll(&exit, 1, kEndLimitMs);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

std::optional<int> DecoderProcess::Reap() {
  kill(pid_, SIGKILL);
  int status = 0;
  pid_t waited;
  do {
    waited = waitpid(pid_, &status, 0);
  } while (waited < 0 && errno == EINTR);
  // Somebody else took the news.
  if (waited != pid_) return std::nullopt;
  return status;
}

absl::Status DecoderProcess::End(DecoderEndCause cause, absl::string_view what) {
  if (cause != DecoderEndCause::kCrash) {
    Reap();
    end_ = DecoderEnd{cause, std::string(what)};
    return CannotDecode(end_->what);
  }
  const bool by_itself = !hung_up_ && EndsByItself();
  const std::optional<int> status = Reap();
  end_ = DecoderEnd{cause, absl::StrCat("the decoding process ", status.has_value() ? DescribeEnd(*status) : "ended")};
  if (by_itself && status.has_value() && WasEndedFromOutside(*status)) {
    return NotDecoded(absl::StrCat(end_->what, ", by the system for want of memory or by somebody"));
  }
  return CannotDecode(end_->what);
}

bool DecoderProcess::HasEnded() {
  if (end_.has_value()) return true;
  int status = 0;
  const pid_t waited = waitpid(pid_, &status, WNOHANG);
  if (waited == 0 || (waited < 0 && errno == EINTR)) return false;
  end_ = DecoderEnd{DecoderEndCause::kCrash,
                    absl::StrCat("the decoding process ", waited == pid_ ? DescribeEnd(status) : "ended")};
  return true;
}

void DecoderProcess::Hang() {
  hung_up_ = true;
  socket_->ShutDown();
}

absl::StatusOr<Image> DecoderProcess::Decode(const EncodedPicture& file) {
  DecodeRequest request;
  request.number = ++number_;
  request.file_bytes = file.bytes.size();
  request.bit_depth = file.bit_depth;
  request.page = file.page;
  std::memcpy(file_.data(), file.bytes.data(), file.bytes.size());
  if (!socket_->Send(&request, sizeof(request))) {
    (void)End(DecoderEndCause::kCrash, "");
    return absl::AbortedError(end_->what);
  }
  DecodeReply reply;
  if (absl::Status status = Receive(&reply, sizeof(reply), options_.time_limit, "it took longer than");
      !status.ok()) {
    return status;
  }
  return TakeReply(request, reply);
}

absl::Status DecoderProcess::Receive(void* message, size_t size, absl::Duration limit,
                                     absl::string_view what_took_long) {
  const absl::StatusOr<size_t> received = socket_->Receive(message, size, limit);
  if (!received.ok()) {
    return End(DecoderEndCause::kTime, absl::StrCat(what_took_long, " ", received.status().message()));
  }
  if (*received == 0) return End(DecoderEndCause::kCrash, "");
  if (*received != size) {
    return End(
        DecoderEndCause::kProtocol,
        absl::StrFormat("the decoding process sent a message of %d bytes; %d were due", *received, size));
  }
  return absl::OkStatus();
}

absl::StatusOr<Image> DecoderProcess::TakeReply(const DecodeRequest& request, const DecodeReply& reply) {
  if (reply.number != request.number) {
    return End(DecoderEndCause::kProtocol, "the decoding process answered another request");
  }
  if (reply.code == static_cast<int>(absl::StatusCode::kOk)) return CopyPixels(request, reply);
  if (reply.text_bytes < 0 || reply.text_bytes > DecodeReply::kMaxText) {
    return End(DecoderEndCause::kProtocol,
               absl::StrFormat("the decoding process sent a text of %d bytes; the limit is %d",
                               reply.text_bytes, DecodeReply::kMaxText));
  }
  const absl::string_view text(reply.text, static_cast<size_t>(reply.text_bytes));
  if (!IsOneLine(text)) {
    return End(DecoderEndCause::kProtocol, "the decoding process sent a text that cannot be printed");
  }
  file_.ReleaseAfter(request.file_bytes);
  pixels_.ReleaseAfterUnknownUse();
  if (reply.code == static_cast<int>(absl::StatusCode::kInvalidArgument)) {
    return absl::InvalidArgumentError(text);
  }
  if (reply.code == static_cast<int>(absl::StatusCode::kResourceExhausted)) {
    // Whatever a picture within the limits needs is below its own limit (DecoderMemoryLimit): there was none to be had.
    return NotDecoded(absl::StrFormat("the decoding process got no memory; it may have %d MiB", memory_limit_ >> 20));
  }
  return End(DecoderEndCause::kProtocol,
             absl::StrFormat("the decoding process answered with code %d", reply.code));
}

absl::StatusOr<Image> DecoderProcess::CopyPixels(const DecodeRequest& request, const DecodeReply& reply) {
  if (!CheckSides(reply.width, reply.height, options_.limits).ok()) {
    return End(DecoderEndCause::kProtocol,
               absl::StrFormat("the decoding process answered with a picture of %dx%d px", reply.width,
                               reply.height));
  }
  if (reply.sample_bytes != 1 && reply.sample_bytes != 2) {
    return End(DecoderEndCause::kProtocol,
               absl::StrFormat("the decoding process answered with %d bytes a sample", reply.sample_bytes));
  }
  const bool known_depth = reply.sample_bytes == 1
                               ? reply.bit_depth == 8
                               : reply.bit_depth >= kMinBitDepth && reply.bit_depth <= kMaxBitDepth;
  if (!known_depth) {
    return End(DecoderEndCause::kProtocol,
               absl::StrFormat("the decoding process answered with bit depth %d", reply.bit_depth));
  }
  // Within the shared memory, since the sides are within their limits.
  const size_t pixel_bytes = size_t{3} * static_cast<size_t>(reply.sample_bytes) *
                             static_cast<size_t>(reply.width) * static_cast<size_t>(reply.height);
  Image image;
  image.full_scale = WhiteOf(reply.bit_depth);
  image.fits_bits = std::clamp<int>(reply.fits_bits, 0, kMaxBitDepth);
  try {
    image.rgb.create(reply.height, reply.width, reply.sample_bytes == 1 ? CV_8UC3 : CV_16UC3);
  } catch (const cv::Exception&) {
    return NoMemoryToDecode(request.file_bytes);
  } catch (const std::bad_alloc&) {
    return NoMemoryToDecode(request.file_bytes);
  }
  std::memcpy(image.rgb.data, pixels_.data(), pixel_bytes);
  file_.ReleaseAfter(request.file_bytes);
  pixels_.ReleaseAfter(pixel_bytes);
  return image;
}

}  // namespace mlfsc
