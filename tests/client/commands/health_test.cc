#include "tests/client/commands/command_test.h"

namespace mlfsc::client {
namespace {

using ::grpc::health::v1::HealthCheckRequest;
using ::grpc::health::v1::HealthCheckResponse;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class HealthTest : public CommandTest {
 protected:
  void Answer(const absl::StatusOr<HealthCheckResponse::ServingStatus>& status) {
    stub_->on_health = [this,
                        status](const HealthCheckRequest& request) -> absl::StatusOr<HealthCheckResponse> {
      asked_.push_back(request.service());
      if (!status.ok()) return status.status();
      HealthCheckResponse response;
      response.set_status(*status);
      return response;
    };
  }

  std::vector<std::string> asked_;
};

TEST_F(HealthTest, AServingServerIsExitCodeZeroAndOneLine) {
  Answer(HealthCheckResponse::SERVING);
  const Outcome outcome = Run({"health", "--server", "inspection:1"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "inspection:1: serving\n");
  EXPECT_THAT(outcome.err, IsEmpty());
  EXPECT_THAT(asked_, ElementsAre(""));
}

TEST_F(HealthTest, AServerThatIsNotServingIsExitCodeOne) {
  for (const auto status : {HealthCheckResponse::NOT_SERVING, HealthCheckResponse::UNKNOWN}) {
    Answer(status);
    const Outcome outcome = Run({"health", "--server", "inspection:1"});
    EXPECT_EQ(outcome.code, 1);
    EXPECT_EQ(outcome.out, "inspection:1: not serving\n");
  }
}

TEST_F(HealthTest, ACategoryIsAskedForByItsName) {
  Answer(HealthCheckResponse::SERVING);
  EXPECT_EQ(Run({"health", "cloth", "--server", "inspection:1"}).out, "cloth on inspection:1: serving\n");
  EXPECT_THAT(asked_, ElementsAre("category/cloth"));
}

TEST_F(HealthTest, ACategoryThatIsNotThereIsNamed) {
  Answer(absl::NotFoundError("service name unknown"));
  const Outcome outcome = Run({"health", "cloth"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "mlfsc: there is no category cloth\n");
}

TEST_F(HealthTest, ATypingErrorInACategoryIsNoticedWhereTheServerListsThem) {
  Answer(absl::NotFoundError("service name unknown"));
  stub_->on_list = []() -> absl::StatusOr<v1::ListCategoriesResponse> {
    v1::ListCategoriesResponse response;
    response.add_categories()->set_category("carpet");
    response.add_categories()->set_category("cloth");
    return response;
  };
  EXPECT_EQ(Run({"health", "clot"}).err, "mlfsc: there is no category clot; did you mean cloth?\n");
  stub_->on_list = []() -> absl::StatusOr<v1::ListCategoriesResponse> {
    return absl::PermissionDeniedError("not yours");
  };
  EXPECT_EQ(Run({"health", "clot"}).err, "mlfsc: there is no category clot\n");
}

TEST_F(HealthTest, AServerThatIsAwayIsAskedOnceAndNotForLong) {
  Answer(absl::UnavailableError("server inspection:1: refused"));
  const Outcome outcome = Run({"health"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, StartsWith("mlfsc: server inspection:1"));
  EXPECT_THAT(stub_->timeouts(), ElementsAre(absl::Seconds(5)));
}

TEST_F(HealthTest, TimeAndAttemptsCanBeAskedFor) {
  Answer(absl::UnavailableError("away"));
  EXPECT_EQ(Run({"health", "--timeout", "20", "--attempts", "3"}).code, 1);
  EXPECT_EQ(stub_->timeouts().size(), 3u);
  EXPECT_EQ(stub_->timeouts()[0], absl::Seconds(20));
}

}  // namespace
}  // namespace mlfsc::client
