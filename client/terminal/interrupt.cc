#include "client/terminal/interrupt.h"

#include <atomic>
#include <csignal>

namespace mlfsc::client {
namespace {

// A handler has nothing else to go by than what is global; a lock-free atomic is what it may touch.
std::atomic<bool> signalled{false};
static_assert(std::atomic<bool>::is_always_lock_free);

class SignalInterrupt : public Interrupt {
 public:
  SignalInterrupt() {
    signalled = false;
    struct sigaction action = {};
    action.sa_handler = [](int) { signalled = true; };
    // The second one finds the default handler.
    action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &interrupt_before_);
    sigaction(SIGTERM, &action, &terminate_before_);
  }
  ~SignalInterrupt() override {
    sigaction(SIGINT, &interrupt_before_, nullptr);
    sigaction(SIGTERM, &terminate_before_, nullptr);
  }

  bool Requested() const override { return signalled; }

 private:
  struct sigaction interrupt_before_ = {};
  struct sigaction terminate_before_ = {};
};

}  // namespace

std::unique_ptr<Interrupt> ListenForInterrupt() { return std::make_unique<SignalInterrupt>(); }

}  // namespace mlfsc::client
