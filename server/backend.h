// What the service delegates to.
#ifndef MLFSC_SERVER_BACKEND_H_
#define MLFSC_SERVER_BACKEND_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/bundle/bundle_store.h"
#include "core/serving/catalog.h"
#include "core/serving/inspector.h"
#include "core/serving/threshold.h"
#include "core/serving/training_run.h"

namespace mlfsc {

// core/serving as the service sees it; an interface, so that the service's tests decide what it answers.
// Thread-safe. The contracts are those of the functions of the same names in core/serving.
class Backend {
 public:
  virtual ~Backend() = default;

  virtual void Inspect(InspectionRequest request, std::function<void(absl::StatusOr<Inspection>)> done) = 0;
  virtual absl::StatusOr<std::shared_ptr<TrainingRun>> StartTraining(const TrainingRequest& request,
                                                                     TrainingDesk::Events events) = 0;

  virtual absl::StatusOr<std::vector<CategoryListing>> ListCategories() = 0;
  virtual absl::StatusOr<CategoryListing> GetCategory(const std::string& category) = 0;
  virtual absl::Status ActivateVersion(const std::string& category, int64_t version) = 0;
  virtual absl::Status DeleteVersion(const std::string& category, int64_t version) = 0;
  virtual absl::Status DeleteCategory(const std::string& category) = 0;
  virtual absl::StatusOr<int64_t> SetThreshold(const ThresholdRequest& request) = 0;

  virtual absl::StatusOr<std::string> ExportCategory(const std::string& category, int64_t version) = 0;
  virtual absl::StatusOr<ImportedVersion> ImportCategory(const ImportRequest& request,
                                                         const std::string& file) = 0;

  virtual const std::string& backbone_sha256() const = 0;
};

// The real one.
class CoreBackend : public Backend {
 public:
  // All pointers outlive the backend.
  CoreBackend(Catalog* catalog, Inspector* inspector, TrainingDesk* trainings)
      : catalog_(catalog), inspector_(inspector), trainings_(trainings) {}

  void Inspect(InspectionRequest request, std::function<void(absl::StatusOr<Inspection>)> done) override {
    inspector_->Inspect(std::move(request), std::move(done));
  }
  absl::StatusOr<std::shared_ptr<TrainingRun>> StartTraining(const TrainingRequest& request,
                                                             TrainingDesk::Events events) override {
    return trainings_->Start(request, std::move(events));
  }
  absl::StatusOr<std::vector<CategoryListing>> ListCategories() override { return catalog_->List(); }
  absl::StatusOr<CategoryListing> GetCategory(const std::string& category) override {
    return catalog_->Get(category);
  }
  absl::Status ActivateVersion(const std::string& category, int64_t version) override {
    return catalog_->Activate(category, version);
  }
  absl::Status DeleteVersion(const std::string& category, int64_t version) override {
    return catalog_->Delete(category, version);
  }
  absl::Status DeleteCategory(const std::string& category) override {
    return catalog_->DeleteCategory(category);
  }
  absl::StatusOr<int64_t> SetThreshold(const ThresholdRequest& request) override {
    return catalog_->SetThreshold(request);
  }
  absl::StatusOr<std::string> ExportCategory(const std::string& category, int64_t version) override {
    return catalog_->Export(category, version);
  }
  absl::StatusOr<ImportedVersion> ImportCategory(const ImportRequest& request,
                                                 const std::string& file) override {
    return catalog_->Import(request, file);
  }
  const std::string& backbone_sha256() const override { return catalog_->backbone_sha256(); }

 private:
  Catalog* const catalog_;
  Inspector* const inspector_;
  TrainingDesk* const trainings_;
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_BACKEND_H_
