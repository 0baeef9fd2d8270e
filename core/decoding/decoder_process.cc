#include "core/decoding/decoder_process.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <opencv2/core.hpp>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/clock.h"
#include "core/image/decode.h"

namespace mlfsc {
namespace {

// Below it lie the places that a new process gets its descriptors at.
constexpr int kFirstDescriptor = 10;

// Shared memory that a process keeps from picture to picture, of the file and of the pixels each: what is
// there already costs no page faults. A picture of 2048 px a side fits; larger ones keep more, one of 4096 px
// all of it, until a small one comes.
constexpr size_t kKept = size_t{16} << 20;
constexpr size_t kKeptBetweenLargeOnes = size_t{64} << 20;

// Of RGB with samples of 16 bits.
constexpr size_t kMaxPixelBytes = 6;

size_t MaxPixels(const PictureLimits& limits) {
  return static_cast<size_t>(limits.max_side) * static_cast<size_t>(limits.max_side);
}

// The descriptor moved out of the way of those below kFirstDescriptor; closed on exec, as it was.
int MovedUp(int descriptor) {
  const int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, kFirstDescriptor);
  close(descriptor);
  return moved;
}

absl::Status CannotStart(absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat("a decoding process does not start: ", what));
}

// How one picture's fault is told.
absl::Status CannotDecode(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("picture cannot be decoded: ", what));
}

// What a new process gets of this one: descriptors, no signal that ends servers, next to no environment.
class SpawnSettings {
 public:
  SpawnSettings(int program, int socket, int memory) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, socket, kDecoderSocket);
    posix_spawn_file_actions_adddup2(&actions_, memory, kDecoderMemory);
    posix_spawn_file_actions_adddup2(&actions_, program, kDecoderProgram);
    posix_spawn_file_actions_addclosefrom_np(&actions_, kDecoderProgram + 1);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDWR, 0);
    posix_spawn_file_actions_adddup2(&actions_, STDIN_FILENO, STDOUT_FILENO);

    posix_spawnattr_init(&attributes_);
    sigset_t all;
    sigfillset(&all);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    // Those that end this process, sent to all of a terminal's or of a service's: pictures under way are
    // finished first.
    sigset_t blocked;
    sigemptyset(&blocked);
    for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM}) {
      sigaddset(&blocked, signal);
    }
    posix_spawnattr_setsigmask(&attributes_, &blocked);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);

    // Of the libraries' thread pools none is wanted.
    environment_ = {"OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1"};
    // Nobody changes the environment of a server that runs.
    const char* path = std::getenv("LD_LIBRARY_PATH");  // NOLINT(concurrency-mt-unsafe)
    if (path != nullptr) {
      environment_.push_back(absl::StrCat("LD_LIBRARY_PATH=", path));
    }
    for (std::string& variable : environment_) environment_pointers_.push_back(variable.data());
    environment_pointers_.push_back(nullptr);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  // 0, or an error number.
  int Spawn(pid_t* pid) {
    char name[] = "mlfsc-decoder";
    char* arguments[] = {name, nullptr};
    const std::string program = absl::StrCat("/proc/self/fd/", kDecoderProgram);
    return posix_spawn(pid, program.c_str(), &actions_, &attributes_, arguments,
                       environment_pointers_.data());
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  std::vector<std::string> environment_;
  std::vector<char*> environment_pointers_;
};

