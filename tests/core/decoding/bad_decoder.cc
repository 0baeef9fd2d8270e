// mlfsc-decoder as a hostile or broken file would have it: sets up and confines itself like the real one, and
// then does what the file's text says. Everything else is decoded.
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/decoding/exchange.h"
#include "core/image/decode.h"
#include "decoder/picture_loop.h"

namespace mlfsc {
namespace {

// What it should have said of its first picture.
DecodeReply Picture() {
  DecodeReply reply;
  reply.number = 1;
  reply.height = 32;
  reply.width = 32;
  reply.sample_bytes = 1;
  reply.bit_depth = 8;
  return reply;
}

void Say(const DecodeReply& reply) { send(kDecoderSocket, &reply, sizeof(reply), 0); }

void SayPicture(const std::function<void(DecodeReply*)>& change) {
  DecodeReply reply = Picture();
  change(&reply);
  Say(reply);
}

void TakeMemory() {
  std::vector<char*> taken;
  while (true) {
    taken.push_back(new char[size_t{1} << 20]);
    std::memset(taken.back(), 1, size_t{1} << 20);
  }
}

using Deed = std::function<void()>;

const std::map<std::string, Deed>& Deeds() {
  static volatile int never = 0;
  static const auto& deeds = *new std::map<std::string, Deed>{
      {"abort", [] { std::abort(); }},
      {"fault", [] { *reinterpret_cast<volatile int*>(never) = 1; }},
      {"leave", [] { _exit(3); }},
      {"spin",
       [] {
         while (never == 0) {
         }
       }},
      {"wait for ever",
       [] {
         char nothing;
         while (recv(kDecoderSocket, &nothing, 0, MSG_PEEK) != 0) {
         }
       }},
      {"take memory", [] { TakeMemory(); }},
      // Calls that are not left.
      {"open a file", [] { (void)!open("/etc/passwd", O_RDONLY); }},
      {"open a socket", [] { (void)!socket(AF_INET, SOCK_STREAM, 0); }},
      {"fork", [] { (void)!syscall(SYS_clone, SIGCHLD, nullptr); }},
      {"run a program", [] { execl("/bin/true", "true", nullptr); }},
      {"kill the server", [] { kill(getppid(), SIGKILL); }},
      {"signal the server", [] { syscall(SYS_tgkill, 1, 1, SIGTERM); }},
      {"look into the server", [] { ptrace(PTRACE_ATTACH, 1, nullptr, nullptr); }},
      {"make code",
       [] { (void)mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }},
      {"resize what is shared", [] { (void)!ftruncate(kDecoderMemory, 0); }},
      {"raise its limits",
       [] {
         const rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
         setrlimit(RLIMIT_AS, &none);
       }},
      // Lies.
      {"answer another", [] { SayPicture([](DecodeReply* reply) { reply->number = 7; }); }},
      {"answer in part", [] { send(kDecoderSocket, "?", 1, 0); }},
      {"answer too much",
       [] {
         const std::string much(sizeof(DecodeReply) + 1, '\0');
         send(kDecoderSocket, much.data(), much.size(), 0);
       }},
      {"answer nothing", [] { send(kDecoderSocket, "", 0, 0); }},
      {"make it tall", [] { SayPicture([](DecodeReply* reply) { reply->height = 1 << 30; }); }},
      {"make it wide", [] { SayPicture([](DecodeReply* reply) { reply->width = 65; }); }},
      {"make it negative",
       [] { SayPicture([](DecodeReply* reply) { reply->height = reply->width = -32; }); }},
      {"make it small", [] { SayPicture([](DecodeReply* reply) { reply->width = 15; }); }},
      {"make it deep", [] { SayPicture([](DecodeReply* reply) { reply->sample_bytes = 4; }); }},
      {"make it white at nothing", [] { SayPicture([](DecodeReply* reply) { reply->bit_depth = 0; }); }},
      {"make it white beyond its samples",
       [] { SayPicture([](DecodeReply* reply) { reply->bit_depth = 31; }); }},
      {"make up a code", [] { SayPicture([](DecodeReply* reply) { reply->code = 13; }); }},
      {"make up a negative code", [] { SayPicture([](DecodeReply* reply) { reply->code = -1; }); }},
      {"say too much",
       [] {
         SayPicture([](DecodeReply* reply) {
           reply->code = 3;
           reply->text_bytes = DecodeReply::kMaxText + 1;
         });
       }},
      {"say less than nothing",
       [] {
         SayPicture([](DecodeReply* reply) {
           reply->code = 3;
           reply->text_bytes = -1;
         });
       }},
      {"say what is no text",
       [] {
         SayPicture([](DecodeReply* reply) {
           reply->code = 3;
           reply->text_bytes = 2;
           reply->text[0] = '\x1b';
         });
       }},
  };
  return deeds;
}

absl::StatusOr<Image> DoAsToldOrDecode(const EncodedPicture& file, const PictureLimits& limits) {
  const auto deed = Deeds().find(std::string(file.bytes));
  if (deed == Deeds().end()) return DecodePicture(file, limits);
  try {
    deed->second();
  } catch (const std::bad_alloc&) {
    return NoMemoryToDecode(file.bytes.size());
  }
  // It is still there: the call did no harm, or the lie is believed.
  return absl::InvalidArgumentError("done, and still there");
}

}  // namespace
}  // namespace mlfsc

int main() { _exit(mlfsc::RunPictureLoop(mlfsc::DoAsToldOrDecode)); }
