#include "server/health.h"

#include "absl/strings/str_cat.h"
#include "mlfsc/v1/inspection.grpc.pb.h"

namespace mlfsc {

Health::Health(grpc::HealthCheckServiceInterface* service) : service_(service) {
  service_->SetServingStatus(v1::InspectionService::service_full_name(), false);
  service_->SetServingStatus(false);
}

void Health::SetServing() {
  service_->SetServingStatus(v1::InspectionService::service_full_name(), true);
  service_->SetServingStatus("", true);
}

void Health::SetCategory(const std::string& category, bool serving) {
  service_->SetServingStatus(absl::StrCat("category/", category), serving);
}

void Health::Shutdown() { service_->Shutdown(); }

}  // namespace mlfsc
