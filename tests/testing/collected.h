// Answers that come back through callbacks, from any thread.
#ifndef MLFSC_TESTS_TESTING_COLLECTED_H_
#define MLFSC_TESTS_TESTING_COLLECTED_H_

#include <utility>
#include <vector>

#include "core/base/mutex.h"

namespace mlfsc::testing {

// Thread-safe.
template <typename T>
class Collected {
 public:
  void Add(T value) {
    MutexLock lock(&mutex_);
    values_.push_back(std::move(value));
    mutex_.SignalAll();
  }

  int size() const {
    MutexLock lock(&mutex_);
    return static_cast<int>(values_.size());
  }

  // Waits until there are `count`, and returns all there are, in the order in which they came.
  std::vector<T> Await(int count) {
    MutexLock lock(&mutex_);
    mutex_.Await(
        [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return static_cast<int>(values_.size()) >= count; });
    return values_;
  }

 private:
  mutable Mutex mutex_;
  std::vector<T> values_ ABSL_GUARDED_BY(mutex_);
};

// Opens once.
class Gate {
 public:
  void Open() {
    MutexLock lock(&mutex_);
    open_ = true;
    mutex_.SignalAll();
  }
  void Await() {
    MutexLock lock(&mutex_);
    mutex_.Await([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return open_; });
  }

 private:
  Mutex mutex_;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_TESTING_COLLECTED_H_
