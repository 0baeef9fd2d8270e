#include "core/decoding/decoder_pool.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "core/base/clock.h"
#include "core/base/contained.h"
#include "core/base/mutex.h"
#include "core/base/unshared.h"
#include "core/decoding/restart_budget.h"
#include "core/image/decode.h"

namespace mlfsc {
namespace {

// How soon a keeper that finds no memory looks again.
constexpr int kWaitForMemoryMs = 10;

// Starts that failed in a row, from which on a picture is not kept waiting for the next one.
constexpr int kHopeless = 3;

absl::Status ShuttingDown() { return absl::UnavailableError("the server is shutting down"); }

}  // namespace

class DecoderPool::Impl {
 public:
  Impl(const DecoderPoolOptions& options, std::shared_ptr<const DecoderProgram> program, OnEnd on_end)
      : options_(options),
        program_(std::move(program)),
        on_end_(std::move(on_end)),
        wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    // Who gives a process back needs no memory for it.
    idle_.reserve(static_cast<size_t>(std::max(options.processes, 0)));
    keeper_ = std::thread([this] { Keep(); });
  }

  ~Impl() {
    Shutdown();
    keeper_.join();
    idle_.clear();
    close(wake_);
  }

  // Until as many run as should, or one did not start.
  absl::Status AwaitStart() {
    MutexLock lock(&mutex_);
    mutex_.Await([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return running_ == options_.processes || !start_failure_.ok();
    });
    return Unshared(start_failure_);
  }

  absl::StatusOr<Image> Decode(const EncodedPicture& file) {
    if (absl::Status status = CheckFileSize(file.bytes, options_.process.limits); !status.ok()) return status;
    const absl::Time deadline = Clock::Real()->Now() + options_.process.time_limit;
    while (true) {
      absl::StatusOr<std::unique_ptr<DecoderProcess>> process = Take(deadline);
      if (!process.ok()) return process.status();
      absl::StatusOr<Image> image =
          Contained("decoding the picture", [&] { return (*process)->Decode(file); });
      if (!GiveBack(*std::move(process))) return ShuttingDown();
      // One that ended before it had the picture is not the picture's fault.
      if (!absl::IsAborted(image.status())) return image;
    }
  }

  void Shutdown() {
    MutexLock lock(&mutex_);
    shut_down_ = true;
    for (DecoderProcess* process : busy_) process->Hang();
    mutex_.SignalAll();
    Wake();
  }

  int running() const {
    MutexLock lock(&mutex_);
    return running_;
  }

  std::vector<pid_t> pids() const {
    MutexLock lock(&mutex_);
    std::vector<pid_t> pids;
    for (const std::unique_ptr<DecoderProcess>& process : idle_) pids.push_back(process->pid());
    for (const DecoderProcess* process : busy_) pids.push_back(process->pid());
    return pids;
  }

 private:
  // An idle process, now the caller's.
  absl::StatusOr<std::unique_ptr<DecoderProcess>> Take(absl::Time deadline) {
    MutexLock lock(&mutex_);
    const bool found = mutex_.AwaitWithTimeout(
        [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
          return shut_down_ || !idle_.empty() || (running_ == 0 && failed_starts_ >= kHopeless);
        },
        deadline - Clock::Real()->Now());
    if (shut_down_) return ShuttingDown();
    if (!idle_.empty()) {
      // The one used last has the warmest memory.
      busy_.insert(idle_.back().get());
      std::unique_ptr<DecoderProcess> process = std::move(idle_.back());
      idle_.pop_back();
      return process;
    }
    if (found) return absl::UnavailableError(start_failure_.message());
    return absl::UnavailableError(absl::StrCat("no decoding process was free within ",
                                               absl::FormatDuration(options_.process.time_limit)));
  }

  // Returns false once shut down.
  bool GiveBack(std::unique_ptr<DecoderProcess> process) {
    const std::optional<DecoderEnd> end = process->end();
    bool shut_down;
    {
      MutexLock lock(&mutex_);
      busy_.erase(process.get());
      if (end.has_value()) {
        --running_;
      } else {
        idle_.push_back(std::move(process));
      }
      shut_down = shut_down_;
      mutex_.SignalAll();
      if (end.has_value()) Wake();
    }
    if (end.has_value() && !shut_down) on_end_(*end);
    return !(shut_down && end.has_value());
  }

  // The keeper's thread: starts processes, and sees those end that nobody uses. A process dies with the
  // thread that started it: that is this one, always.
  void Keep() {
    pthread_setname_np(pthread_self(), "mlfsc-keeper");
    bool going_on = true;
    while (going_on) {
      const absl::Status status = ContainedVoid("keeping decoding processes", [&] { going_on = Look(); });
      if (status.ok()) continue;
      // Without memory: in a moment again.
      pollfd woken = {wake_, POLLIN, 0};
      poll(&woken, 1, kWaitForMemoryMs);
    }
  }

