#include <filesystem>
#include <string>
#include <vector>

#include "tests/client/commands/eval_test.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::FakeTraining;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// Two data sets, cloth and tile, below one folder; the fake server has both.
class EvalRootTest : public EvalTest {
 protected:
  EvalRootTest() {
    for (const std::string name : {"cloth", "tile"}) {
      WritePicture("root/" + name + "/train/good/0.png", 3);
      WritePicture("root/" + name + "/test/good/0.png", 5);
      WritePicture("root/" + name + "/test/hole/0.png", name == "cloth" ? 20 : 4);
    }
    WritePicture("root/notes/0.png", 1);
    stub_->on_get = [this](const v1::GetCategoryRequest& request) -> absl::StatusOr<v1::Category> {
      if (request.category() == missing_) return absl::NotFoundError("no category " + missing_);
      v1::Category category = cloth_;
      category.set_category(request.category());
      return category;
    };
    stub_->on_train = [](int) {
      v1::TrainResponse result;
      *result.mutable_result()->mutable_version() = MakeVersion(7);
      return FakeTraining{100, {result}, absl::OkStatus()};
    };
    stub_->on_delete = [this](const v1::DeleteVersionRequest& request) -> absl::StatusOr<v1::Category> {
      deleted_.push_back(request.category() + "/" + std::to_string(request.version()));
      return cloth_;
    };
  }

  std::string missing_;
  std::vector<std::string> deleted_;
};

TEST_F(EvalRootTest, EveryDataSetIsACategoryAndTheMeanIsTold) {
  const nlohmann::json json = RunJson({"eval", "--root", Path("root")});
  ASSERT_EQ(json["categories"].size(), 2u);
  EXPECT_EQ(json["categories"][0]["category"], "cloth");
  EXPECT_EQ(json["categories"][0]["image_auroc"], 1.0);
  EXPECT_EQ(json["categories"][1]["category"], "tile");
  EXPECT_EQ(json["categories"][1]["image_auroc"], 0.0);
  EXPECT_EQ(json["image_auroc"], 0.5);
  EXPECT_EQ(json["mean"]["categories"], 2);
  EXPECT_EQ(json["mean"]["r1"], 1.0);
  const Outcome tables = Run({"eval", "--root", Path("root")});
  EXPECT_THAT(tables.out, HasSubstr("mean             4  0.5000"));
  EXPECT_THAT(tables.out, Not(HasSubstr("PICTURES OF")));
  EXPECT_THAT(Run({"eval", "--root", Path("root"), "--details"}).out, HasSubstr("PICTURES OF"));
}

TEST_F(EvalRootTest, OnlyNamesThoseToEvaluate) {
  EXPECT_EQ(RunJson({"eval", "--root", Path("root"), "--only", "tile"})["categories"].size(), 1u);
  const Outcome wrong = Run({"eval", "--root", Path("root"), "--only", "tile,wood"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("no category wood, only cloth, tile"));
}

TEST_F(EvalRootTest, HeatmapsGoBelowTheirCategory) {
  RunJson({"eval", "--root", Path("root"), "--heatmaps", Path("maps")});
  EXPECT_TRUE(std::filesystem::exists(Path("maps/tile/hole/0.png")));
}

TEST_F(EvalRootTest, OneFailureLeavesTheOthersAndIsToldInTheEnd) {
  missing_ = "cloth";
  const Outcome outcome = Run({"eval", "--root", Path("root"), "--json"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(nlohmann::json::parse(outcome.out)["categories"].size(), 1u);
  EXPECT_THAT(outcome.err, HasSubstr("1 of 2 categories could not be evaluated"));
}

TEST_F(EvalRootTest, BesideThePaperABaselineIsLearntMeasuredAndDeleted) {
  WritePicture("set/carpet/train/good/0.png", 3);
  const nlohmann::json json = RunJson({"eval", "cloth", Path("root/cloth"), "--compare", "paper"});
  EXPECT_EQ(json["categories"][0]["version"], 2);
  EXPECT_EQ(json["categories"][0]["baseline"]["version"], 7);
  EXPECT_EQ(json["categories"][0]["baseline"]["image_auroc"], 1.0);
  EXPECT_EQ(json["paper"].size(), 42u);
  EXPECT_THAT(deleted_, ElementsAre("cloth/7"));
  const auto trainings = stub_->trainings();
  ASSERT_THAT(trainings, SizeIs(1));
  const v1::TrainRequest::Start& start = trainings[0][0].start();
  EXPECT_TRUE(start.keep_active());
  EXPECT_EQ(start.options().feature_source(), v1::PIXELS);
  EXPECT_EQ(start.options().score_method(), v1::SUM);
}

TEST_F(EvalRootTest, ThePapersFiguresStandBesideOurs) {
  std::filesystem::rename(Path("root/tile"), Path("root/carpet"));
  const Outcome outcome = Run({"eval", "--root", Path("root"), "--train", "--compare", "paper"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("MLF-SC"));
  // Ours at the best threshold, our baseline's, the paper's MLF-SC and sparse coding.
  EXPECT_THAT(outcome.out, HasSubstr("carpet    R1     1.00        1.00    1.00           0.43"));
  EXPECT_THAT(outcome.out, HasSubstr("          AUROC  0.00        0.00    0.99           0.58"));
  EXPECT_THAT(outcome.out, HasSubstr("cloth     R1     1.00        1.00       -              -"));
  EXPECT_THAT(outcome.out, HasSubstr("mean      R1     1.00        1.00    0.97           0.76"));
}

}  // namespace
}  // namespace mlfsc::client
