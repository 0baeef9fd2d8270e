#include "core/serving/store_watcher.h"

#include <utility>

#include <pthread.h>

#include "core/base/contained.h"

namespace mlfsc {
namespace {

// Of the threads that load: about a tenth of a core that others want as well.
constexpr int kNiceness = 10;

}  // namespace

StoreWatcher::StoreWatcher(const StoreWatcherOptions& options, Catalog* catalog, CatalogObserver* observer,
                           Clock* clock)
    : options_(options), catalog_(catalog), observer_(observer), clock_(clock) {
  catalog_->SetObserver(observer_);
}

absl::Status StoreWatcher::Start() {
  {
    ThreadPool checking(options_.threads - 1);
    if (absl::Status status = catalog_->CheckAll(&checking); !status.ok()) return status;
  }
  loading_ = std::make_unique<ThreadPool>(options_.threads, kNiceness, "mlfsc-loading");
  // Not by way of loading_, which the destructor empties before it waits for this.
  ThreadPool* const pool = loading_.get();
  pool->Schedule([this, pool] {
    // What is left out is loaded by its first request.
    ContainedVoid("loading versions ahead", [&] {
      catalog_->Preload(pool, [this] { return stopping_.load(); });
    }).IgnoreError();
  });
  watch_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "mlfsc-watch");
    Watch();
  });
  return absl::OkStatus();
}

StoreWatcher::~StoreWatcher() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    mutex_.SignalAll();
  }
  if (watch_.joinable()) watch_.join();
  loading_.reset();
  catalog_->SetObserver(nullptr);
}

void StoreWatcher::Watch() {
  absl::Status before;
  absl::Time next = clock_->Now() + options_.poll;
  while (true) {
    {
      MutexLock lock(&mutex_);
      while (!stopping_ && clock_->Now() < next) clock_->WaitUntil(&mutex_, next);
      if (stopping_) return;
    }
    const absl::Status status = Contained("looking at the store", [this] { return catalog_->Refresh(); });
    if (status != before)
      ContainedVoid("telling of the store", [&] { observer_->OnStore(status); }).IgnoreError();
    before = status;
    next = clock_->Now() + options_.poll;
  }
}

}  // namespace mlfsc
