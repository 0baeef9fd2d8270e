#include "core/decoding/decoder_program.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/error_text.h"
#include "core/decoding/descriptors.h"
#include "core/decoding/exchange.h"

namespace mlfsc {
namespace {

class FileActions {
 public:
  FileActions(int program, int socket, int memory) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, socket, kDecoderSocket);
    posix_spawn_file_actions_adddup2(&actions_, memory, kDecoderMemory);
    posix_spawn_file_actions_adddup2(&actions_, program, kDecoderProgram);
    posix_spawn_file_actions_addclosefrom_np(&actions_, kDecoderProgram + 1);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDWR, 0);
    posix_spawn_file_actions_adddup2(&actions_, STDIN_FILENO, STDOUT_FILENO);
  }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

class Signals {
 public:
  Signals() {
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
  }
  ~Signals() { posix_spawnattr_destroy(&attributes_); }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

std::vector<std::string> Environment() {
  // Of the libraries' thread pools none is wanted.
  std::vector<std::string> variables = {"OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1"};
  // Nobody changes the environment of a server that runs.
  const char* path = std::getenv("LD_LIBRARY_PATH");  // NOLINT(concurrency-mt-unsafe)
  if (path != nullptr) variables.push_back(absl::StrCat("LD_LIBRARY_PATH=", path));
  return variables;
}

// As exec wants them; valid as long as `words` is.
std::vector<char*> Pointers(std::vector<std::string>* words) {
  std::vector<char*> pointers;
  for (std::string& word : *words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const DecoderProgram>> DecoderProgram::Open(const std::string& path) {
  int descriptor = open(path.c_str(), O_PATH | O_CLOEXEC);
  if (descriptor >= 0) descriptor = MoveOutOfTheWay(descriptor);
  if (descriptor < 0) {
    return absl::NotFoundError(
        absl::StrFormat("decoding program '%s' cannot be opened: %s", path, ErrorText(errno)));
  }
  if (access(path.c_str(), X_OK) != 0) {
    const absl::Status status = absl::PermissionDeniedError(
        absl::StrFormat("decoding program '%s' cannot be run: %s", path, ErrorText(errno)));
    close(descriptor);
    return status;
  }
  return std::shared_ptr<const DecoderProgram>(new DecoderProgram(path, descriptor));
}

DecoderProgram::~DecoderProgram() { close(descriptor_); }

absl::StatusOr<pid_t> DecoderProgram::Spawn(int socket, int memory) const {
  const FileActions actions(descriptor_, socket, memory);
  const Signals signals;
  std::vector<std::string> arguments = {"mlfsc-decoder"};
  std::vector<std::string> environment = Environment();
  const std::string program = absl::StrCat("/proc/self/fd/", kDecoderProgram);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, program.c_str(), actions.get(), signals.get(),
                                Pointers(&arguments).data(), Pointers(&environment).data());
  if (error != 0) return absl::UnavailableError(absl::StrFormat("'%s': %s", path_, ErrorText(error)));
  return pid;
}

}  // namespace mlfsc
