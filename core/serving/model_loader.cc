#include "core/serving/model_loader.h"

#include <algorithm>
#include <iterator>
#include <new>

#include "core/base/contained.h"
#include "core/base/unshared.h"
#include "core/serving/drop.h"

namespace mlfsc {
namespace {

constexpr char kStage[] = "load";

bool IsCancelled(const ModelLoader::Waiter& waiter) {
  return waiter.cancellation != nullptr && waiter.cancellation->cancelled();
}

}  // namespace

ModelLoader::ModelLoader(const ModelLoaderOptions& options, Load load, Clock* clock)
    : options_(options),
      load_(std::move(load)),
      clock_(clock),
      pool_(options.threads, /*nice=*/0, "mlfsc-load") {}

void ModelLoader::Add(const std::string& category, int64_t version, Waiter waiter) {
  AnswerLate();
  Drop full;
  full.capacity = options_.capacity;
  {
    MutexLock lock(&mutex_);
    const Name name = {category, version};
    const auto [place, is_first] = waiting_.try_emplace(name);
    if (is_first) {
      try {
        pool_.Schedule([this, name] { LoadOne(name); });
      } catch (const std::bad_alloc&) {
        waiting_.erase(place);
        throw;
      }
    }
    full.waiting = static_cast<int>(place->second.size());
    if (full.waiting < options_.capacity && waiters_ < 2 * options_.capacity) {
      place->second.push_back(std::move(waiter));
      ++waiters_;
      return;
    }
  }
  waiter.done(DropStatus(full, kStage));
}

void ModelLoader::AnswerLate() {
  std::vector<Waiter> late;
  const absl::Time now = clock_->Now();
  const auto waits = [now](const Waiter& waiter) { return !IsCancelled(waiter) && waiter.deadline > now; };
  {
    MutexLock lock(&mutex_);
    // Nothing is thrown from here on.
    late.reserve(static_cast<size_t>(waiters_));
    for (auto& [name, waiters] : waiting_) {
      const auto end = std::stable_partition(waiters.begin(), waiters.end(), waits);
      std::move(end, waiters.end(), std::back_inserter(late));
      waiters.erase(end, waiters.end());
    }
    waiters_ -= static_cast<int>(late.size());
  }
  for (const Waiter& waiter : late) {
    Drop drop;
    drop.reason = IsCancelled(waiter) ? DropReason::kCancelled : DropReason::kExpired;
    waiter.done(DropStatus(drop, kStage));
  }
}

void ModelLoader::LoadOne(const Name& name) {
  const absl::StatusOr<Model> model =
      Contained("loading a version", [&] { return load_(name.first, name.second); });
  std::vector<Waiter> waiters;
  {
    MutexLock lock(&mutex_);
    const auto place = waiting_.find(name);
    waiters = std::move(place->second);
    waiting_.erase(place);
    waiters_ -= static_cast<int>(waiters.size());
  }
  for (const Waiter& waiter : waiters) {
    waiter.done(model.ok() ? model : absl::StatusOr<Model>(Unshared(model.status())));
  }
}

}  // namespace mlfsc
