#include "tests/client/commands/eval_test.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <opencv2/imgcodecs.hpp>

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::FakeTraining;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST_F(EvalTest, JsonSaysWhatWasStatedOfThePictures) {
  const nlohmann::json plain = RunJson({"eval", "cloth", Path("set")});
  EXPECT_EQ(plain["categories"][0]["bit_depth"], 0);
  EXPECT_EQ(plain["categories"][0]["page"], 0);
  for (const char* name : {"good/0", "good/1", "hole/0", "hole/1", "cut/0"}) {
    std::vector<unsigned char> png;
    cv::imencode(".png", cv::Mat(16, 16, CV_16UC1, cv::Scalar(7)), png);
    WriteText(std::string("set/test/") + name + ".png", {png.begin(), png.end()});
  }
  const nlohmann::json stated = RunJson({"eval", "cloth", Path("set"), "--bit-depth", "12", "--page", "1"});
  EXPECT_EQ(stated["categories"][0]["bit_depth"], 12);
  EXPECT_EQ(stated["categories"][0]["page"], 1);
}

TEST_F(EvalTest, JsonHasTheAreasTheSharesAndTheThresholds) {
  WriteMasks();
  const nlohmann::json report = RunJson({"eval", "cloth", Path("set")});
  EXPECT_EQ(report["schema"], "mlfsc-evaluation/1");
  EXPECT_EQ(report["create_time"], "1970-01-02T00:00:00Z");
  EXPECT_EQ(report["run_folder"], std::filesystem::current_path().string());
  // Good 5 and 11 against 30, 20, 8: five of six pairs.
  EXPECT_DOUBLE_EQ(report["image_auroc"], 5.0 / 6);
  EXPECT_DOUBLE_EQ(report["pixel_auroc"], 5.0 / 6) << "every map has its picture's score all over";
  EXPECT_TRUE(report["paper"].is_null());
  ASSERT_EQ(report["categories"].size(), 1u);
  const nlohmann::json& json = report["categories"][0];
  EXPECT_EQ(json["category"], "cloth");
  EXPECT_EQ(json["version"], 2);
  EXPECT_EQ(json["folder"], Path("set"));
  EXPECT_EQ(json["options"]["coder"], "lasso");
  EXPECT_EQ(json["calibration"]["review_high"], 12);
  EXPECT_DOUBLE_EQ(json["image_auroc"], 5.0 / 6);
  // 30, 20 above all good ones, 8 below 11.
  EXPECT_DOUBLE_EQ(json["average_precision"], (1 + 1 + 3.0 / 4) / 3);
  EXPECT_DOUBLE_EQ(json["f1"], 4.0 / 6);
  EXPECT_EQ(json["false_alarms_at_recall95"], 0.5);
  // Each region is one picture: those at or above 11 for half of the good pixels, straight from 2/3 at rate
  // 0.
  EXPECT_DOUBLE_EQ(json["pro30"], 2.0 / 3);
  EXPECT_EQ(json["intervals"]["image_auroc"].size(), 2u);
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
  ASSERT_EQ(json["layers"].size(), 1u);
  EXPECT_EQ(json["layers"][0]["layer"], "conv4_3");
  EXPECT_DOUBLE_EQ(json["layers"][0]["image_auroc"], 1.0 / 6) << "the layer's score is 100 less the grey";
  EXPECT_EQ(json["layers"][0]["kinds"][1]["kind"], "hole");
  ASSERT_EQ(json["pictures"].size(), 5u);
  EXPECT_EQ(json["pictures"][0]["kind"], "good");
  EXPECT_TRUE(json["pictures"][0]["mask"].is_null());
  EXPECT_TRUE(json["pictures"][0]["heatmap"].is_null());
  EXPECT_EQ(json["pictures"][2]["kind"], "cut");
  EXPECT_EQ(json["pictures"][2]["picture"], Path("set/test/cut/0.png"));
  EXPECT_EQ(json["pictures"][2]["mask"], Path("set/ground_truth/cut/0_mask.png"));
  EXPECT_EQ(json["pictures"][2]["raw_score"], 30);
  EXPECT_EQ(json["pictures"][2]["verdict"], "NOK");
  EXPECT_EQ(json["pictures"][2]["threshold"], 10);
  EXPECT_EQ(json["pictures"][2]["layers"][0]["score"], 70);
  EXPECT_TRUE(json["baseline"].is_null());
}

