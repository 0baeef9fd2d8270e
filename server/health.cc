#include "server/health.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "mlfsc/v1/inspection.grpc.pb.h"

namespace mlfsc {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

namespace {

// The name of the whole server.
constexpr char kServer[] = "";

std::string NameOf(const std::string& category) { return absl::StrCat("category/", category); }

}  // namespace

// One client that is told of every change, until it leaves or the server ends. Deletes itself.
class Health::Watcher : public grpc::ServerWriteReactor<HealthCheckResponse> {
 public:
  Watcher(Health* health, std::string name) : health_(health), name_(std::move(name)) {
    MutexLock lock(&health_->mutex_);
    health_->watchers_[name_].insert(this);
    Tell();
  }

  // Writes the name's status unless the client has it. Of changes during a write the last one is written. Under the health's
  // lock, which the analysis knows by another name.
  void Tell() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    const Status status = health_->StatusOf(name_);
    if (writing_ || ended_ || (told_ && response_.status() == status)) return;
    response_.set_status(status);
    told_ = true;
    writing_ = true;
    StartWrite(&response_);
  }

  void OnWriteDone(bool ok) override {
    MutexLock lock(&health_->mutex_);
    writing_ = false;
    if (!ok) ended_ = true;
    if (ended_) return Finish(grpc::Status::CANCELLED);
    Tell();
  }

  void OnCancel() override {
    MutexLock lock(&health_->mutex_);
    if (std::exchange(ended_, true) || writing_) return;
    Finish(grpc::Status::CANCELLED);
  }

  void OnDone() override {
    {
      MutexLock lock(&health_->mutex_);
      const auto of_name = health_->watchers_.find(name_);
      of_name->second.erase(this);
      if (of_name->second.empty()) health_->watchers_.erase(of_name);
    }
    delete this;
  }

 private:
  Health* const health_;
  const std::string name_;
  // All under the health's lock; `response_` is gRPC's while `writing_`.
  HealthCheckResponse response_;
  bool told_ = false;
  bool writing_ = false;
  bool ended_ = false;
};

Health::Health() {
  statuses_[kServer] = HealthCheckResponse::NOT_SERVING;
  statuses_[v1::InspectionService::service_full_name()] = HealthCheckResponse::NOT_SERVING;
}

void Health::SetServing() {
  Set(v1::InspectionService::service_full_name(), HealthCheckResponse::SERVING);
  Set(kServer, HealthCheckResponse::SERVING);
}

void Health::SetCategory(const std::string& category, bool serving) {
  Set(NameOf(category), serving ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING);
}

void Health::RemoveCategory(const std::string& category) {
  MutexLock lock(&mutex_);
  const std::string name = NameOf(category);
  if (statuses_.erase(name) > 0) TellWatchersOf(name);
}

void Health::Shutdown() {
  MutexLock lock(&mutex_);
  shut_down_ = true;
  for (const auto& [name, watchers] : watchers_) TellWatchersOf(name);
}

Health::Status Health::StatusOf(const std::string& name) const {
  const auto found = statuses_.find(name);
  if (found == statuses_.end()) return HealthCheckResponse::SERVICE_UNKNOWN;
  return shut_down_ ? HealthCheckResponse::NOT_SERVING : found->second;
}

void Health::Set(const std::string& name, Status status) {
  MutexLock lock(&mutex_);
  statuses_[name] = status;
  TellWatchersOf(name);
}

void Health::TellWatchersOf(const std::string& name) {
  const auto found = watchers_.find(name);
  if (found == watchers_.end()) return;
  for (Watcher* watcher : found->second) watcher->Tell();
}

grpc::ServerUnaryReactor* Health::Check(grpc::CallbackServerContext* context, const HealthCheckRequest* request,
                                        HealthCheckResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  MutexLock lock(&mutex_);
  const Status status = StatusOf(request->service());
  if (status == HealthCheckResponse::SERVICE_UNKNOWN) {
    reactor->Finish(grpc::Status(grpc::StatusCode::NOT_FOUND, "there is no service of this name"));
  } else {
    response->set_status(status);
    reactor->Finish(grpc::Status::OK);
  }
  return reactor;
}

grpc::ServerWriteReactor<HealthCheckResponse>* Health::Watch(grpc::CallbackServerContext*,
                                                             const HealthCheckRequest* request) {
  return new Watcher(this, request->service());
}

}  // namespace mlfsc
