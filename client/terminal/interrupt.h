// Ctrl-C and SIGTERM as a wish to end in good order.
#ifndef MLFSC_CLIENT_TERMINAL_INTERRUPT_H_
#define MLFSC_CLIENT_TERMINAL_INTERRUPT_H_

#include <memory>

namespace mlfsc::client {

// Thread-safe.
class Interrupt {
 public:
  virtual ~Interrupt() = default;

  // Whether the user wants it to end.
  virtual bool Requested() const = 0;
};

// From now until it is deleted, the first SIGINT or SIGTERM of the process makes Requested true; a second one
// ends the process as usual. At most one at a time.
std::unique_ptr<Interrupt> ListenForInterrupt();

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_TERMINAL_INTERRUPT_H_
