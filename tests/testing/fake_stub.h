// A server in a test's own hands, at the client's end of the wire.
#ifndef MLFSC_TESTS_TESTING_FAKE_STUB_H_
#define MLFSC_TESTS_TESTING_FAKE_STUB_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/stub.h"
#include "core/base/mutex.h"

namespace mlfsc::testing {

// How a fake server takes one Train call.
struct FakeTraining {
  // Ends the call after that many messages; else it goes on until the client has sent all.
  size_t messages_taken = static_cast<size_t>(-1);
  // Sent then, in this order.
  std::vector<v1::TrainResponse> responses;
  absl::Status status;
};

// Answers with what the test put in; a method nobody set answers UNIMPLEMENTED. Thread-safe as far as the
// handlers are; they are set before the first call.
class FakeStub : public client::Stub {
 public:
  // Of the n-th call, from 0.
  std::function<FakeTraining(int call)> on_train;
  std::function<absl::StatusOr<v1::ScoreResponse>(const v1::ScoreRequest&)> on_score;
  std::function<absl::StatusOr<v1::HeatmapResponse>(const v1::HeatmapRequest&)> on_heatmap;
  std::function<absl::StatusOr<v1::ListCategoriesResponse>()> on_list;
  std::function<absl::StatusOr<v1::Category>(const v1::GetCategoryRequest&)> on_get;
  std::function<absl::StatusOr<v1::Category>(const v1::ActivateVersionRequest&)> on_activate;
  std::function<absl::StatusOr<v1::Category>(const v1::DeleteVersionRequest&)> on_delete;
  std::function<absl::StatusOr<grpc::health::v1::HealthCheckResponse>(
      const grpc::health::v1::HealthCheckRequest&)>
      on_health;
  std::function<absl::StatusOr<v1::DeleteCategoryResponse>(const v1::DeleteCategoryRequest&)>
      on_delete_category;
  std::function<absl::StatusOr<v1::Category>(const v1::SetThresholdRequest&)> on_set_threshold;
  std::function<absl::StatusOr<v1::GetStatisticsResponse>(const v1::GetStatisticsRequest&)> on_statistics;

  // Of all calls but Train, in their order.
  std::vector<absl::Duration> timeouts() {
    MutexLock lock(&mutex_);
    return timeouts_;
  }
  // What the client sent in each Train call.
  std::vector<std::vector<v1::TrainRequest>> trainings() {
    MutexLock lock(&mutex_);
    return trainings_;
  }

  std::unique_ptr<client::TrainStream> Train() override {
    MutexLock lock(&mutex_);
    const size_t call = trainings_.size();
    trainings_.emplace_back();
    const FakeTraining training =
        on_train ? on_train(static_cast<int>(call))
                 : FakeTraining{0, {}, absl::UnimplementedError("no Train in this test")};
    return std::make_unique<Stream>(this, call, training);
  }
  absl::StatusOr<v1::ScoreResponse> Score(const v1::ScoreRequest& request, absl::Duration timeout) override {
    return Answer<v1::ScoreResponse>(on_score, timeout, request);
  }
  absl::StatusOr<v1::HeatmapResponse> Heatmap(const v1::HeatmapRequest& request,
                                              absl::Duration timeout) override {
    return Answer<v1::HeatmapResponse>(on_heatmap, timeout, request);
  }
  absl::StatusOr<v1::ListCategoriesResponse> ListCategories(const v1::ListCategoriesRequest&,
                                                            absl::Duration timeout) override {
    return Answer<v1::ListCategoriesResponse>(on_list, timeout);
  }
  absl::StatusOr<v1::Category> GetCategory(const v1::GetCategoryRequest& request,
                                           absl::Duration timeout) override {
    return Answer<v1::Category>(on_get, timeout, request);
  }
  absl::StatusOr<v1::Category> ActivateVersion(const v1::ActivateVersionRequest& request,
                                               absl::Duration timeout) override {
    return Answer<v1::Category>(on_activate, timeout, request);
  }
  absl::StatusOr<v1::Category> DeleteVersion(const v1::DeleteVersionRequest& request,
                                             absl::Duration timeout) override {
    return Answer<v1::Category>(on_delete, timeout, request);
  }
  absl::StatusOr<grpc::health::v1::HealthCheckResponse> CheckHealth(
      const grpc::health::v1::HealthCheckRequest& request, absl::Duration timeout) override {
    return Answer<grpc::health::v1::HealthCheckResponse>(on_health, timeout, request);
  }
  absl::StatusOr<v1::DeleteCategoryResponse> DeleteCategory(const v1::DeleteCategoryRequest& request,
                                                            absl::Duration timeout) override {
    return Answer<v1::DeleteCategoryResponse>(on_delete_category, timeout, request);
  }
  absl::StatusOr<v1::Category> SetThreshold(const v1::SetThresholdRequest& request,
                                            absl::Duration timeout) override {
    return Answer<v1::Category>(on_set_threshold, timeout, request);
  }
  absl::StatusOr<v1::GetStatisticsResponse> GetStatistics(const v1::GetStatisticsRequest& request,
                                                          absl::Duration timeout) override {
    return Answer<v1::GetStatisticsResponse>(on_statistics, timeout, request);
  }

 private:
  class Stream : public client::TrainStream {
   public:
    Stream(FakeStub* stub, size_t call, FakeTraining training)
        : stub_(stub), call_(call), training_(std::move(training)), ended_(training_.messages_taken == 0) {}

    bool Write(const v1::TrainRequest& request) override {
      MutexLock lock(&mutex_);
      if (ended_ || cancelled_) return false;
      stub_->Record(call_, request);
      if (++messages_ == training_.messages_taken) End();
      return true;
    }
    void WritesDone() override {
      MutexLock lock(&mutex_);
      End();
    }
    bool Read(v1::TrainResponse* response) override {
      MutexLock lock(&mutex_);
      mutex_.Await([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return ended_ || cancelled_; });
      if (cancelled_ || next_ == training_.responses.size()) return false;
      *response = training_.responses[next_++];
      return true;
    }
    void Cancel() override {
      MutexLock lock(&mutex_);
      cancelled_ = true;
      mutex_.SignalAll();
    }
    absl::Status Finish() override {
      MutexLock lock(&mutex_);
      return cancelled_ ? absl::CancelledError("cancelled") : training_.status;
    }

   private:
    void End() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      ended_ = true;
      mutex_.SignalAll();
    }

    FakeStub* const stub_;
    const size_t call_;
    const FakeTraining training_;
    Mutex mutex_;
    size_t messages_ ABSL_GUARDED_BY(mutex_) = 0;
    size_t next_ ABSL_GUARDED_BY(mutex_) = 0;
    bool ended_ ABSL_GUARDED_BY(mutex_);
    bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  };

  void Record(size_t call, const v1::TrainRequest& request) {
    MutexLock lock(&mutex_);
    trainings_[call].push_back(request);
  }

  template <typename Response, typename Handler, typename... Request>
  absl::StatusOr<Response> Answer(const Handler& handler, absl::Duration timeout, const Request&... request) {
    {
      MutexLock lock(&mutex_);
      timeouts_.push_back(timeout);
    }
    if (!handler) return absl::UnimplementedError("not in this test");
    return handler(request...);
  }

  Mutex mutex_;
  std::vector<absl::Duration> timeouts_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::vector<v1::TrainRequest>> trainings_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_TESTING_FAKE_STUB_H_
