// A backend that answers what a test tells it to.
#ifndef MLFSC_TESTS_TESTING_FAKE_BACKEND_H_
#define MLFSC_TESTS_TESTING_FAKE_BACKEND_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/base/mutex.h"
#include "core/serving/catalog_observer.h"
#include "server/backend.h"

namespace mlfsc::testing {

// Keeps what it is given; the test says when there is room for more and how the training goes. Thread-safe.
class FakeTrainingRun : public TrainingRun {
 public:
  explicit FakeTrainingRun(TrainingDesk::Events events) : events_(std::move(events)) {}

  void AddPicture(const PictureBytes& bytes, std::function<void()> next) override {
    MutexLock lock(&mutex_);
    pictures_.emplace_back(std::get<EncodedPicture>(bytes).bytes);
    next_ = std::move(next);
    mutex_.SignalAll();
  }
  void Finish() override {
    MutexLock lock(&mutex_);
    finished_ = true;
    mutex_.SignalAll();
  }
  void Cancel() override {
    {
      MutexLock lock(&mutex_);
      cancelled_ = true;
      mutex_.SignalAll();
    }
    Done(absl::CancelledError("cancelled"));
  }

  // Waits until picture `count` has come, and returns all so far.
  std::vector<std::string> AwaitPictures(size_t count) {
    MutexLock lock(&mutex_);
    mutex_.Await([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return pictures_.size() >= count; });
    return pictures_;
  }
  void AwaitFinish() {
    MutexLock lock(&mutex_);
    mutex_.Await([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return finished_; });
  }
  void AwaitCancel() {
    MutexLock lock(&mutex_);
    mutex_.Await([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return cancelled_; });
  }
  bool finished() {
    MutexLock lock(&mutex_);
    return finished_;
  }

  // Makes room for the next picture.
  void Next() {
    std::function<void()> next;
    {
      MutexLock lock(&mutex_);
      next = std::move(next_);
    }
    next();
  }
  void Progress(const TrainingProgress& progress) { events_.progress(progress); }
  // The first call counts.
  void Done(absl::StatusOr<TrainedVersion> trained) {
    {
      MutexLock lock(&mutex_);
      if (done_) return;
      done_ = true;
    }
    events_.done(std::move(trained));
  }

 private:
  const TrainingDesk::Events events_;
  Mutex mutex_;
  std::vector<std::string> pictures_ ABSL_GUARDED_BY(mutex_);
  std::function<void()> next_ ABSL_GUARDED_BY(mutex_);
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
};

// Thread-safe.
class FakeBackend : public Backend {
 public:
  struct PendingInspection {
    InspectionRequest request;
    std::function<void(absl::StatusOr<Inspection>)> done;
  };

