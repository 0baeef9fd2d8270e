// Threads that an object owns, for work that is split into many small pieces.
#ifndef MLFSC_CORE_BASE_THREAD_POOL_H_
#define MLFSC_CORE_BASE_THREAD_POOL_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"
#include "core/base/mutex.h"

namespace mlfsc {

// A fixed number of threads that run tasks in the order they were scheduled. Thread-safe. The destructor runs
// what was scheduled and joins.
class ThreadPool {
 public:
  // `threads`: 0 or more; with 0, ParallelFor runs on the calling thread alone and Schedule runs the task at
  // once. `nice`: added to the threads' niceness, 0 (normal) to 19 (runs in what others leave). `name`: the
  // threads', in what the system shows of them; at most 15 characters, lives for ever. Throws std::system_error when the
  // system gives no more threads: a limit of processes (a control group's `pids.max`, `ulimit -u`) is reached.
  explicit ThreadPool(int threads, int nice = 0, const char* name = "mlfsc-work");
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(threads_.size()); }

  // `task` must not throw. Throws std::bad_alloc, and has scheduled nothing, when there is no memory for a
  // note of it.
  void Schedule(std::function<void()> task);

  // Calls body(i) for every i in [0, count), on the pool's threads and the calling one, and returns when all
  // are done. Which thread runs which i is open: a body whose result depends only on i gives the same result
  // for any number of threads. May be called from several threads at once, and from a task of this pool. When
  // a body throws, what is not begun is left out, and the first exception is thrown here once all that was
  // begun has ended.
  void ParallelFor(int64_t count, absl::FunctionRef<void(int64_t)> body);

 private:
  void Work();
  // Runs what was scheduled.
  void Join();

  Mutex mutex_;
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

// The same on the calling thread alone when there is no pool.
void ParallelFor(ThreadPool* pool, int64_t count, absl::FunctionRef<void(int64_t)> body);

}  // namespace mlfsc

#endif  // MLFSC_CORE_BASE_THREAD_POOL_H_
