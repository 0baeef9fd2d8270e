#include "core/serving/model_cache.h"

#include <algorithm>

#include "core/base/contained.h"
#include "core/base/unshared.h"
#include "core/bundle/category_folder.h"

namespace mlfsc {

ModelCache::ModelCache(Source source, const Limits& limits, absl::Duration look_again_after, Clock* clock)
    : source_(std::move(source)),
      limits_(limits),
      look_again_after_(look_again_after),
      clock_(clock) {}

absl::StatusOr<ModelCache::Model> ModelCache::Acquire(const Name& name) {
  std::shared_ptr<Slot> slot;
  VersionStamp stamp;
  bool stamped = false;
  while (slot == nullptr) {
    {
      MutexLock lock(&mutex_);
      const absl::Time now = clock_->Now();
      const auto found = slots_.find(name);
      if (found != slots_.end()) {
        const std::shared_ptr<Slot> there = found->second;
        mutex_.Await([&there]() { return !there->loading; });
        if (there->model.ok()) {
          there->time = std::max(there->time, now);
          return there->model;
        }
        if (now < there->time + look_again_after_) return Unshared(there->model.status());
        if (stamped && stamp == there->stamp) {
          there->time = now;
          return Unshared(there->model.status());
        }
      }
      // Not before the files' state is known: a change while they are read must be seen by the next.
      if (stamped) {
        slot = std::make_shared<Slot>();
        slots_[name] = slot;
        break;
      }
    }
    stamp = source_.stamp(name);
    stamped = true;
  }
  // Others wait for this one.
  absl::StatusOr<Model> model = Contained("loading a version", [&] { return source_.load(name); });
  MutexLock lock(&mutex_);
  slot->model = model.ok() ? model : absl::StatusOr<Model>(Unshared(model.status()));
  slot->time = clock_->Now();
  slot->stamp = stamp;
  slot->loading = false;
  mutex_.SignalAll();
  Keep(name, slot);
  return model;
}

std::optional<absl::StatusOr<ModelCache::Model>> ModelCache::Peek(const Name& name) {
  MutexLock lock(&mutex_);
  const auto found = slots_.find(name);
  if (found == slots_.end() || found->second->loading) return std::nullopt;
  const absl::Time now = clock_->Now();
  Slot& slot = *found->second;
  if (slot.model.ok()) {
    slot.time = std::max(slot.time, now);
    return slot.model;
  }
  if (now >= slot.time + look_again_after_) return std::nullopt;
  return absl::StatusOr<Model>(Unshared(slot.model.status()));
}

absl::Status ModelCache::ErrorOf(const Name& name) const {
  MutexLock lock(&mutex_);
  const auto found = slots_.find(name);
  if (found == slots_.end() || found->second->loading) return absl::OkStatus();
  return Unshared(found->second->model.status());
}

bool ModelCache::IsFull() const {
  MutexLock lock(&mutex_);
  return static_cast<int>(slots_.size()) >= limits_.models || FileBytes() >= limits_.file_bytes;
}

int64_t ModelCache::FileBytes() const {
  int64_t bytes = 0;
  for (const auto& [name, slot] : slots_) {
    if (!slot->loading && slot->model.ok()) bytes += static_cast<int64_t>(slot->stamp.arrays.bytes);
  }
  return bytes;
}

std::vector<ModelCache::Name> ModelCache::Loaded() const {
  std::vector<Name> names;
  MutexLock lock(&mutex_);
  for (const auto& [name, slot] : slots_) {
    if (!slot->loading && slot->model.ok()) names.push_back(name);
  }
  return names;
}

void ModelCache::Drop(const Name& name) {
  MutexLock lock(&mutex_);
  slots_.erase(name);
}

void ModelCache::DropCategory(const std::string& category) {
  MutexLock lock(&mutex_);
  slots_.erase(slots_.lower_bound({category, 0}), slots_.upper_bound({category, kMaxVersion}));
}

void ModelCache::Keep(const Name& name, const std::shared_ptr<Slot>& slot) {
  const absl::StatusCode code = slot->model.status().code();
  const bool lasting = code == absl::StatusCode::kOk || code == absl::StatusCode::kDataLoss ||
                       code == absl::StatusCode::kFailedPrecondition;
  const auto mine = slots_.find(name);
  if (!lasting && mine != slots_.end() && mine->second == slot) slots_.erase(mine);
  while (static_cast<int>(slots_.size()) > limits_.models ||
         (slots_.size() > 1 && FileBytes() > limits_.file_bytes)) {
    const auto oldest = std::min_element(slots_.begin(), slots_.end(), [](const auto& a, const auto& b) {
      const auto age = [](const Slot& of) { return of.loading ? absl::InfiniteFuture() : of.time; };
      return age(*a.second) < age(*b.second);
    });
    if (oldest->second->loading) return;
    slots_.erase(oldest);
  }
}

}  // namespace mlfsc
