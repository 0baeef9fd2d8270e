// grpc.health.v1: whether the server and each category answer.
#ifndef MLFSC_SERVER_HEALTH_H_
#define MLFSC_SERVER_HEALTH_H_

#include <map>
#include <set>
#include <string>

#include "core/base/mutex.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace mlfsc {

// Names to ask for: "" and "mlfsc.v1.InspectionService" for the server, "category/NAME" for a category. Any other is not
// known: NOT_FOUND for who checks, SERVICE_UNKNOWN until it comes for who watches. gRPC's own service cannot forget a name.
// Thread-safe; outlives the server that it is registered with.
class Health : public grpc::health::v1::Health::CallbackService {
 public:
  // The server's names are not serving at first.
  Health();

  void SetServing();
  void SetCategory(const std::string& category, bool serving);
  // The category's name is not known from now on.
  void RemoveCategory(const std::string& category);

  // Every name is not serving from now on, whatever is set later.
  void Shutdown();

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const grpc::health::v1::HealthCheckRequest* request,
                                  grpc::health::v1::HealthCheckResponse* response) override;
  grpc::ServerWriteReactor<grpc::health::v1::HealthCheckResponse>* Watch(
      grpc::CallbackServerContext* context, const grpc::health::v1::HealthCheckRequest* request) override;

 private:
  using Status = grpc::health::v1::HealthCheckResponse::ServingStatus;
  class Watcher;

  Status StatusOf(const std::string& name) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Set(const std::string& name, Status status);
  void TellWatchersOf(const std::string& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  std::map<std::string, Status> statuses_ ABSL_GUARDED_BY(mutex_);
  bool shut_down_ ABSL_GUARDED_BY(mutex_) = false;
  // By the name that they ask for.
  std::map<std::string, std::set<Watcher*>> watchers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_HEALTH_H_
