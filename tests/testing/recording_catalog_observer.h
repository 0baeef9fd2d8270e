// Keeps what a catalog tells.
#ifndef MLFSC_TESTS_TESTING_RECORDING_CATALOG_OBSERVER_H_
#define MLFSC_TESTS_TESTING_RECORDING_CATALOG_OBSERVER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/base/mutex.h"
#include "core/base/unshared.h"
#include "core/serving/catalog_observer.h"

namespace mlfsc::testing {

// Thread-safe.
class RecordingCatalogObserver : public CatalogObserver {
 public:
  struct State {
    int64_t version = 0;
    absl::Status status;
  };

  void OnCategory(const std::string& category, int64_t version, const absl::Status& status) override {
    MutexLock lock(&mutex_);
    states_[category] = {version, Unshared(status)};
    ++calls_;
    mutex_.SignalAll();
  }
  void OnNote(const std::string& category, int64_t, const std::string& note) override {
    MutexLock lock(&mutex_);
    notes_[category] = note;
  }
  void OnCategoryGone(const std::string& category) override {
    MutexLock lock(&mutex_);
    states_.erase(category);
    ++calls_;
    mutex_.SignalAll();
  }
  void OnStore(const absl::Status& status) override {
    MutexLock lock(&mutex_);
    store_.push_back(status.code());
    mutex_.SignalAll();
  }

  std::map<std::string, State> states() {
    MutexLock lock(&mutex_);
    return states_;
  }
  // The last one of the category; empty when there was none.
  std::string NoteOf(const std::string& category) {
    MutexLock lock(&mutex_);
    return notes_[category];
  }
  // What answers and why not; version -1 for a category that nothing was told of.
  State Of(const std::string& category) {
    MutexLock lock(&mutex_);
    const auto found = states_.find(category);
    return found == states_.end() ? State{-1, absl::OkStatus()} : found->second;
  }
  int calls() {
    MutexLock lock(&mutex_);
    return calls_;
  }
  void AwaitVersion(const std::string& category, int64_t version) {
    MutexLock lock(&mutex_);
    mutex_.Await([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      const auto found = states_.find(category);
      return found != states_.end() && found->second.version == version;
    });
  }
  // Waits until the store was told of `count` times, and returns how.
  std::vector<absl::StatusCode> AwaitStore(size_t count) {
    MutexLock lock(&mutex_);
    mutex_.Await([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return store_.size() >= count; });
    return store_;
  }

 private:
  Mutex mutex_;
  std::map<std::string, State> states_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::string> notes_ ABSL_GUARDED_BY(mutex_);
  std::vector<absl::StatusCode> store_ ABSL_GUARDED_BY(mutex_);
  int calls_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_TESTING_RECORDING_CATALOG_OBSERVER_H_
