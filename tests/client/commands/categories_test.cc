// categories, activate and delete.
#include <nlohmann/json.hpp>

#include "tests/client/commands/command_test.h"

namespace mlfsc::client {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CategoriesTest : public CommandTest {
 protected:
  CategoriesTest() {
    cloth_.set_category("cloth");
    cloth_.set_active_version(2);
    *cloth_.add_versions() = MakeVersion(1);
    *cloth_.add_versions() = MakeVersion(2);
    stub_->on_list = [this]() -> absl::StatusOr<v1::ListCategoriesResponse> {
      v1::ListCategoriesResponse response;
      if (!empty_) *response.add_categories() = cloth_;
      return response;
    };
  }

  v1::Category cloth_;
  bool empty_ = false;
};

TEST_F(CategoriesTest, EveryVersionIsALine) {
  setenv("TZ", "UTC", 1);
  const Outcome outcome = Run({"categories"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out,
            "CATEGORY  VERSION  STATE   PICTURES  FEATURES  CODES  SCORE     THRESHOLD  LEARNT\n"
            "cloth           1  -             60  pyramid   lasso  whitened         10  2023-11-14 22:13\n"
            "cloth           2  active        60  pyramid   lasso  whitened         10  2023-11-14 22:13\n");
}

TEST_F(CategoriesTest, AVersionThatCannotBeUsedSaysWhy) {
  cloth_.mutable_versions(0)->set_error("bundle.safetensors: checksum does not match");
  const Outcome outcome = Run({"categories"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("unusable"));
  EXPECT_THAT(outcome.err, HasSubstr("cloth version 1: bundle.safetensors: checksum does not match"));
}

TEST_F(CategoriesTest, JsonHasEverything) {
  const nlohmann::json json = nlohmann::json::parse(Run({"categories", "--json"}).out);
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["category"], "cloth");
  EXPECT_EQ(json[0]["active_version"], 2);
  EXPECT_EQ(json[0]["versions"][0]["options"]["feature_source"], "pyramid");
  EXPECT_EQ(json[0]["versions"][1]["calibration"]["threshold"], 10);
  EXPECT_EQ(json[0]["versions"][1]["create_time"], "2023-11-14T22:13:20Z");
}

TEST_F(CategoriesTest, AnEmptyStoreIsNoError) {
  empty_ = true;
  const Outcome outcome = Run({"categories"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, HasSubstr("mlfsc train"));
  EXPECT_EQ(Run({"categories", "--json"}).out, "[]\n");
}

TEST_F(CategoriesTest, ActivateSendsTheVersionAndTellsWhichAnswers) {
  stub_->on_activate = [this](const v1::ActivateVersionRequest& request) -> absl::StatusOr<v1::Category> {
    EXPECT_EQ(request.category(), "cloth");
    EXPECT_EQ(request.version(), 1);
    cloth_.set_active_version(1);
    return cloth_;
  };
  const Outcome outcome = Run({"activate", "cloth", "1"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "cloth: version 1 answers now\n");
}

TEST_F(CategoriesTest, DeleteTellsWhatIsLeftAndARefusalIsAnError) {
  stub_->on_delete = [this](const v1::DeleteVersionRequest& request) -> absl::StatusOr<v1::Category> {
    if (request.version() == 2) return absl::FailedPreconditionError("version 2 of cloth is active");
    cloth_.mutable_versions()->DeleteSubrange(0, 1);
    return cloth_;
  };
  EXPECT_EQ(Run({"delete", "cloth", "1"}).out, "cloth: version 1 is deleted, 1 left\n");
  const Outcome refused = Run({"delete", "cloth", "2"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_EQ(refused.err, "mlfsc: version 2 of cloth is active\n");
}

}  // namespace
}  // namespace mlfsc::client
