// grpc.health.v1: whether the server and each category answer.
#ifndef MLFSC_SERVER_HEALTH_H_
#define MLFSC_SERVER_HEALTH_H_

#include <string>

#include <grpcpp/health_check_service_interface.h>

namespace mlfsc {

// Names to ask for: "" and "mlfsc.v1.InspectionService" for the server, "category/NAME" for a category.
// Thread-safe.
class Health {
 public:
  // `service`: of a server that was built with the default health service; outlives this. All names are not
  // serving at first.
  explicit Health(grpc::HealthCheckServiceInterface* service);

  void SetServing();
  void SetCategory(const std::string& category, bool serving);

  // Everything is not serving from now on, whatever is set later.
  void Shutdown();

 private:
  grpc::HealthCheckServiceInterface* const service_;
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_HEALTH_H_
