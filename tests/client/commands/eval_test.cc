#include <atomic>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "core/image/decode.h"
#include "tests/client/commands/command_test.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::FakeTraining;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// A data set of grey pictures of 16 x 16 pixels; the fake server's score is the grey level, and so is its
// map.
class EvalTest : public CommandTest {
 protected:
  EvalTest() {
    cloth_.set_category("cloth");
    cloth_.set_active_version(2);
    *cloth_.add_versions() = MakeVersion(1);
    *cloth_.add_versions() = MakeVersion(2);
    stub_->on_get = [this](const v1::GetCategoryRequest&) -> absl::StatusOr<v1::Category> { return cloth_; };
    stub_->on_score = [this](const v1::ScoreRequest& request) -> absl::StatusOr<v1::ScoreResponse> {
      ++scores_;
      v1::ScoreResponse response;
      *response.mutable_inspection() = Inspect(request.version(), request.picture());
      return response;
    };
    stub_->on_heatmap = [this](const v1::HeatmapRequest& request) -> absl::StatusOr<v1::HeatmapResponse> {
      ++maps_;
      v1::HeatmapResponse response;
      *response.mutable_inspection() = Inspect(request.version(), request.picture());
      const std::vector<float> map(16 * 16, static_cast<float>(response.inspection().raw_score()));
      response.set_map(std::string(reinterpret_cast<const char*>(map.data()), map.size() * sizeof(float)));
      response.set_format(request.format());
      response.set_scale_low(1);
      response.set_scale_high(100);
      return response;
    };
    WritePicture("set/train/good/0.png", 3);
    WritePicture("set/test/good/0.png", 5);
    WritePicture("set/test/good/1.png", 11);
    WritePicture("set/test/hole/0.png", 20);
    WritePicture("set/test/hole/1.png", 8);
    WritePicture("set/test/cut/0.png", 30);
  }

  static v1::Inspection Inspect(int64_t version, const v1::Picture& picture) {
    const absl::StatusOr<Image> image = DecodePicture(picture.encoded(), PictureLimits());
    EXPECT_THAT(image, testing::IsOk());
    v1::Inspection inspection;
    inspection.set_version(version);
    inspection.set_raw_score(image->rgb.at<cv::Vec3b>(0, 0)[0]);
    inspection.set_threshold(10);
    inspection.set_verdict(inspection.raw_score() > 12  ? v1::NOK
                           : inspection.raw_score() > 8 ? v1::REVIEW
                                                        : v1::OK);
    inspection.set_picture_width(image->width());
    inspection.set_picture_height(image->height());
    return inspection;
  }

  void WriteMasks() {
    WritePicture("set/ground_truth/hole/0_mask.png", 255);
    WritePicture("set/ground_truth/hole/1_mask.png", 255);
    WritePicture("set/ground_truth/cut/0_mask.png", 255);
  }

  nlohmann::json RunJson(std::vector<std::string> arguments) {
    arguments.push_back("--json");
    const Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return nlohmann::json::parse(outcome.out);
  }

  v1::Category cloth_;
  std::atomic<int> scores_{0};
  std::atomic<int> maps_{0};
};

TEST_F(EvalTest, JsonHasTheAreasTheSharesAndTheThresholds) {
  WriteMasks();
  const nlohmann::json json = RunJson({"eval", "cloth", Path("set")});
  // Good 5 and 11 against 30, 20, 8: five of six pairs.
  EXPECT_DOUBLE_EQ(json["image_auroc"], 5.0 / 6);
  EXPECT_DOUBLE_EQ(json["pixel_auroc"], 5.0 / 6) << "every map has its picture's score all over";
  EXPECT_EQ(json["version"], 2);
  EXPECT_EQ(json["options"]["coder"], "lasso");
  EXPECT_EQ(json["good"]["pictures"], 2);
  EXPECT_EQ(json["good"]["flagged_share"], 0.5);
  EXPECT_EQ(json["good"]["nok_share"], 0.0);
  ASSERT_EQ(json["kinds"].size(), 2u);
  EXPECT_EQ(json["kinds"][0]["kind"], "cut");
  EXPECT_EQ(json["kinds"][0]["image_auroc"], 1.0);
  EXPECT_EQ(json["kinds"][1]["kind"], "hole");
  EXPECT_EQ(json["kinds"][1]["pixel_auroc"], 0.75);
  EXPECT_EQ(json["thresholds"]["calibrated"]["threshold"], 10);
  EXPECT_EQ(json["thresholds"]["calibrated"]["r1"], 0.5);
  EXPECT_DOUBLE_EQ(json["thresholds"]["calibrated"]["r2"], 2.0 / 3);
  EXPECT_DOUBLE_EQ(json["thresholds"]["best"]["mean"], (1 + 2.0 / 3) / 2);
  ASSERT_EQ(json["pictures"].size(), 5u);
  EXPECT_EQ(json["pictures"][2]["kind"], "cut");
  EXPECT_EQ(json["pictures"][2]["mask"], Path("set/ground_truth/cut/0_mask.png"));
}

TEST_F(EvalTest, ATableForPeople) {
  WriteMasks();
  const Outcome outcome = Run({"eval", "cloth", Path("set")});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "cloth version 2: whitened score, lasso codes, pyramid features at 256 px\n"
            "\n"
            "PICTURES OF  NUMBER  IMAGE AUROC  PIXEL AUROC  FLAGGED      NOK\n"
            "good              2            -            -   50.0 %    0.0 %\n"
            "cut               1       1.0000       1.0000  100.0 %  100.0 %\n"
            "hole              2       0.7500       0.7500   50.0 %   50.0 %\n"
            "all defects       3       0.8333       0.8333   66.7 %   66.7 %\n"
            "\n"
            "THRESHOLD                    SCORE  R1 (GOOD RIGHT)  R2 (DEFECTS RIGHT)    MEAN\n"
            "calibrated on good pictures     10           50.0 %              66.7 %  58.3 %\n"
            "best for these pictures         11          100.0 %              66.7 %  83.3 %\n");
}

