// An ExportCategory stream in flight.
#ifndef MLFSC_SERVER_EXPORT_CALL_H_
#define MLFSC_SERVER_EXPORT_CALL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <grpcpp/support/server_callback.h>

#include "core/base/clock.h"
#include "core/base/memory_budget.h"
#include "mlfsc/v1/inspection.pb.h"
#include "server/backend.h"
#include "server/call.h"
#include "server/call_alarm.h"
#include "server/store_threads.h"

namespace mlfsc {

// Loads the version on a thread of the store, then sends it piece by piece, as fast as the client takes it
// and no later than its deadline. Deletes itself when gRPC is done with it.
class ExportCall : public grpc::ServerWriteReactor<v1::ExportCategoryResponse> {
 public:
  // `request` lives as long as gRPC's call. The pointers outlive it. `memory`: what the file is charged to;
  // null for no limit.
  static ExportCall* Begin(const v1::ExportCategoryRequest* request, Backend* backend,
                           StoreThreads* store_threads, Clock* clock, MemoryBudget* memory,
                           grpc::CallbackServerContext* context, std::unique_ptr<Call> call);

 private:
  ExportCall(std::unique_ptr<Call> call, MemoryBudget* memory)
      : call_(std::move(call)), memory_(memory, call_->client()) {}

  void OnWriteDone(bool ok) override;
  void OnDone() override { delete this; }

  void Load(const v1::ExportCategoryRequest& request, Backend* backend);
  void WriteNext();

  const std::unique_ptr<Call> call_;
  std::unique_ptr<CallAlarm> alarm_;
  std::string file_;
  MemoryCharge memory_;
  size_t sent_ = 0;
  // Read by gRPC until OnWriteDone.
  v1::ExportCategoryResponse response_;
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_EXPORT_CALL_H_
