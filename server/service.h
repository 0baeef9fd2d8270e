// mlfsc.v1.InspectionService: converts and delegates, nothing else.
#ifndef MLFSC_SERVER_SERVICE_H_
#define MLFSC_SERVER_SERVICE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/memory_budget.h"
#include "core/serving/traffic_statistics.h"
#include "mlfsc/v1/inspection.grpc.pb.h"
#include "server/backend.h"
#include "server/call.h"
#include "server/import_call.h"
#include "server/metrics/metrics.h"
#include "server/store_threads.h"
#include "server/unary_call.h"

namespace mlfsc {

// Thread-safe; no thread is held by a call that waits. The server must have been shut down before this is
// destroyed.
class Service : public v1::InspectionService::CallbackService {
 public:
  struct Options {
    // Pixels a side that a training may ask for.
    std::vector<int> input_sizes;
    // How long a training waits for its client's next message.
    absl::Duration train_idle_timeout = absl::Minutes(2);
    // And for all of them.
    absl::Duration train_wait_limit = absl::Hours(1);
    // Of a received message; for clients to know.
    int64_t max_message_bytes = 0;
    // What files that are imported and exported are charged to; outlives the service. Null for no limit.
    MemoryBudget* memory = nullptr;
  };

  // All pointers outlive the service.
  Service(Options options, Backend* backend, CallGate* gate, Metrics* metrics, TrafficStatistics* statistics,
          Clock* clock);

  grpc::ServerBidiReactor<v1::TrainRequest, v1::TrainResponse>* Train(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* Score(grpc::CallbackServerContext* context, const v1::ScoreRequest* request,
                                  v1::ScoreResponse* response) override;
  grpc::ServerUnaryReactor* Heatmap(grpc::CallbackServerContext* context, const v1::HeatmapRequest* request,
                                    v1::HeatmapResponse* response) override;
  grpc::ServerUnaryReactor* ListCategories(grpc::CallbackServerContext* context,
                                           const v1::ListCategoriesRequest* request,
                                           v1::ListCategoriesResponse* response) override;
  grpc::ServerUnaryReactor* GetCategory(grpc::CallbackServerContext* context,
                                        const v1::GetCategoryRequest* request,
                                        v1::Category* response) override;
  grpc::ServerUnaryReactor* ActivateVersion(grpc::CallbackServerContext* context,
                                            const v1::ActivateVersionRequest* request,
                                            v1::Category* response) override;
  grpc::ServerUnaryReactor* DeleteVersion(grpc::CallbackServerContext* context,
                                          const v1::DeleteVersionRequest* request,
                                          v1::Category* response) override;
  grpc::ServerUnaryReactor* DeleteCategory(grpc::CallbackServerContext* context,
                                           const v1::DeleteCategoryRequest* request,
                                           v1::DeleteCategoryResponse* response) override;
  grpc::ServerUnaryReactor* SetThreshold(grpc::CallbackServerContext* context,
                                         const v1::SetThresholdRequest* request,
                                         v1::Category* response) override;
  grpc::ServerUnaryReactor* GetStatistics(grpc::CallbackServerContext* context,
                                          const v1::GetStatisticsRequest* request,
                                          v1::GetStatisticsResponse* response) override;
  grpc::ServerWriteReactor<v1::ExportCategoryResponse>* ExportCategory(
      grpc::CallbackServerContext* context, const v1::ExportCategoryRequest* request) override;
  grpc::ServerReadReactor<v1::ImportCategoryRequest>* ImportCategory(
      grpc::CallbackServerContext* context, v1::ImportCategoryResponse* response) override;
  grpc::ServerBidiReactor<v1::RecalibrateCategoryRequest, v1::TrainResponse>* RecalibrateCategory(
      grpc::CallbackServerContext* context) override;

 private:
  // Both kinds of picture request: `reply` fills in the response. OK: the call will be replied to.
  absl::Status Inspect(UnaryCall* call, absl::StatusOr<InspectionRequest> request,
                       std::function<void(Inspection)> reply);
  // What memory answers, on gRPC's thread: `work` fills in the response. `category`: for the log; empty when
  // it is about none.
  grpc::ServerUnaryReactor* FromMemory(const Method& method, grpc::CallbackServerContext* context,
                                       const std::string& category, std::function<absl::Status()> work);
  // Work on the store, which may block, on a thread for the category: `work` fills in the response.
  grpc::ServerUnaryReactor* OnStoreThread(const Method& method, grpc::CallbackServerContext* context,
                                          const std::string& category, std::function<absl::Status()> work);
  absl::Status FillCategory(const std::string& category, v1::Category* response);
  // Counts a picture that was answered.
  void Count(const Inspection& inspection);
  // What GetStatistics tells of the server as a whole, and of one category.
  void FillStatistics(v1::GetStatisticsResponse* response);
  absl::Status AddStatisticsOf(const std::string& category, v1::GetStatisticsResponse* response);

  const Options options_;
  Backend* const backend_;
  CallGate* const gate_;
  Metrics* const metrics_;
  TrafficStatistics* const statistics_;
  Clock* const clock_;
  ImportCall::Shared imports_;
  StoreThreads store_threads_;
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_SERVICE_H_
