#include "server/signals.h"

#include <csignal>
#include <cstdlib>

#include <pthread.h>

namespace mlfsc {
namespace {

sigset_t Ending() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

Signals::Signals() {
  const sigset_t ending = Ending();
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  thread_ = std::thread([this] { Listen(); });
}

Signals::~Signals() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  pthread_kill(thread_.native_handle(), SIGTERM);
  thread_.join();
}

void Signals::Wait() {
  MutexLock lock(&mutex_);
  mutex_.Await([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return asked_; });
}

void Signals::Listen() {
  const sigset_t ending = Ending();
  while (true) {
    int signal = 0;
    sigwait(&ending, &signal);
    MutexLock lock(&mutex_);
    if (stopping_) return;
    // A published version is complete or not there, so that nothing needs to be tidied up.
    if (asked_) std::_Exit(1);
    asked_ = true;
    mutex_.SignalAll();
  }
}

}  // namespace mlfsc
