// A server on this machine whose answers are known beforehand, for commands that run as processes.
#ifndef MLFSC_TESTS_CLIENT_COMMANDS_NUMBER_SERVICE_H_
#define MLFSC_TESTS_CLIENT_COMMANDS_NUMBER_SERVICE_H_

#include <cstddef>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/mutex.h"
#include "mlfsc/v1/inspection.grpc.pb.h"

namespace mlfsc::client {

inline constexpr size_t kContentBytes = 20'000;

// A picture of number `id`, the same size for all.
inline std::string Content(int id) {
  const std::string number = absl::StrFormat("%08d", id);
  return absl::StrCat(number, std::string(kContentBytes - 2 * number.size(), 'p'), number);
}

// Scores a picture with its number. Knows what was not whole. Thread-safe.
class NumberService : public v1::InspectionService::Service {
 public:
  // Called before each answer with the picture's number; set before the first call.
  std::function<void(int id)> on_score = [](int) {};

  NumberService() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    address_ = absl::StrCat("127.0.0.1:", port);
  }
  ~NumberService() override { server_->Shutdown(); }

  const std::string& address() const { return address_; }

  grpc::Status GetCategory(grpc::ServerContext*, const v1::GetCategoryRequest*, v1::Category*) override {
    return grpc::Status::OK;
  }
  grpc::Status Score(grpc::ServerContext*, const v1::ScoreRequest* request,
                     v1::ScoreResponse* response) override {
    const std::string& bytes = request->picture().encoded();
    const int id = std::atoi(bytes.substr(0, 8).c_str());
    on_score(id);
    if (bytes != Content(id)) {
      MutexLock lock(&mutex_);
      broken_.push_back(bytes.substr(0, 8));
    }
    v1::Inspection* inspection = response->mutable_inspection();
    inspection->set_category(request->category());
    inspection->set_verdict(id % 3 == 0 ? v1::NOK : v1::OK);
    inspection->set_raw_score(id);
    return grpc::Status::OK;
  }

  std::vector<std::string> broken() {
    MutexLock lock(&mutex_);
    return broken_;
  }

 private:
  Mutex mutex_;
  std::vector<std::string> broken_ ABSL_GUARDED_BY(mutex_);
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace mlfsc::client

#endif  // MLFSC_TESTS_CLIENT_COMMANDS_NUMBER_SERVICE_H_
