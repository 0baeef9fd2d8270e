// How many bytes may be held at once, by all and by one.
#ifndef MLFSC_CORE_BASE_MEMORY_BUDGET_H_
#define MLFSC_CORE_BASE_MEMORY_BUDGET_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"

namespace mlfsc {

// Bytes that are about to be taken are charged to it first; what does not fit is refused, so that memory
// never runs out. It counts what it is told, and takes nothing itself. Rules:
//
// - All charges together are at most the budget.
// - A charge above a sixteenth of it is large. Large ones leave a quarter of the budget to small ones, so none
//   is above three quarters.
// - The charges of one holder are at most half of it, unless it has one alone.
//
// Thread-safe; outlives its charges.
class MemoryBudget {
 public:
  // Told what is charged whenever that has changed; called with the budget's lock held: must not call it.
  using OnChange = std::function<void(int64_t taken)>;

  // `bytes`: at least 1. `clock` outlives the budget.
  MemoryBudget(
      int64_t bytes, Clock* clock, OnChange on_change = [](int64_t) {})
      : bytes_(bytes), clock_(clock), on_change_(std::move(on_change)) {}

  int64_t bytes() const { return bytes_; }
  // The largest charge there can be.
  int64_t largest() const { return bytes_ - bytes_ / 4; }
  // Charged now.
  int64_t taken() const;

 private:
  friend class MemoryCharge;

  // Changes a charge of `holder` from `before` to `after` bytes. ResourceExhausted: with a RetryDelay when
  // others must let go first, without one when it is above largest().
  absl::Status Change(const std::string& holder, int64_t before, int64_t after, absl::string_view what);
  absl::Status WhyNot(const std::string& holder, int64_t before, int64_t after, absl::string_view what) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status ChangeWhenThereIsRoom(const std::string& holder, int64_t before, int64_t after,
                                     absl::string_view what, absl::Time deadline,
                                     const std::function<bool()>& still_wanted);
  void Apply(const std::string& holder, int64_t difference) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int64_t bytes_;
  Clock* const clock_;
  const OnChange on_change_;
  mutable Mutex mutex_;
  int64_t taken_ ABSL_GUARDED_BY(mutex_) = 0;
  // Only those that hold something.
  std::map<std::string, int64_t> held_ ABSL_GUARDED_BY(mutex_);
};

// What one holder has of a budget for one purpose; the destructor gives it back. Can be moved. Used by one
// thread at a time.
class MemoryCharge {
 public:
  // Of no budget: everything fits.
  MemoryCharge() = default;
  // Nothing yet. `budget` may be null: none. `holder`: who shares the holder's part; empty for nobody.
  MemoryCharge(MemoryBudget* budget, std::string holder) : budget_(budget), holder_(std::move(holder)) {}
  ~MemoryCharge() { Release(); }
  MemoryCharge(MemoryCharge&& other) noexcept { *this = std::move(other); }
  MemoryCharge& operator=(MemoryCharge&& other) noexcept;
  MemoryCharge(const MemoryCharge&) = delete;
  MemoryCharge& operator=(const MemoryCharge&) = delete;

  int64_t bytes() const { return bytes_; }

  // Makes it `bytes`; less always fits. `what`, for the error: "decoding a picture of 8192x8192 px".
  // ResourceExhausted: with a RetryDelay when others must let go first, without one when the budget is too
  // small for it. Nothing has changed then.
  absl::Status Resize(int64_t bytes, absl::string_view what);

  // As Resize, but waits for others to let go, until `deadline` (of the budget's clock) or while
  // `still_wanted`; never for what can never fit. The caller must hold no large charge meanwhile: two that do
  // would wait for each other.
  absl::Status ResizeWhenThereIsRoom(int64_t bytes, absl::string_view what, absl::Time deadline,
                                     const std::function<bool()>& still_wanted);

  void Release();

 private:
  MemoryBudget* budget_ = nullptr;
  std::string holder_;
  int64_t bytes_ = 0;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_BASE_MEMORY_BUDGET_H_