TEST_F(EvalTest, ATableForPeople) {
  WriteMasks();
  const Outcome outcome = Run({"eval", "cloth", Path("set"), "--bootstrap", "0"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "cloth version 2: whitened score, lasso codes, pyramid features at 256 px\n"
            "\n"
            "PICTURES OF  NUMBER   AUROC      AP  PIXEL AUROC     PRO  FLAGGED      NOK\n"
            "good              2       -       -            -       -   50.0 %    0.0 %\n"
            "cut               1  1.0000  1.0000       1.0000  1.0000  100.0 %  100.0 %\n"
            "hole              2  0.7500  0.8333       0.7500  0.5000   50.0 %   50.0 %\n"
            "all defects       3  0.8333  0.9167       0.8333  0.6667   66.7 %   66.7 %\n"
            "\n"
            "MEASURE                       VALUE\n"
            "image AUROC                  0.8333\n"
            "average precision            0.9167\n"
            "F1 at the threshold          0.6667\n"
            "false alarms at 95 % recall  0.5000\n"
            "R1, good told rightly        0.5000\n"
            "R2, defects told rightly     0.6667\n"
            "pixel AUROC                  0.8333\n"
            "PRO to 30 %                  0.6667\n"
            "\n"
            "THRESHOLD                    SCORE  R1 (GOOD RIGHT)  R2 (DEFECTS RIGHT)    MEAN      F1\n"
            "calibrated on good pictures     10           50.0 %              66.7 %  58.3 %  0.6667\n"
            "best for these pictures         11          100.0 %              66.7 %  83.3 %  0.8000\n"
            "\n"
            "AUROC OF LAYER  all defects     cut    hole\n"
            "conv4_3              0.1667  0.0000  0.2500\n");
}

TEST_F(EvalTest, IntervalsStandBesideTheirMeasures) {
  const Outcome outcome = Run({"eval", "cloth", Path("set")});
  EXPECT_THAT(outcome.out, HasSubstr("95 % INTERVAL\n"));
  EXPECT_THAT(outcome.out, HasSubstr(" to 1.0000\n"));
  const nlohmann::json none = RunJson({"eval", "cloth", Path("set"), "--bootstrap", "0"});
  EXPECT_TRUE(none["bootstrap"].is_null());
  EXPECT_TRUE(none["categories"][0]["intervals"].is_null());
}

TEST_F(EvalTest, JsonIntoAFileLeavesTheTables) {
  const Outcome outcome = Run({"eval", "cloth", Path("set"), "--json=" + Path("out/eval.json")});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("PICTURES OF"));
  std::ifstream file(Path("out/eval.json"));
  EXPECT_EQ(nlohmann::json::parse(file)["categories"][0]["category"], "cloth");
}

TEST_F(EvalTest, JsonTakesItsFileWithASpaceOrAnEqualsSign) {
  const std::vector<std::vector<std::string>> spellings = {
      {"eval", "cloth", Path("set"), "--json=" + Path("a")},
      {"eval", "cloth", Path("set"), "--json", Path("a.json")},
      {"eval", "--json", Path("b.json"), "cloth", Path("set")},
      {"eval", "cloth", "--json", Path("c.json"), Path("set")},
  };
  for (const std::vector<std::string>& arguments : spellings) {
    const Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("PICTURES OF"));
  }
  for (const char* written : {"a", "a.json", "b.json", "c.json"}) {
    EXPECT_TRUE(std::filesystem::exists(Path(written))) << written;
  }
}

