#include "tests/testing/server_process.h"

#include <csignal>
#include <cstdlib>
#include <fstream>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mlfsc::testing {

ServerProcess::ServerProcess(const std::string& binary, const std::vector<std::string>& arguments) {
  std::vector<char*> argv = {const_cast<char*>(binary.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  pid_ = fork();
  if (pid_ < 0) std::abort();
  if (pid_ == 0) {
    // Not to outlive a test that is killed.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    execv(binary.c_str(), argv.data());
    _exit(127);
  }
  close(ends[1]);
  reader_ = std::thread([this, fd = ends[0]] { ReadLog(fd); });
}

ServerProcess::~ServerProcess() {
  if (!waited_) {
    Signal(SIGKILL);
    Wait();
  }
}

bool ServerProcess::AwaitLog(const std::string& text) {
  MutexLock lock(&mutex_);
  mutex_.Await([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return log_ended_ || log_.find(text) != std::string::npos;
  });
  return log_.find(text) != std::string::npos;
}

void ServerProcess::Signal(int signal) { kill(pid_, signal); }

int ServerProcess::Wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  waited_ = true;
  reader_.join();
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string ServerProcess::log() {
  MutexLock lock(&mutex_);
  return log_;
}

int64_t ServerProcess::ResidentBytes() const { return ResidentBytesOf(pid_); }

int64_t ResidentBytesOf(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::atoll(line.c_str() + 6) * 1024;
  }
  return 0;
}

void ServerProcess::ReadLog(int fd) {
  char buffer[4096];
  for (ssize_t size; (size = read(fd, buffer, sizeof(buffer))) > 0;) {
    MutexLock lock(&mutex_);
    log_.append(buffer, static_cast<size_t>(size));
    mutex_.SignalAll();
  }
  close(fd);
  MutexLock lock(&mutex_);
  log_ended_ = true;
  mutex_.SignalAll();
}

}  // namespace mlfsc::testing
