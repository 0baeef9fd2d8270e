#include "server/signals.h"

#include <cstdlib>

#include <pthread.h>
#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

namespace mlfsc {
namespace {

sigset_t Ending() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

// Runs on threads that libraries made before main did anything, which do not block the signals: from now on
// this one does, and the signal goes on to the thread that waits for it. Calls only what a handler may.
void PassOn(int signal, siginfo_t*, void* context) {
  sigset_t* const blocked = &static_cast<ucontext_t*>(context)->uc_sigmask;
  sigaddset(blocked, SIGTERM);
  sigaddset(blocked, SIGINT);
  kill(getpid(), signal);
}

}  // namespace

Signals::Signals() {
  const sigset_t ending = Ending();
  struct sigaction action = {};
  action.sa_sigaction = PassOn;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  action.sa_mask = ending;
  for (const int signal : {SIGTERM, SIGINT}) sigaction(signal, &action, nullptr);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  thread_ = std::thread([this] { Listen(); });
}

Signals::~Signals() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  // It waits for that signal.
  pthread_kill(thread_.native_handle(), SIGTERM);  // NOLINT(bugprone-bad-signal-to-kill-thread)
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
