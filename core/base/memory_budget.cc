#include "core/base/memory_budget.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/retry_hint.h"

namespace mlfsc {
namespace {

constexpr int kLargeShare = 16;
// What is in the way is mostly a picture being decoded or drawn.
constexpr absl::Duration kRetryDelay = absl::Seconds(1);
// How often somebody who waits looks whether he is still to wait.
constexpr absl::Duration kLookAgain = absl::Milliseconds(100);

double MiB(int64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

}  // namespace

int64_t MemoryBudget::taken() const {
  MutexLock lock(&mutex_);
  return taken_;
}

absl::Status MemoryBudget::WhyNot(const std::string& holder, int64_t before, int64_t after,
                                  absl::string_view what) const {
  if (after > largest()) {
    return absl::ResourceExhaustedError(
        absl::StrFormat("%s takes %.1f MiB; the limit is %.1f MiB, three quarters of --memory_budget", what,
                        MiB(after), MiB(largest())));
  }
  const int64_t ceiling = after > bytes_ / kLargeShare ? largest() : bytes_;
  if (taken_ - before + after > ceiling) {
    return WithRetryDelay(absl::ResourceExhaustedError(absl::StrFormat(
                              "%s takes %.1f MiB; %.1f of the %.1f MiB that there are for it are in use", what,
                              MiB(after), MiB(taken_ - before), MiB(ceiling))),
                          kRetryDelay);
  }
  const auto held = held_.find(holder);
  const int64_t others = held == held_.end() ? 0 : held->second - before;
  if (!holder.empty() && others > 0 && others + after > bytes_ / 2) {
    return WithRetryDelay(absl::ResourceExhaustedError(absl::StrFormat(
                              "%s takes %.1f MiB; this client's other calls hold %.1f of the %.1f MiB that one "
                              "client may hold",
                              what, MiB(after), MiB(others), MiB(bytes_ / 2))),
                          kRetryDelay);
  }
  return absl::OkStatus();
}

void MemoryBudget::Apply(const std::string& holder, int64_t difference) {
  if (difference == 0) return;
  if (!holder.empty()) {
    const auto held = held_.try_emplace(holder, 0).first;
    held->second += difference;
    if (held->second == 0) held_.erase(held);
  }
  taken_ += difference;
  on_change_(taken_);
  if (difference < 0) mutex_.SignalAll();
}

absl::Status MemoryBudget::Change(const std::string& holder, int64_t before, int64_t after,
                                  absl::string_view what) {
  MutexLock lock(&mutex_);
  if (after > before) {
    if (absl::Status why = WhyNot(holder, before, after, what); !why.ok()) return why;
  }
  Apply(holder, after - before);
  return absl::OkStatus();
}

absl::Status MemoryBudget::ChangeWhenThereIsRoom(const std::string& holder, int64_t before, int64_t after,
                                                 absl::string_view what, absl::Time deadline,
                                                 const std::function<bool()>& still_wanted) {
  while (true) {
    MutexLock lock(&mutex_);
    const absl::Status why = after > before ? WhyNot(holder, before, after, what) : absl::OkStatus();
    if (why.ok()) {
      Apply(holder, after - before);
      return why;
    }
    const absl::Time now = clock_->Now();
    if (!RetryDelay(why).has_value() || now >= deadline || !still_wanted()) return why;
    clock_->WaitUntil(&mutex_, std::min(deadline, now + kLookAgain));
  }
}

MemoryCharge& MemoryCharge::operator=(MemoryCharge&& other) noexcept {
  if (this == &other) return *this;
  Release();
  budget_ = std::exchange(other.budget_, nullptr);
  holder_ = std::move(other.holder_);
  bytes_ = std::exchange(other.bytes_, 0);
  return *this;
}

absl::Status MemoryCharge::Resize(int64_t bytes, absl::string_view what) {
  if (budget_ == nullptr) return absl::OkStatus();
  absl::Status changed = budget_->Change(holder_, bytes_, bytes, what);
  if (changed.ok()) bytes_ = bytes;
  return changed;
}

absl::Status MemoryCharge::ResizeWhenThereIsRoom(int64_t bytes, absl::string_view what, absl::Time deadline,
                                                 const std::function<bool()>& still_wanted) {
  if (budget_ == nullptr) return absl::OkStatus();
  absl::Status changed =
      budget_->ChangeWhenThereIsRoom(holder_, bytes_, bytes, what, deadline, still_wanted);
  if (changed.ok()) bytes_ = bytes;
  return changed;
}

void MemoryCharge::Release() {
  // Giving back needs no memory: the holder is known.
  if (budget_ != nullptr) (void)budget_->Change(holder_, bytes_, 0, "");
  bytes_ = 0;
}

}  // namespace mlfsc
