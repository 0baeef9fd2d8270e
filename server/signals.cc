#include "server/signals.h"

#include <cstdlib>
#include <utility>

#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include "core/base/clock.h"

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

void Signals::EndWithin(absl::Duration limit, std::function<void()> last_words) {
  MutexLock lock(&mutex_);
  limit_ = limit;
  last_words_ = std::move(last_words);
}

void Signals::Listen() {
  bool asked = false;
  while (true) {
    const bool signalled = AwaitSignal(asked);
    MutexLock lock(&mutex_);
    if (stopping_) return;
    // A published version is complete or not there, so that nothing needs to be tidied up.
    if (signalled && asked_) std::_Exit(EXIT_FAILURE);
    if (signalled) {
      asked = asked_ = true;
      asked_at_ = Clock::Real()->Now();
      mutex_.SignalAll();
    }
    EndIfLate();
  }
}

bool Signals::AwaitSignal(bool asked) {
  const sigset_t ending = Ending();
  if (!asked) {
    int signal = 0;
    return sigwait(&ending, &signal) == 0;
  }
  constexpr timespec kMoment = {0, 50'000'000};
  return sigtimedwait(&ending, nullptr, &kMoment) > 0;
}

void Signals::EndIfLate() {
  if (!asked_ || Clock::Real()->Now() - asked_at_ < limit_) return;
  // Whoever reads the log may have stopped.
  constexpr itimerval kLastWords = {{0, 0}, {0, 500'000}};
  setitimer(ITIMER_REAL, &kLastWords, nullptr);
  if (last_words_) last_words_();
  std::_Exit(EXIT_SUCCESS);
}

}  // namespace mlfsc
