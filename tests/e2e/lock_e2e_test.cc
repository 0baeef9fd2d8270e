// A category's lock that another process holds, and does not let go of.
#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <future>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "core/bundle/file_system.h"
#include "tests/e2e/cloth.h"
#include "tests/e2e/running_server.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

// Another process, as a replica that hangs in its turn. To be made before there are threads.
class OtherReplica {
 public:
  explicit OtherReplica(const std::string& lock) {
    if (pipe(ask_.data()) != 0 || pipe(answer_.data()) != 0) std::abort();
    pid_ = fork();
    if (pid_ != 0) return;
    char byte = 0;
    if (read(ask_[0], &byte, 1) != 1) _exit(1);
    const auto held = FileSystem::Real()->Lock(lock, absl::ZeroDuration());
    byte = held.ok() && *held != nullptr ? 'y' : 'n';
    if (write(answer_[1], &byte, 1) != 1) _exit(1);
    for (;;) pause();
  }
  ~OtherReplica() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    for (const int file : {ask_[0], ask_[1], answer_[0], answer_[1]}) close(file);
  }
  OtherReplica(const OtherReplica&) = delete;
  OtherReplica& operator=(const OtherReplica&) = delete;

  pid_t pid() const { return pid_; }
  // Whether it has the lock from now on.
  bool TakeLock() {
    char byte = 'x';
    return write(ask_[1], &byte, 1) == 1 && read(answer_[0], &byte, 1) == 1 && byte == 'y';
  }

 private:
  std::array<int, 2> ask_{};
  std::array<int, 2> answer_{};
  pid_t pid_ = 0;
};

grpc::Status Activate(RunningServer* server, const std::string& category, int64_t version) {
  CallContext context;
  v1::ActivateVersionRequest request;
  request.set_category(category);
  request.set_version(version);
  v1::Category response;
  return server->stub().ActivateVersion(&context, request, &response);
}

grpc::Status Get(RunningServer* server, const std::string& category, v1::Category* response) {
  CallContext context;
  v1::GetCategoryRequest request;
  request.set_category(category);
  return server->stub().GetCategory(&context, request, response);
}

class LockE2eTest : public ::testing::Test {
 protected:
  // Categories `held` and `free` of two versions, the second of which answers.
  void FillStore() {
    RunningServer server(store_.path());
    v1::TrainResult result;
    ASSERT_TRUE(server.Train("held", QuickOptions(), GoodCloths(4), &result).ok());
    CallContext context;
    v1::SetThresholdRequest request;
    request.set_category("held");
    request.set_false_alarm_rate(0.02);
    v1::Category response;
    ASSERT_TRUE(server.stub().SetThreshold(&context, request, &response).ok());
    EXPECT_EQ(response.active_version(), 2);
    ASSERT_EQ(server.Stop(), 0);
    fs::copy(store_.path() + "/held", store_.path() + "/free", fs::copy_options::recursive);
  }
  // All that does not change `held`.
  void ExpectTheOthersGoOn(RunningServer* server) {
    {
      CallContext context;
      v1::ListCategoriesResponse response;
      EXPECT_TRUE(server->stub().ListCategories(&context, {}, &response).ok());
      EXPECT_EQ(response.categories_size(), 2);
    }
    v1::Category category;
    v1::Inspection inspection;
    for (const char* name : {"held", "free"}) {
      EXPECT_TRUE(Get(server, name, &category).ok());
      EXPECT_TRUE(server->Score(name, ClothPng(1), &inspection).ok());
    }
    EXPECT_EQ(Get(server, "none", &category).error_code(), grpc::StatusCode::NOT_FOUND);
    EXPECT_TRUE(Activate(server, "free", 1).ok());
    EXPECT_TRUE(Get(server, "free", &category).ok());
    EXPECT_EQ(category.active_version(), 1);
  }

  const testing::TemporaryFolder store_;
};

TEST_F(LockE2eTest, ALockThatAnotherHoldsStopsChangesOfItsCategoryOnlyAndNamesTheHolder) {
  OtherReplica other(store_.path() + "/held/.lock");
  FillStore();
  ASSERT_TRUE(other.TakeLock());
  {
    RunningServer server(store_.path(), {"--store_lock_timeout=500ms"});
    const grpc::Status refused = Activate(&server, "held", 1);
    EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_THAT(refused.error_message(), AllOf(HasSubstr(absl::StrCat("process ", other.pid(), " on host ")),
                                               HasSubstr(" since 20"), HasSubstr("gave up after 500ms")));
    EXPECT_EQ(server.Stop(), 0);
  }
  RunningServer server(store_.path(), {"--store_lock_timeout=1h", "--drain_timeout=1s"});
  // More of them than the server has threads for the store.
  std::vector<std::future<grpc::Status>> waiting;
  for (int i = 0; i < 12; ++i) {
    waiting.push_back(std::async(std::launch::async, [&server] { return Activate(&server, "held", 1); }));
  }
  ExpectTheOthersGoOn(&server);
  EXPECT_EQ(server.Stop(), 0);
  for (std::future<grpc::Status>& one : waiting) EXPECT_FALSE(one.get().ok());
}

}  // namespace
}  // namespace mlfsc
