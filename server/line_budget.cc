#include "server/line_budget.h"

#include <algorithm>
#include <utility>

namespace mlfsc {

LineBudget::Answer LineBudget::Ask(absl::Time now) {
  if (per_second_ == 0) return {true, 0};
  MutexLock lock(&mutex_);
  const double most = per_second_;
  left_ = std::min(most, left_ + absl::FDivDuration(now - asked_, absl::Seconds(1)) * most);
  asked_ = now;
  if (left_ < 1) {
    ++refused_;
    return {false, 0};
  }
  left_ -= 1;
  if (refused_ == 0 || now - told_ < absl::Seconds(1)) return {true, 0};
  told_ = now;
  return {true, std::exchange(refused_, 0)};
}

int64_t LineBudget::TakeRefused() {
  MutexLock lock(&mutex_);
  return std::exchange(refused_, 0);
}

}  // namespace mlfsc
