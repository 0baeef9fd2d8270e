#include "server/store_threads.h"

#include <new>
#include <utility>

namespace mlfsc {

void StoreThreads::Schedule(const std::string& category, std::function<void()> task) {
  if (category.empty()) return pool_.Schedule(std::move(task));
  MutexLock lock(&mutex_);
  const auto [line, is_new] = lines_.try_emplace(category);
  try {
    line->second.push_back(std::move(task));
    if (is_new) pool_.Schedule([this, category] { WorkOff(category); });
  } catch (const std::bad_alloc&) {
    if (is_new) lines_.erase(line);
    throw;
  }
}

void StoreThreads::WorkOff(const std::string& category) {
  while (true) {
    std::function<void()> task;
    {
      MutexLock lock(&mutex_);
      const auto line = lines_.find(category);
      if (line->second.empty()) {
        lines_.erase(line);
        return;
      }
      task = std::move(line->second.front());
      line->second.pop_front();
    }
    task();
  }
}

}  // namespace mlfsc
