#include "core/base/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <new>
#include <utility>

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mlfsc {
namespace {

// The shared state of one ParallelFor. Helpers that start after the loop has ended find nothing left and
// touch only this.
struct Loop {
  explicit Loop(int64_t n) : count(n) {}

  void Run(absl::FunctionRef<void(int64_t)> body) {
    int64_t ran = 0;
    std::exception_ptr thrown;
    for (int64_t i; (i = next.fetch_add(1)) < count; ++ran) {
      if (failed.load(std::memory_order_relaxed)) continue;
      try {
        body(i);
      } catch (...) {
        thrown = std::current_exception();
        failed.store(true, std::memory_order_relaxed);
      }
    }
    if (ran == 0) return;
    MutexLock lock(&mutex);
    if (first_thrown == nullptr) first_thrown = thrown;
    done += ran;
    if (done == count) mutex.SignalAll();
  }

  const int64_t count;
  std::atomic<int64_t> next{0};
  std::atomic<bool> failed{false};
  Mutex mutex;
  std::exception_ptr first_thrown ABSL_GUARDED_BY(mutex);
  int64_t done ABSL_GUARDED_BY(mutex) = 0;
};

}  // namespace

ThreadPool::ThreadPool(int threads, int nice, const char* name) {
  try {
    threads_.reserve(static_cast<size_t>(std::max(threads, 0)));
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this, nice, name] {
        pthread_setname_np(pthread_self(), name);
        // On Linux niceness belongs to the thread.
        if (nice != 0) setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), nice);
        Work();
      });
    }
  } catch (...) {
    Join();
    throw;
  }
}

ThreadPool::~ThreadPool() { Join(); }

void ThreadPool::Join() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    mutex_.SignalAll();
  }
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::Schedule(std::function<void()> task) {
  if (threads_.empty()) {
    task();
    return;
  }
  MutexLock lock(&mutex_);
  tasks_.push_back(std::move(task));
  mutex_.SignalAll();
}

void ThreadPool::ParallelFor(int64_t count, absl::FunctionRef<void(int64_t)> body) {
  if (count <= 0) return;
  auto loop = std::make_shared<Loop>(count);
  const int64_t helpers = std::min<int64_t>(threads(), count - 1);
  // `body` outlives every call to it: this function returns only when all `count` of them have ended.
  try {
    for (int64_t i = 0; i < helpers; ++i) Schedule([loop, body] { loop->Run(body); });
  } catch (const std::bad_alloc&) {
    // Then with those that there are.
  }
  loop->Run(body);
  std::exception_ptr thrown;
  {
    MutexLock lock(&loop->mutex);
    loop->mutex.Await([&loop]()
                          ABSL_SHARED_LOCKS_REQUIRED(loop->mutex) { return loop->done == loop->count; });
    // Not left for a helper that comes too late: the exception is this thread's.
    thrown = std::move(loop->first_thrown);
  }
  if (thrown != nullptr) std::rethrow_exception(thrown);
}

void ParallelFor(ThreadPool* pool, int64_t count, absl::FunctionRef<void(int64_t)> body) {
  if (pool != nullptr) return pool->ParallelFor(count, body);
  for (int64_t i = 0; i < count; ++i) body(i);
}

void ThreadPool::Work() {
  while (true) {
    std::function<void()> task;
    {
      MutexLock lock(&mutex_);
      mutex_.Await([this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopping_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

}  // namespace mlfsc
