// One line that shows how far long work has come.
#ifndef MLFSC_CLIENT_TERMINAL_PROGRESS_BAR_H_
#define MLFSC_CLIENT_TERMINAL_PROGRESS_BAR_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/terminal/terminal.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"

namespace mlfsc::client {

// Drawn over itself on the terminal's `err`; nothing at all where that is not interactive. The destructor
// takes the line away. Thread-safe.
class ProgressBar {
 public:
  // `clock` outlives the bar.
  ProgressBar(const Terminal& terminal, Clock* clock);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // `total` 0: unknown, no bar. `note` goes behind the numbers. At most ten drawings a second, but a new
  // label and the end of the work are always drawn.
  void Show(absl::string_view label, int64_t done, int64_t total, absl::string_view note);

  // Takes the line away, to write something else; the next Show draws it again.
  void Clear();

  // As Show, with the time left reckoned from the time since the label was first shown.
  void ShowWithTimeLeft(absl::string_view label, int64_t done, int64_t total);

 private:
  void ShowLocked(absl::string_view label, int64_t done, int64_t total, absl::string_view note)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Terminal terminal_;
  Clock* const clock_;
  Mutex mutex_;
  bool drawn_ ABSL_GUARDED_BY(mutex_) = false;
  std::string label_ ABSL_GUARDED_BY(mutex_);
  absl::Time label_since_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Time drawn_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_TERMINAL_PROGRESS_BAR_H_
