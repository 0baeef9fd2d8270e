// An ImportCategory stream in flight.
#ifndef MLFSC_SERVER_IMPORT_CALL_H_
#define MLFSC_SERVER_IMPORT_CALL_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include <grpcpp/support/server_callback.h>

#include "absl/status/status.h"
#include "core/base/clock.h"
#include "core/base/memory_budget.h"
#include "core/serving/catalog.h"
#include "mlfsc/v1/inspection.pb.h"
#include "server/backend.h"
#include "server/call.h"
#include "server/call_alarm.h"
#include "server/store_threads.h"

namespace mlfsc {

// Collects the file in memory, no more of it than kMaxArchiveBytes, and hands it on once it is complete. No
// more than a few imports collect at once. Deletes itself when gRPC is done with it.
class ImportCall : public grpc::ServerReadReactor<v1::ImportCategoryRequest> {
 public:
  // What all imports of a service share; outlives them.
  struct Shared {
    Backend* backend = nullptr;
    StoreThreads* store_threads = nullptr;
    Clock* clock = nullptr;
    // What the files are charged to; null for no limit.
    MemoryBudget* memory = nullptr;
    // Under way.
    std::atomic<int> imports{0};
  };

  static ImportCall* Begin(Shared* shared, v1::ImportCategoryResponse* response,
                           grpc::CallbackServerContext* context, std::unique_ptr<Call> call);

 private:
  ImportCall(Shared* shared, v1::ImportCategoryResponse* response, std::unique_ptr<Call> call);

  void OnReadDone(bool ok) override;
  void OnDone() override { delete this; }

  // Whether there was room for it.
  bool TakePlace();
  absl::Status Take();
  absl::Status Import();
  // Once. The place is free before the client hears of it, so that its next import finds one.
  void End(const absl::Status& status);

  Shared* const shared_;
  v1::ImportCategoryResponse* const response_;
  const std::unique_ptr<Call> call_;
  // Taken once it is admitted.
  bool has_place_ = false;
  std::unique_ptr<CallAlarm> alarm_;
  // Written by gRPC until OnReadDone.
  v1::ImportCategoryRequest request_;
  bool started_ = false;
  ImportRequest import_;
  std::string file_;
  MemoryCharge memory_;
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_IMPORT_CALL_H_