template <typename Message>
bool Send(int socket, const Message& message) {
  ssize_t sent;
  do {
    sent = send(socket, &message, sizeof(message), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(sizeof(message));
}

// Whether something can be read (or the other end is gone) before `deadline` of the real clock.
bool AwaitReadable(int socket, absl::Time deadline) {
  while (true) {
    const absl::Duration left = deadline - Clock::Real()->Now();
    pollfd waiting = {socket, POLLIN, 0};
    const auto milliseconds = absl::ToInt64Milliseconds(absl::Ceil(left, absl::Milliseconds(1)));
    const int ready = poll(&waiting, 1, static_cast<int>(std::clamp<int64_t>(milliseconds, 0, 1 << 30)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return true;
    if (left <= absl::ZeroDuration()) return false;
  }
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

absl::StatusOr<std::shared_ptr<const DecoderProgram>> DecoderProgram::Open(const std::string& path) {
  int descriptor = open(path.c_str(), O_PATH | O_CLOEXEC);
  if (descriptor >= 0) descriptor = MovedUp(descriptor);
  if (descriptor < 0) {
    return absl::NotFoundError(
        absl::StrFormat("decoding program '%s' cannot be opened: %s", path, strerror(errno)));
  }
  if (access(path.c_str(), X_OK) != 0) {
    const absl::Status status = absl::PermissionDeniedError(
        absl::StrFormat("decoding program '%s' cannot be run: %s", path, strerror(errno)));
    close(descriptor);
    return status;
  }
  return std::shared_ptr<const DecoderProgram>(new DecoderProgram(path, descriptor));
}

DecoderProgram::~DecoderProgram() { close(descriptor_); }

DecoderProcess::DecoderProcess(const DecoderProcessOptions& options, std::unique_ptr<SharedMemory> memory,
                               size_t pixels_at, int socket)
    : options_(options),
      memory_limit_(DecoderMemoryLimit(options.limits)),
      memory_(std::move(memory)),
      file_{0, pixels_at},
      pixels_{pixels_at, memory_->size() - pixels_at},
      socket_(socket) {}

DecoderProcess::~DecoderProcess() {
  if (!end_.has_value()) Reap();
  if (exit_descriptor_ >= 0) close(exit_descriptor_);
  close(socket_);
}

absl::StatusOr<std::unique_ptr<DecoderProcess>> DecoderProcess::Start(const DecoderProgram& program,
                                                                      const DecoderProcessOptions& options) {
  const size_t pixels_at = WholePages(options.limits.max_bytes);
  absl::StatusOr<std::unique_ptr<SharedMemory>> memory =
      SharedMemory::Create(pixels_at + WholePages(MaxPixels(options.limits) * kMaxPixelBytes));
  if (!memory.ok()) return CannotStart(memory.status().message());
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return CannotStart(absl::StrCat("no socket: ", strerror(errno)));
  }
  const int socket = MovedUp(ends[0]);
  const int peer = MovedUp(ends[1]);
  if (socket < 0 || peer < 0) {
    close(socket);
    close(peer);
    return CannotStart("no descriptors are left");
  }
  std::unique_ptr<DecoderProcess> process(new DecoderProcess(options, *std::move(memory), pixels_at, socket));
  absl::Status status = process->Spawn(program, peer);
  close(peer);
  if (status.ok()) status = process->AwaitReady();
  if (!status.ok()) return status;
  return process;
}

absl::Status DecoderProcess::Spawn(const DecoderProgram& program, int peer) {
  SpawnSettings settings(program.descriptor(), peer, memory_->descriptor());
  if (const int error = settings.Spawn(&pid_); error != 0) {
    end_ = DecoderEnd{DecoderEndCause::kStart, strerror(error)};
    return CannotStart(absl::StrFormat("'%s': %s", program.path(), strerror(error)));
  }
  exit_descriptor_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  DecoderSetup setup;
  setup.max_bytes = options_.limits.max_bytes;
  setup.max_side = options_.limits.max_side;
  setup.min_side = options_.limits.min_side;
  setup.shared_bytes = memory_->size();
  setup.pixels_at = pixels_.begin;
  setup.memory_limit = memory_limit_;
  setup.niceness = options_.niceness;
  setup.server = getpid();
  if (!Send(socket_, setup)) return CannotStart(End(DecoderEndCause::kStart, "takes no message").message());
  return absl::OkStatus();
}

absl::Status DecoderProcess::AwaitReady() {
  DecoderReady ready;
  const absl::Status received =
      Receive(&ready, sizeof(ready), options_.start_limit, "it was not ready within");
  if (!received.ok()) return CannotStart(end_->what);
  if (ready.version != kExchangeVersion) {
    (void)End(DecoderEndCause::kStart, "the program is of another version");
    return CannotStart(end_->what);
  }
  const absl::string_view failure(ready.failure, strnlen(ready.failure, sizeof(ready.failure)));
  if (!failure.empty()) {
    (void)End(DecoderEndCause::kStart, failure);
    return CannotStart(end_->what);
  }
  return absl::OkStatus();
}

std::string DecoderProcess::Reap() {
  kill(pid_, SIGKILL);
  int status = 0;
  pid_t waited;
  do {
    waited = waitpid(pid_, &status, 0);
  } while (waited < 0 && errno == EINTR);
  // Somebody else took the news.
  if (waited != pid_) return "ended";
  return DescribeEnd(status);
}

absl::Status DecoderProcess::End(DecoderEndCause cause, absl::string_view what) {
  const std::string ended = Reap();
  if (cause == DecoderEndCause::kCrash) {
    end_ = DecoderEnd{cause, absl::StrCat("the decoding process ", ended)};
  } else {
    end_ = DecoderEnd{cause, std::string(what)};
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

void DecoderProcess::Hang() { shutdown(socket_, SHUT_RDWR); }

absl::StatusOr<Image> DecoderProcess::Decode(absl::string_view bytes) {
  DecodeRequest request;
  request.number = ++number_;
  request.file_bytes = bytes.size();
  std::memcpy(memory_->data(), bytes.data(), bytes.size());
  if (!Send(socket_, request)) {
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
  if (!AwaitReadable(socket_, Clock::Real()->Now() + limit)) {
    return End(DecoderEndCause::kTime,
               absl::StrCat(what_took_long, " the limit of ", absl::FormatDuration(limit)));
  }
  ssize_t received;
  do {
    // The real length, even where the message is longer.
    received = recv(socket_, message, size, MSG_TRUNC | MSG_DONTWAIT);
  } while (received < 0 && errno == EINTR);
  if (received <= 0) return End(DecoderEndCause::kCrash, "");
  if (received != static_cast<ssize_t>(size)) {
    return End(
        DecoderEndCause::kProtocol,
        absl::StrFormat("the decoding process sent a message of %d bytes; %d were due", received, size));
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
  // What was written for a refused picture, nobody knows.
  pixels_.touched = pixels_.size;
  ReleaseLarge(request.file_bytes, 0);
  if (reply.code == static_cast<int>(absl::StatusCode::kInvalidArgument)) {
    return absl::InvalidArgumentError(text);
  }
  if (reply.code == static_cast<int>(absl::StatusCode::kResourceExhausted)) {
    return CannotDecode(
        absl::StrFormat("it needs more memory than the limit of %d MiB", memory_limit_ >> 20));
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
  // Within the shared memory, since the sides are within their limits.
  const size_t pixel_bytes = size_t{3} * static_cast<size_t>(reply.sample_bytes) *
                             static_cast<size_t>(reply.width) * static_cast<size_t>(reply.height);
  Image image;
  image.full_scale = reply.sample_bytes == 1 ? 255 : 65535;
  try {
    image.rgb.create(reply.height, reply.width, reply.sample_bytes == 1 ? CV_8UC3 : CV_16UC3);
  } catch (const cv::Exception&) {
    return NoMemoryToDecode(request.file_bytes);
  } catch (const std::bad_alloc&) {
    return NoMemoryToDecode(request.file_bytes);
  }
  std::memcpy(image.rgb.data, memory_->data() + pixels_.begin, pixel_bytes);
  ReleaseLarge(request.file_bytes, pixel_bytes);
  return image;
}

void DecoderProcess::ReleaseLarge(size_t file_bytes, size_t pixel_bytes) {
  file_.ReleaseAfter(file_bytes, memory_.get());
  pixels_.ReleaseAfter(pixel_bytes, memory_.get());
}

void DecoderProcess::Region::ReleaseAfter(size_t used, SharedMemory* memory) {
  touched = std::min(std::max(touched, WholePages(used)), size);
  const size_t kept = used > kKept ? kKeptBetweenLargeOnes : kKept;
  if (touched <= kept) return;
  memory->Release(begin + kept, begin + touched);
  touched = kept;
}

}  // namespace mlfsc
