#include "client/connection.h"

#include <random>
#include <utility>

#include "client/training_call.h"
#include "core/base/mutex.h"

namespace mlfsc::client {
namespace {

// Random numbers in [0, 1) from one generator for all threads.
class UniformSource {
 public:
  double operator()() {
    MutexLock lock(&mutex_);
    return std::uniform_real_distribution<double>()(engine_);
  }

 private:
  Mutex mutex_;
  std::mt19937_64 engine_ ABSL_GUARDED_BY(mutex_){std::random_device()()};
};

class RetryingConnection : public Connection {
 public:
  RetryingConnection(std::shared_ptr<Stub> stub, const RetryOptions& options, Clock* clock,
                     std::function<double()> uniform)
      : stub_(std::move(stub)), options_(options), clock_(clock), uniform_(std::move(uniform)) {}

  absl::StatusOr<v1::TrainResult> Train(const Training& training,
                                        const TrainProgressCallback& on_progress) override {
    Retry retry(options_, clock_, uniform_);
    while (true) {
      bool begun = false;
      absl::StatusOr<v1::TrainResult> result = TrainOnce(stub_->Train().get(), training, on_progress, &begun);
      if (result.ok() || begun || !retry.WaitAfter(result.status())) return result;
    }
  }

  absl::StatusOr<v1::ScoreResponse> Score(const v1::ScoreRequest& request) override {
    return Call(&Stub::Score, request);
  }
  absl::StatusOr<v1::HeatmapResponse> Heatmap(const v1::HeatmapRequest& request) override {
    return Call(&Stub::Heatmap, request);
  }
  absl::StatusOr<v1::ListCategoriesResponse> ListCategories(
      const v1::ListCategoriesRequest& request) override {
    return Call(&Stub::ListCategories, request);
  }
  absl::StatusOr<v1::Category> GetCategory(const v1::GetCategoryRequest& request) override {
    return Call(&Stub::GetCategory, request);
  }
  absl::StatusOr<v1::Category> ActivateVersion(const v1::ActivateVersionRequest& request) override {
    return Call(&Stub::ActivateVersion, request);
  }
  absl::StatusOr<v1::Category> DeleteVersion(const v1::DeleteVersionRequest& request) override {
    return stub_->DeleteVersion(request, options_.timeout);
  }
  absl::StatusOr<grpc::health::v1::HealthCheckResponse> CheckHealth(
      const grpc::health::v1::HealthCheckRequest& request) override {
    return Call(&Stub::CheckHealth, request);
  }
  absl::StatusOr<v1::DeleteCategoryResponse> DeleteCategory(
      const v1::DeleteCategoryRequest& request) override {
    return stub_->DeleteCategory(request, options_.timeout);
  }
  absl::StatusOr<v1::Category> SetThreshold(const v1::SetThresholdRequest& request) override {
    return stub_->SetThreshold(request, options_.timeout);
  }
  absl::StatusOr<v1::GetStatisticsResponse> GetStatistics(const v1::GetStatisticsRequest& request) override {
    return Call(&Stub::GetStatistics, request);
  }

 private:
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(absl::StatusOr<Response> (Stub::*method)(const Request&, absl::Duration),
                                const Request& request) {
    return CallWithRetry(Retry(options_, clock_, uniform_), [&](absl::Duration time_left) {
      return (stub_.get()->*method)(request, time_left);
    });
  }

  const std::shared_ptr<Stub> stub_;
  const RetryOptions options_;
  Clock* const clock_;
  const std::function<double()> uniform_;
};

}  // namespace

std::shared_ptr<Connection> MakeConnection(const ConnectionOptions& options) {
  auto source = std::make_shared<UniformSource>();
  return MakeConnection(MakeGrpcStub(options.channel), options.retry, Clock::Real(),
                        [source] { return (*source)(); });
}

std::shared_ptr<Connection> MakeConnection(std::shared_ptr<Stub> stub, const RetryOptions& options,
                                           Clock* clock, std::function<double()> uniform) {
  return std::make_shared<RetryingConnection>(std::move(stub), options, clock, std::move(uniform));
}

}  // namespace mlfsc::client
