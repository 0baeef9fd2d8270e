#include "client/bench/load.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/mutex.h"

namespace mlfsc::client {
namespace {

void AddTimes(const v1::StageTimes& times, v1::StageTimes* sums) {
  sums->set_decode(sums->decode() + times.decode());
  sums->set_queue(sums->queue() + times.queue());
  sums->set_features(sums->features() + times.features());
  sums->set_coding(sums->coding() + times.coding());
  sums->set_scoring(sums->scoring() + times.scoring());
  sums->set_encode(sums->encode() + times.encode());
  sums->set_total(sums->total() + times.total());
}

// One request that is to be sent.
struct Turn {
  int64_t number;
  // It was due then: never in the future in the closed loop.
  absl::Time due;
  bool counted;
};

class Load {
 public:
  Load(const LoadOptions& options, Clock* clock, const SendRequest& send, const LoadWatch& watch)
      : options_(options),
        clock_(clock),
        send_(send),
        watch_(watch),
        begin_(clock->Now()),
        count_from_(begin_ + options.warm_up),
        end_(count_from_ + options.duration),
        random_(options.seed),
        next_due_(begin_),
        working_(options.in_flight) {}

  LoadResult Run() {
    std::vector<std::thread> threads;
    threads.reserve(options_.in_flight);
    for (int i = 0; i < options_.in_flight; ++i) threads.emplace_back([this] { Work(); });
    {
      MutexLock lock(&mutex_);
      if (watch_.on_tick) {
        Tick();
      } else {
        mutex_.Await([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return working_ == 0; });
      }
    }
    for (std::thread& thread : threads) thread.join();
    MutexLock lock(&mutex_);
    SetTimes();
    return std::move(result_);
  }

 private:
  void Tick() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    absl::Time next = clock_->Now();
    while (working_ > 0) {
      if (clock_->Now() < next) {
        clock_->WaitUntil(&mutex_, next);
        continue;
      }
      SetTimes();
      const LoadResult so_far = result_;
      mutex_.Unlock();
      watch_.on_tick(so_far);
      mutex_.Lock();
      next = clock_->Now() + watch_.every;
    }
  }

  void Work() {
    while (const std::optional<Turn> turn = Next()) {
      WaitUntil(turn->due);
      if (Stopped()) break;
      const absl::Time sent = clock_->Now();
      const absl::StatusOr<v1::Inspection> answer = send_(turn->number);
      Count(*turn, sent, answer);
    }
    MutexLock lock(&mutex_);
    if (--working_ == 0) mutex_.SignalAll();
  }

  std::optional<Turn> Next() {
    MutexLock lock(&mutex_);
    const absl::Time due = options_.rate > 0 ? TakeDue() : clock_->Now();
    if (due >= end_ || Stopped()) return std::nullopt;
    const bool counted = due >= count_from_;
    if (counted && options_.requests > 0 && counted_ == options_.requests) return std::nullopt;
    counted_ += counted ? 1 : 0;
    return Turn{next_number_++, due, counted};
  }

  absl::Time TakeDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const absl::Time due = next_due_;
    // Libraries' own distributions differ; their engines do not.
    const double uniform = static_cast<double>(random_() >> 11) * 0x1.0p-53;
    next_due_ += absl::Seconds((options_.random_gaps ? -std::log1p(-uniform) : 1) / options_.rate);
    return due;
  }

  void WaitUntil(absl::Time due) {
    Mutex sleeping;
    MutexLock lock(&sleeping);
    while (clock_->Now() < due && !Stopped()) {
      // In pieces, so that a wish to stop is seen.
      clock_->WaitUntil(&sleeping, std::min(due, clock_->Now() + absl::Milliseconds(100)));
    }
  }

  bool Stopped() const { return watch_.stopped && watch_.stopped(); }

  void Count(const Turn& turn, absl::Time sent, const absl::StatusOr<v1::Inspection>& answer) {
    const absl::Time now = clock_->Now();
    MutexLock lock(&mutex_);
    last_answer_ = std::max(last_answer_, now);
    if (!turn.counted) return;
    // A thread that slept until the request was due is a little late by itself.
    if (sent > turn.due + absl::Milliseconds(5)) ++result_.late;
    if (!answer.ok()) {
      ++result_.errors[absl::StatusCodeToString(answer.status().code())];
      if (result_.first_error.empty()) result_.first_error = std::string(answer.status().message());
      return;
    }
    result_.latencies.Add(now - turn.due);
    AddTimes(answer->stage_times(), &result_.stage_sums);
    ++result_.verdicts[answer->verdict()];
  }

  void SetTimes() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const absl::Time now = working_ > 0 ? clock_->Now() : std::max(last_answer_, begin_);
    result_.whole_time = now - begin_;
    result_.counted_time = std::max(absl::ZeroDuration(), now - count_from_);
  }

  const LoadOptions options_;
  Clock* const clock_;
  const SendRequest& send_;
  const LoadWatch& watch_;
  const absl::Time begin_;
  const absl::Time count_from_;
  const absl::Time end_;
  Mutex mutex_;
  std::mt19937_64 random_ ABSL_GUARDED_BY(mutex_);
  absl::Time next_due_ ABSL_GUARDED_BY(mutex_);
  int64_t next_number_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t counted_ ABSL_GUARDED_BY(mutex_) = 0;
  int working_ ABSL_GUARDED_BY(mutex_);
  absl::Time last_answer_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  LoadResult result_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

int64_t LoadResult::failed() const {
  int64_t sum = 0;
  for (const auto& [code, count] : errors) sum += count;
  return sum;
}

double LoadResult::throughput() const {
  const double seconds = absl::ToDoubleSeconds(counted_time);
  return seconds > 0 ? static_cast<double>(latencies.count()) / seconds : 0;
}

LoadResult RunLoad(const LoadOptions& options, Clock* clock, const SendRequest& send,
                   const LoadWatch& watch) {
  return Load(options, clock, send, watch).Run();
}

}  // namespace mlfsc::client