  // Does what is to be done and waits for more. Returns false once shut down.
  bool Look() {
    DropEnded();
    std::vector<pollfd> watched = {{wake_, POLLIN, 0}};
    absl::Time next = absl::InfiniteFuture();
    {
      MutexLock lock(&mutex_);
      if (shut_down_) return false;
      if (running_ < options_.processes) next = budget_.NextStart();
      for (const std::unique_ptr<DecoderProcess>& process : idle_) {
        watched.push_back({process->exit_descriptor(), POLLIN, 0});
      }
      // They may be idle by the time that they end.
      for (const DecoderProcess* process : busy_) {
        watched.push_back({process->exit_descriptor(), POLLIN, 0});
      }
    }
    const absl::Time now = Clock::Real()->Now();
    if (next <= now) {
      StartOne();
      return true;
    }
    const int64_t left = absl::ToInt64Milliseconds(absl::Ceil(next - now, absl::Milliseconds(1)));
    poll(watched.data(), watched.size(),
         next == absl::InfiniteFuture() ? -1 : static_cast<int>(std::min<int64_t>(left, 60'000)));
    uint64_t count;
    (void)!read(wake_, &count, sizeof(count));
    return true;
  }

  void StartOne() {
    absl::StatusOr<std::unique_ptr<DecoderProcess>> process =
        DecoderProcess::Start(*program_, options_.process);
    const absl::Status started = process.status();
    {
      MutexLock lock(&mutex_);
      budget_.Count(Clock::Real()->Now(), started.ok());
      start_failure_ = Unshared(started);
      failed_starts_ = started.ok() ? 0 : failed_starts_ + 1;
      if (started.ok()) {
        idle_.push_back(*std::move(process));
        ++running_;
      }
      mutex_.SignalAll();
      if (started.ok() || shut_down_) return;
    }
    on_end_({DecoderEndCause::kStart, std::string(started.message())});
  }

  void DropEnded() {
    std::vector<std::unique_ptr<DecoderProcess>> ended;
    {
      MutexLock lock(&mutex_);
      const auto alive = std::stable_partition(
          idle_.begin(), idle_.end(),
          [](const std::unique_ptr<DecoderProcess>& process) { return !process->HasEnded(); });
      std::move(alive, idle_.end(), std::back_inserter(ended));
      idle_.erase(alive, idle_.end());
      running_ -= static_cast<int>(ended.size());
      mutex_.SignalAll();
      if (shut_down_) return;
    }
    for (const std::unique_ptr<DecoderProcess>& process : ended) on_end_(*process->end());
  }

  void Wake() {
    const uint64_t one = 1;
    (void)!write(wake_, &one, sizeof(one));
  }

  const DecoderPoolOptions options_;
  const std::shared_ptr<const DecoderProgram> program_;
  const OnEnd on_end_;
  // The keeper looks up when it is written to.
  const int wake_;

  mutable Mutex mutex_;
  std::vector<std::unique_ptr<DecoderProcess>> idle_ ABSL_GUARDED_BY(mutex_);
  std::set<DecoderProcess*> busy_ ABSL_GUARDED_BY(mutex_);
  // Idle and busy.
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
  // Of the last start.
  absl::Status start_failure_ ABSL_GUARDED_BY(mutex_);
  // In a row.
  int failed_starts_ ABSL_GUARDED_BY(mutex_) = 0;
  RestartBudget budget_ ABSL_GUARDED_BY(mutex_);
  bool shut_down_ ABSL_GUARDED_BY(mutex_) = false;

  // Last: it uses all of the above.
  std::thread keeper_;
};

absl::StatusOr<std::unique_ptr<DecoderPool>> DecoderPool::Start(const DecoderPoolOptions& options,
                                                                OnEnd on_end) {
  absl::StatusOr<std::shared_ptr<const DecoderProgram>> program = DecoderProgram::Open(options.program);
  if (!program.ok()) return program.status();
  auto impl = std::make_unique<Impl>(options, *std::move(program), std::move(on_end));
  if (absl::Status status = impl->AwaitStart(); !status.ok()) return status;
  return std::unique_ptr<DecoderPool>(new DecoderPool(std::move(impl)));
}

DecoderPool::DecoderPool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DecoderPool::~DecoderPool() = default;

absl::StatusOr<Image> DecoderPool::Decode(const EncodedPicture& file) { return impl_->Decode(file); }
void DecoderPool::Shutdown() { impl_->Shutdown(); }
int DecoderPool::running() const { return impl_->running(); }
std::vector<pid_t> DecoderPool::pids() const { return impl_->pids(); }

}  // namespace mlfsc
