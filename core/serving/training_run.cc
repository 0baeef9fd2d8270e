#include "core/serving/training_run.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/mutex.h"
#include "core/base/retry_hint.h"
#include "core/bundle/category_options.h"
#include "core/serving/training_worker.h"
#include "core/training/training_cost.h"

namespace mlfsc {
namespace {

// When to ask again while max_trainings run: they take minutes.
constexpr absl::Duration kRetryTraining = absl::Seconds(10);

// The client's hold on a run.
class RunHandle : public TrainingRun {
 public:
  explicit RunHandle(std::shared_ptr<TrainingWorker> worker) : worker_(std::move(worker)) {}
  ~RunHandle() override { worker_->Abandon(); }

  void AddPicture(const PictureBytes& bytes, std::function<void()> next) override {
    worker_->AddPicture(bytes, std::move(next));
  }
  void Finish() override { worker_->Finish(); }
  void Cancel() override { worker_->Cancel(); }

 private:
  const std::shared_ptr<TrainingWorker> worker_;
};

// The threads of one training at a time.
struct Desk {
  explicit Desk(int learning_threads)
      : thread(1, kTrainingNiceness, "mlfsc-training"),
        learning(learning_threads - 1, kTrainingNiceness, "mlfsc-learning") {}

  // Empty while nobody trains here.
  std::string category;
  // The thread takes part in the learning's loops.
  ThreadPool thread;
  ThreadPool learning;
};

}  // namespace

class TrainingDesk::Impl {
 public:
  Impl(const TrainingLimits& limits, Catalog* catalog, FeatureStage* features, Clock* clock,
       std::string program_version)
      : limits_(limits),
        catalog_(catalog),
        features_(features),
        clock_(clock),
        program_version_(std::move(program_version)) {
    for (int i = 0; i < limits.max_trainings; ++i) {
      desks_.push_back(std::make_unique<Desk>(limits.learning_threads));
    }
  }

  ~Impl() {
    Shutdown();
    for (const std::shared_ptr<TrainingWorker>& worker : Workers()) {
      worker->Cancel();
      worker->AwaitEnd();
    }
  }

  absl::StatusOr<std::shared_ptr<TrainingRun>> Start(const TrainingRequest& request, Events events) {
    if (const absl::Status status = ValidateCategoryName(request.category); !status.ok()) return status;
    // Not after minutes of learning.
    if (const absl::Status status = catalog_->CheckPublish(request.category); !status.ok()) return status;
    if (!request.recalibrated_version.has_value()) {
      if (const absl::Status status = Validate(request.options); !status.ok()) return status;
      if (const absl::Status status = CheckTrainingCost(request.options); !status.ok()) return status;
    }
    MutexLock lock(&mutex_);
    const absl::StatusOr<Desk*> desk = FindDesk(request.category);
    if (!desk.ok()) return desk.status();
    TrainingPlace place;
    place.catalog = catalog_;
    place.features = features_;
    place.clock = clock_;
    place.thread = &(*desk)->thread;
    place.learning = &(*desk)->learning;
    place.picture_limits = limits_.pictures;
    place.decoder = limits_.decoder;
    place.memory = limits_.memory;
    place.trainer = limits_.trainer;
    place.program_version = program_version_;
    const auto worker = std::make_shared<TrainingWorker>(std::move(place), request, std::move(events),
                                                         [this, desk = *desk] { LeaveDesk(desk); });
    Remember(worker);
    // The desk is taken last: what throws before leaves it free.
    std::string category = request.category;
    auto handle = std::make_shared<RunHandle>(worker);
    worker->Start();
    (*desk)->category = std::move(category);
    return handle;
  }

  void Shutdown() {
    MutexLock lock(&mutex_);
    shut_down_ = true;
  }

  void CancelAll() {
    for (const std::shared_ptr<TrainingWorker>& worker : Workers()) worker->Cancel();
  }

  int running() const {
    MutexLock lock(&mutex_);
    int running = 0;
    for (const std::unique_ptr<Desk>& desk : desks_) running += desk->category.empty() ? 0 : 1;
    return running;
  }

 private:
  // A free one.
  absl::StatusOr<Desk*> FindDesk(const std::string& category) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (shut_down_) return absl::UnavailableError("the server is shutting down");
    Desk* free = nullptr;
    for (const std::unique_ptr<Desk>& desk : desks_) {
      if (desk->category == category) {
        return absl::AlreadyExistsError(absl::StrCat("a training of category ", category, " is running"));
      }
      if (desk->category.empty()) free = desk.get();
    }
    if (free == nullptr) {
      return WithRetryDelay(
          absl::ResourceExhaustedError(absl::StrCat("as many trainings run as may: ", desks_.size())),
          kRetryTraining);
    }
    return free;
  }

  void LeaveDesk(Desk* desk) {
    MutexLock lock(&mutex_);
    desk->category.clear();
  }

  void Remember(const std::shared_ptr<TrainingWorker>& worker) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::vector<std::weak_ptr<TrainingWorker>> alive{worker};
    for (std::weak_ptr<TrainingWorker>& earlier : workers_) {
      if (!earlier.expired()) alive.push_back(std::move(earlier));
    }
    workers_ = std::move(alive);
  }

  // Those that run, and perhaps some that have ended.
  std::vector<std::shared_ptr<TrainingWorker>> Workers() const {
    MutexLock lock(&mutex_);
    std::vector<std::shared_ptr<TrainingWorker>> workers;
    for (const std::weak_ptr<TrainingWorker>& weak : workers_) {
      if (std::shared_ptr<TrainingWorker> worker = weak.lock()) workers.push_back(std::move(worker));
    }
    return workers;
  }

  const TrainingLimits limits_;
  Catalog* const catalog_;
  FeatureStage* const features_;
  Clock* const clock_;
  const std::string program_version_;

  mutable Mutex mutex_;
  bool shut_down_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::weak_ptr<TrainingWorker>> workers_ ABSL_GUARDED_BY(mutex_);
  // Last, so that the runs' threads end before what they use. `category` is guarded by mutex_.
  std::vector<std::unique_ptr<Desk>> desks_;
};

TrainingDesk::TrainingDesk(const TrainingLimits& limits, Catalog* catalog, FeatureStage* features,
                           Clock* clock, std::string program_version)
    : impl_(std::make_unique<Impl>(limits, catalog, features, clock, std::move(program_version))) {}
TrainingDesk::~TrainingDesk() = default;

absl::StatusOr<std::shared_ptr<TrainingRun>> TrainingDesk::Start(const TrainingRequest& request,
                                                                 Events events) {
  return impl_->Start(request, std::move(events));
}

void TrainingDesk::Shutdown() { impl_->Shutdown(); }
void TrainingDesk::CancelAll() { impl_->CancelAll(); }
int TrainingDesk::running() const { return impl_->running(); }

}  // namespace mlfsc