TEST_F(EvalTest, WithoutMasksThereIsNoPixelAurocAndNoMapIsFetched) {
  const nlohmann::json json = RunJson({"eval", "cloth", Path("set")});
  EXPECT_TRUE(json["pixel_auroc"].is_null());
  EXPECT_EQ(maps_, 0);
  EXPECT_EQ(scores_, 5);
}

TEST_F(EvalTest, HeatmapsAreWrittenKindByKind) {
  const nlohmann::json json = RunJson({"eval", "cloth", Path("set"), "--heatmaps", Path("maps")});
  for (const char* name : {"maps/good/0.png", "maps/hole/1.png", "maps/cut/0.png"}) {
    const absl::StatusOr<Image> overlay = DecodePictureFile(Path(name));
    ASSERT_THAT(overlay, testing::IsOk()) << name;
    EXPECT_EQ(overlay->width(), 16);
  }
  EXPECT_EQ(json["pictures"][0]["heatmap"], Path("maps/good/0.png"));
  EXPECT_EQ(scores_, 0) << "a map brings the score with it";
}

TEST_F(EvalTest, WithHeatmapsItTellsWhichToOpenFirst) {
  const Outcome outcome = Run({"eval", "cloth", Path("set"), "--heatmaps", Path("maps")});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("CLEAREST OF  VERDICT  NORMALIZED  HEATMAP\n"
                                     "good         REVIEW        0.000  " +
                                     Path("maps/good/1.png") +
                                     "\n"
                                     "cut          NOK           0.000  " +
                                     Path("maps/cut/0.png") +
                                     "\n"
                                     "hole         NOK           0.000  " +
                                     Path("maps/hole/0.png") + "\n"));
}

TEST_F(EvalTest, TrainLearnsFromTrainGoodAndMeasuresThatVersion) {
  stub_->on_train = [](int) {
    v1::TrainResponse result;
    *result.mutable_result()->mutable_version() = MakeVersion(7);
    return FakeTraining{100, {result}, absl::OkStatus()};
  };
  const Outcome outcome =
      Run({"eval", "cloth", Path("set"), "--train", "--score", "sum", "--seed", "4", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const nlohmann::json json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["version"], 7);
  EXPECT_THAT(outcome.err, HasSubstr("version 7 learnt from 60 pictures"));
  ASSERT_THAT(stub_->trainings(), SizeIs(1));
  EXPECT_THAT(stub_->trainings()[0], SizeIs(2));
  EXPECT_EQ(stub_->trainings()[0][0].start().options().score_method(), v1::SUM);
  EXPECT_EQ(stub_->trainings()[0][0].start().options().seed(), 4u);
}

TEST_F(EvalTest, LearningOptionsNeedTrain) {
  const Outcome outcome = Run({"eval", "cloth", Path("set"), "--score", "sum"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "mlfsc: --score needs --train\n");
}

TEST_F(EvalTest, AVersionCanBeChosenAndMustBeThere) {
  EXPECT_EQ(RunJson({"eval", "cloth", Path("set"), "--version", "1"})["version"], 1);
  EXPECT_THAT(Run({"eval", "cloth", Path("set"), "--version", "9"}).err, HasSubstr("cloth has no version 9"));
  cloth_.set_active_version(0);
  EXPECT_THAT(Run({"eval", "cloth", Path("set")}).err, HasSubstr("cloth has no active version"));
}

TEST_F(EvalTest, AMaskOfAnotherSizeNamesThePicture) {
  WriteMasks();
  WritePicture("set/ground_truth/hole/1_mask.png", 255, 20, 30);
  const Outcome outcome = Run({"eval", "cloth", Path("set")});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err,
              HasSubstr(Path("set/test/hole/1.png") + ": the mask is 30x20 px, the picture 16x16"));
}

TEST_F(EvalTest, APictureWithoutAMaskTakesNoPartInPixels) {
  WritePicture("set/ground_truth/cut/0_mask.png", 255);
  const nlohmann::json json = RunJson({"eval", "cloth", Path("set")});
  EXPECT_EQ(json["pixel_auroc"], 1.0) << "30 against 5 and 11; the holes are left out";
  EXPECT_TRUE(json["kinds"][1]["pixel_auroc"].is_null());
}

TEST_F(EvalTest, AFolderInAnotherLayoutIsRefusedBeforeAnythingIsLearnt) {
  const Outcome outcome = Run({"eval", "cloth", Path("set/train"), "--train"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("MVTec AD layout"));
  EXPECT_THAT(stub_->trainings(), IsEmpty());
}

TEST_F(EvalTest, NothingIsLeftInTheFolderForTemporaryFiles) {
  WriteMasks();
  setenv("TMPDIR", temporary_.path().c_str(), 1);
  RunJson({"eval", "cloth", Path("set")});
  unsetenv("TMPDIR");
  for (const auto& entry : std::filesystem::directory_iterator(temporary_.path())) {
    EXPECT_THAT(entry.path().string(), Not(HasSubstr("mlfsc-pixels")));
  }
}

}  // namespace
}  // namespace mlfsc::client