  void Inspect(InspectionRequest request, std::function<void(absl::StatusOr<Inspection>)> done) override {
    MutexLock lock(&mutex_);
    inspections_.push_back({std::move(request), std::move(done)});
    mutex_.SignalAll();
  }
  absl::StatusOr<std::shared_ptr<TrainingRun>> StartTraining(const TrainingRequest& request,
                                                             TrainingDesk::Events events) override {
    MutexLock lock(&mutex_);
    if (!start_status_.ok()) return start_status_;
    training_request_ = request;
    if (request.activate) {
      events.done = [this, category = request.category,
                     done = std::move(events.done)](absl::StatusOr<TrainedVersion> trained) {
        if (trained.ok()) Tell(category, trained->version);
        done(std::move(trained));
      };
    }
    run_ = std::make_shared<FakeTrainingRun>(std::move(events));
    mutex_.SignalAll();
    return std::shared_ptr<TrainingRun>(run_);
  }
  absl::StatusOr<std::vector<CategoryListing>> ListCategories() override {
    MutexLock lock(&mutex_);
    std::vector<CategoryListing> listings;
    for (const auto& [name, listing] : categories_) listings.push_back(listing);
    return listings;
  }
  absl::StatusOr<CategoryListing> GetCategory(const std::string& category) override {
    MutexLock lock(&mutex_);
    const auto found = categories_.find(category);
    if (found == categories_.end()) return absl::NotFoundError("no category " + category);
    return found->second;
  }
  absl::Status ActivateVersion(const std::string& category, int64_t version) override {
    MutexLock lock(&mutex_);
    categories_[category].active_version = version;
    Tell(category, version);
    return absl::OkStatus();
  }
  absl::Status DeleteVersion(const std::string& category, int64_t version) override {
    return absl::FailedPreconditionError("version " + std::to_string(version) + " of " + category +
                                         " is active");
  }
  absl::Status DeleteCategory(const std::string& category) override {
    MutexLock lock(&mutex_);
    if (categories_.erase(category) == 0) return absl::NotFoundError("no category " + category);
    observer_->OnCategoryGone(category);
    return absl::OkStatus();
  }
  // The next version after the active one.
  absl::StatusOr<int64_t> SetThreshold(const ThresholdRequest& request) override {
    MutexLock lock(&mutex_);
    threshold_request_ = request;
    CategoryListing& listing = categories_[request.category];
    const int64_t version = listing.active_version + 1;
    if (request.activate) {
      listing.active_version = version;
      Tell(request.category, version);
    }
    return version;
  }
  absl::StatusOr<std::string> ExportCategory(const std::string& category, int64_t version) override {
    MutexLock lock(&mutex_);
    if (categories_.count(category) == 0) return absl::NotFoundError("no category " + category);
    return export_ + std::to_string(version);
  }
  // Takes any file as version 1.
  absl::StatusOr<ImportedVersion> ImportCategory(const ImportRequest& request,
                                                 const std::string& file) override {
    MutexLock lock(&mutex_);
    import_request_ = request;
    imported_file_ = file;
    const std::string category = request.category.empty() ? "imported" : request.category;
    if (request.activate) Tell(category, 1);
    return ImportedVersion{category, 1, Manifest()};
  }
  const std::string& backbone_sha256() const override { return backbone_; }

  // Is told what a catalog would tell. Before the first call.
  void SetObserver(CatalogObserver* observer) { observer_ = observer; }

  // Waits for a picture, and takes it.
  PendingInspection AwaitInspection() {
    MutexLock lock(&mutex_);
    mutex_.Await([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !inspections_.empty(); });
    PendingInspection first = std::move(inspections_.front());
    inspections_.pop_front();
    return first;
  }
  // Waits for a training.
  std::shared_ptr<FakeTrainingRun> AwaitRun() {
    MutexLock lock(&mutex_);
    mutex_.Await([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return run_ != nullptr; });
    return std::move(run_);
  }
  TrainingRequest training_request() {
    MutexLock lock(&mutex_);
    return training_request_;
  }
  ThresholdRequest threshold_request() {
    MutexLock lock(&mutex_);
    return threshold_request_;
  }
  // What an export begins with; the version's number follows.
  void SetExport(std::string file) {
    MutexLock lock(&mutex_);
    export_ = std::move(file);
  }
  ImportRequest import_request() {
    MutexLock lock(&mutex_);
    return import_request_;
  }
  std::string imported_file() {
    MutexLock lock(&mutex_);
    return imported_file_;
  }
  // Of the trainings from now on.
  void SetStartStatus(absl::Status status) {
    MutexLock lock(&mutex_);
    start_status_ = std::move(status);
  }
  void AddCategory(const std::string& category, int64_t active_version) {
    MutexLock lock(&mutex_);
    CategoryListing& listing = categories_[category];
    listing.category = category;
    listing.active_version = active_version;
  }

 private:
  void Tell(const std::string& category, int64_t version) {
    observer_->OnCategory(category, version, absl::OkStatus());
  }

  const std::string backbone_ = "b0";
  CatalogObserver* observer_ = nullptr;
  Mutex mutex_;
  std::deque<PendingInspection> inspections_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<FakeTrainingRun> run_ ABSL_GUARDED_BY(mutex_);
  TrainingRequest training_request_ ABSL_GUARDED_BY(mutex_);
  ThresholdRequest threshold_request_ ABSL_GUARDED_BY(mutex_);
  std::string export_ ABSL_GUARDED_BY(mutex_);
  ImportRequest import_request_ ABSL_GUARDED_BY(mutex_);
  std::string imported_file_ ABSL_GUARDED_BY(mutex_);
  absl::Status start_status_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, CategoryListing> categories_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_TESTING_FAKE_BACKEND_H_
