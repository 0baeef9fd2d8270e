// categories, activate, delete, threshold, export, import and recalibrate.
#include <filesystem>

#include <nlohmann/json.hpp>

#include "tests/client/commands/command_test.h"
#include "tests/testing/golden.h"

namespace mlfsc::client {
namespace {

using testing::FakeTraining;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CategoriesTest : public CommandTest {
 protected:
  CategoriesTest() {
    cloth_.set_category("cloth");
    cloth_.set_active_version(2);
    *cloth_.add_versions() = MakeVersion(1);
    cloth_.mutable_versions(0)->mutable_options()->set_resize(v1::BILINEAR);
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
            "CATEGORY  VERSION  STATE   PICTURES  FEATURES  RESIZE    CODES  SCORE     THRESHOLD  ARITHMETIC  LEARNT\n"
            "cloth           1  -             60  pyramid   bilinear  lasso  whitened         10  unknown     2023-11-14 22:13\n"
            "cloth           2  active        60  pyramid   area      lasso  whitened         10  unknown     2023-11-14 22:13\n");
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
  EXPECT_EQ(json[0]["versions"][0]["options"]["resize"], "bilinear");
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

TEST_F(CategoriesTest, DeleteWithoutAVersionTakesTheWholeCategory) {
  stub_->on_delete_category = [](const v1::DeleteCategoryRequest& request) {
    return request.category() == "cloth"
               ? absl::StatusOr<v1::DeleteCategoryResponse>(v1::DeleteCategoryResponse())
               : absl::NotFoundError("there is no category 'wood'");
  };
  EXPECT_EQ(Run({"delete", "cloth"}).out, "cloth is deleted\n");
  EXPECT_EQ(Run({"delete", "wood"}).err, "mlfsc: there is no category 'wood'\n");
}

TEST_F(CategoriesTest, ThresholdSendsEitherKindOfLimit) {
  v1::SetThresholdRequest sent;
  stub_->on_set_threshold = [&](const v1::SetThresholdRequest& request) -> absl::StatusOr<v1::Category> {
    sent = request;
    *cloth_.add_versions() = MakeVersion(3);
    return cloth_;
  };
  const Outcome outcome = Run({"threshold", "cloth", "12.5", "--version", "2"});
  EXPECT_EQ(outcome.out,
            "cloth: version 3 answers now, flagged above 10 (1 % of good pictures); REVIEW from 8 to 12, NOK "
            "above\n");
  EXPECT_EQ(sent.threshold(), 12.5);
  EXPECT_EQ(sent.version(), 2);
  EXPECT_FALSE(sent.keep_active());
  EXPECT_EQ(Run({"threshold", "cloth", "--false-alarm-rate=0.002", "--keep-active"}).code, 0);
  EXPECT_EQ(sent.false_alarm_rate(), 0.002);
  EXPECT_TRUE(sent.keep_active());
  EXPECT_EQ(Run({"threshold", "cloth"}).err, "mlfsc: give either a THRESHOLD or --false-alarm-rate\n");
  EXPECT_EQ(Run({"threshold", "cloth", "1", "--false-alarm-rate", "0.1"}).code, 1);
}

class ExportTest : public CommandTest {};

TEST_F(ExportTest, TheFileHasItsNameOnceItIsWhole) {
  absl::Status end;
  stub_->on_export = [&](const v1::ExportCategoryRequest& request) {
    EXPECT_EQ(request.category(), "cloth");
    EXPECT_EQ(request.version(), 2);
    return std::pair(std::vector<std::string>{"ab", "c"}, end);
  };
  EXPECT_EQ(Run({"export", "cloth", Path("cloth.file"), "--version", "2"}).code, 0);
  EXPECT_EQ(testing::ReadFile(Path("cloth.file")), "abc");
  end = absl::UnavailableError("gone");
  const Outcome broken = Run({"export", "cloth", Path("broken.file"), "--version", "2"});
  EXPECT_EQ(broken.err, "mlfsc: gone\n");
  EXPECT_FALSE(std::filesystem::exists(Path("broken.file")));
  EXPECT_FALSE(std::filesystem::exists(Path("broken.file.part")));
}

TEST_F(ExportTest, AFileIsImportedWhole) {
  const std::string bytes(3 << 20, 'x');
  WriteText("cloth.file", bytes);
  stub_->on_import = [&](const v1::ImportCategoryRequest::Start& start,
                         const std::string& data) -> absl::StatusOr<v1::ImportCategoryResponse> {
    EXPECT_EQ(start.category(), "copy");
    EXPECT_TRUE(start.keep_active());
    EXPECT_TRUE(data == bytes);
    v1::ImportCategoryResponse response;
    response.set_category("copy");
    response.mutable_version()->set_version(4);
    return response;
  };
  EXPECT_EQ(Run({"import", Path("cloth.file"), "--category", "copy", "--keep-active"}).out,
            "copy: version 4 is imported\n");
  EXPECT_THAT(Run({"import", Path("missing")}).err, HasSubstr("cannot read"));
}

class RecalibrateTest : public CommandTest {};

TEST_F(RecalibrateTest, PicturesGoUpAndTheNewLimitsAreTold) {
  for (const char* name : {"a.png", "b.png"}) WritePicture(std::string("good/") + name, 100);
  stub_->on_recalibrate = [](int) {
    FakeTraining training;
    v1::TrainResponse response;
    *response.mutable_result()->mutable_version() = MakeVersion(6);
    response.mutable_result()->mutable_version()->mutable_calibration()->set_pictures(2);
    training.responses.push_back(response);
    return training;
  };
  const Outcome outcome = Run({"recalibrate", "cloth", Path("good"), "--version", "3"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("cloth: version 6 calibrated on 2 pictures"));
  ASSERT_EQ(stub_->recalibrations().size(), 1u);
  const auto sent = stub_->recalibrations()[0];
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_EQ(sent[0].start().category(), "cloth");
  EXPECT_EQ(sent[0].start().version(), 3);
  EXPECT_EQ(sent[0].start().expected_pictures(), 2);
  EXPECT_TRUE(sent[2].has_picture());
}

}  // namespace
}  // namespace mlfsc::client