TEST_F(EvalTest, JsonWithoutAFileTakesNoOtherWordForOne) {
  const std::vector<std::vector<std::string>> spellings = {
      {"eval", "--json", "cloth", Path("set")},
      {"eval", "cloth", "--json", Path("set")},
      {"eval", "cloth", Path("set"), "--json"},
      {"eval", "cloth", Path("set"), "--json=-"},
      {"eval", "cloth", Path("set"), "--json", "--details"},
  };
  for (const std::vector<std::string>& arguments : spellings) {
    const Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_TRUE(nlohmann::json::accept(outcome.out)) << outcome.out;
  }
  const Outcome outcome = Run({"eval", "cloth", Path("set"), "--json", "results"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("results"));
  EXPECT_FALSE(std::filesystem::exists("results"));
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
  const nlohmann::json picture = json["categories"][0]["pictures"][0];
  EXPECT_EQ(picture["heatmap"], Path("maps/good/0.png"));
  EXPECT_EQ(picture["shown_picture"], Path("maps/good/0.picture.png"));
  EXPECT_TRUE(picture["shown_mask"].is_null());
  EXPECT_EQ(scores_, 0) << "a map brings the score with it";
}

TEST_F(EvalTest, BesideAHeatmapStandsThePictureAsItWasScoredAndItsMasks) {
  WritePicture("set/ground_truth/hole/0/a.png", 0);
  WritePicture("set/ground_truth/hole/0/b.png", 0);
  cv::Mat mask(16, 16, CV_8UC1, cv::Scalar(0));
  for (const auto& [name, row] : std::map<std::string, int>{{"a", 2}, {"b", 9}}) {
    cv::Mat one = mask.clone();
    one.at<uchar>(row, 3) = 1;
    cv::imwrite(Path("set/ground_truth/hole/0/" + name + ".png"), one);
  }
  WritePicture("set/ground_truth/hole/1_mask.png", 255);
  WritePicture("set/ground_truth/cut/0_mask.png", 255);
  for (const char* name : {"good/0", "good/1", "hole/0", "hole/1", "cut/0"}) {
    // Half of white, of 12 bits: as 16 bits it would be all but black.
    cv::imwrite(Path(std::string("set/test/") + name + ".png"), cv::Mat(16, 16, CV_16UC1, cv::Scalar(2048)));
  }
  stub_->on_heatmap = [](const v1::HeatmapRequest& request) -> absl::StatusOr<v1::HeatmapResponse> {
    v1::HeatmapResponse response;
    response.mutable_inspection()->set_picture_width(16);
    response.mutable_inspection()->set_picture_height(16);
    response.mutable_inspection()->set_threshold(10);
    response.mutable_inspection()->set_verdict(v1::OK);
    response.set_map(std::string(16 * 16 * sizeof(float), '\0'));
    response.set_format(request.format());
    response.set_scale_low(1);
    response.set_scale_high(100);
    return response;
  };
  const nlohmann::json json =
      RunJson({"eval", "cloth", Path("set"), "--heatmaps", Path("maps"), "--bit-depth", "12"});
  const auto shown = [](const nlohmann::json& path) { return cv::imread(path, cv::IMREAD_UNCHANGED); };
  for (const nlohmann::json& picture : json["categories"][0]["pictures"]) {
    if (picture["picture"] == Path("set/test/good/0.png")) {
      const cv::Mat seen = shown(picture["shown_picture"]);
      ASSERT_EQ(seen.depth(), CV_8U);
      EXPECT_EQ(seen.at<cv::Vec3b>(5, 5), cv::Vec3b(128, 128, 128));
    }
    if (picture["picture"] == Path("set/test/hole/0.png")) {
      cv::Mat seen;
      cv::extractChannel(shown(picture["shown_mask"]), seen, 0);
      EXPECT_EQ(cv::countNonZero(seen), 2);
      EXPECT_EQ(seen.at<uchar>(2, 3), 255);
      EXPECT_EQ(seen.at<uchar>(9, 3), 255);
    }
  }
}

TEST_F(EvalTest, PicturesWhoseHeatmapsFilesWouldMeetAreRefused) {
  WritePicture("set/test/hole/0.picture.png", 20);
  EXPECT_THAT(Run({"eval", "cloth", Path("set"), "--heatmaps", Path("maps")}).err,
              HasSubstr("two files would be written as " + Path("maps/hole/0.picture.png")));
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
  EXPECT_EQ(json["categories"][0]["version"], 7);
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
  EXPECT_EQ(RunJson({"eval", "cloth", Path("set"), "--version", "1"})["categories"][0]["version"], 1);
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
              HasSubstr(Path("set/test/hole/1.png") + ": " + Path("set/ground_truth/hole/1_mask.png") +
                        ": the mask is 30x20 px, the picture 16x16"));
}

TEST_F(EvalTest, APictureWithoutAMaskTakesNoPartInPixels) {
  WritePicture("set/ground_truth/cut/0_mask.png", 255);
  const nlohmann::json json = RunJson({"eval", "cloth", Path("set")});
  EXPECT_EQ(json["pixel_auroc"], 1.0) << "30 against 5 and 11; the holes are left out";
  EXPECT_TRUE(json["categories"][0]["kinds"][1]["pixel_auroc"].is_null());
}

TEST_F(EvalTest, AFolderInAnotherLayoutIsRefusedBeforeAnythingIsLearnt) {
  const Outcome outcome = Run({"eval", "cloth", Path("set/train"), "--train"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("MVTec AD layout"));
  EXPECT_THAT(stub_->trainings(), IsEmpty());
}

TEST_F(EvalTest, CategoryAndFolderAreNeededOrARoot) {
  EXPECT_THAT(Run({"eval"}).err, HasSubstr("CATEGORY and FOLDER are required, or --root"));
  EXPECT_EQ(Run({"eval", "cloth"}).code, 1);
  EXPECT_THAT(Run({"eval", "cloth", Path("set"), "--root", Path("")}).err, HasSubstr("cloth is too much"));
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
