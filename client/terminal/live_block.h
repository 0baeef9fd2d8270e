// Several lines that are drawn over themselves.
#ifndef MLFSC_CLIENT_TERMINAL_LIVE_BLOCK_H_
#define MLFSC_CLIENT_TERMINAL_LIVE_BLOCK_H_

#include <string>
#include <vector>

#include "client/terminal/terminal.h"

namespace mlfsc::client {

// On the terminal's `err`; nothing at all where that is not interactive. The destructor takes the lines away.
// Not thread-safe.
class LiveBlock {
 public:
  explicit LiveBlock(const Terminal& terminal) : terminal_(terminal) {}
  ~LiveBlock() { Clear(); }
  LiveBlock(const LiveBlock&) = delete;
  LiveBlock& operator=(const LiveBlock&) = delete;

  // `lines`: UTF-8 without control characters; clipped to the terminal's width.
  void Draw(const std::vector<std::string>& lines);

  // Takes the lines away, to write something else or for good.
  void Clear();

 private:
  const Terminal terminal_;
  size_t drawn_ = 0;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_TERMINAL_LIVE_BLOCK_H_
