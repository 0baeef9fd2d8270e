// `mlfsc eval` on data sets as they really come.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/client/commands/eval_test.h"
#include "tests/core/image/test_files.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::FakeTraining;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class EvalSetsTest : public EvalTest {
 protected:
  EvalSetsTest() {
    stub_->on_train = [](int) {
      v1::TrainResponse result;
      *result.mutable_result()->mutable_version() = MakeVersion(7);
      return FakeTraining{100, {result}, absl::OkStatus()};
    };
  }

  // With --train, so that it shows whether anything was learnt.
  Outcome Evaluate(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"eval", "cloth", Path("set"), "--train"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  }

  nlohmann::json Category(std::vector<std::string> more = {}) {
    more.push_back("--json");
    return nlohmann::json::parse(Evaluate(std::move(more)).out)["categories"][0];
  }

  void ExpectNothingDone() {
    EXPECT_THAT(stub_->trainings(), IsEmpty());
    EXPECT_EQ(scores_ + maps_, 0);
  }
};

TEST_F(EvalSetsTest, MasksThatWereFoundAreAlwaysCounted) {
  EXPECT_THAT(Evaluate().err, HasSubstr("cloth: 2 good pictures, 3 defective pictures, 0 masks found\n"));
  WriteMasks();
  EXPECT_THAT(Evaluate().err, HasSubstr("cloth: 2 good pictures, 3 defective pictures, 3 masks found\n"));
}

TEST_F(EvalSetsTest, MasksThatNobodyFindsAreNamedWithWhatWasMeant) {
  WritePicture("set/ground_truth/hole_x/0_mask.png", 255);
  WritePicture("set/ground_truth/hole_x/1_mask.png", 255);
  WritePicture("set/ground_truth/Cut/0_mask.png", 255);
  WritePicture("set/ground_truth/ghost/0_mask.png", 255);
  WriteText("set/ground_truth/hole/0_mask.webp", "x");
  const std::string err = Evaluate().err;
  EXPECT_THAT(err, AllOf(HasSubstr("0 masks found; without a mask: cut (all 1), hole (all 2)\n"),
                         HasSubstr("cloth: ground_truth/hole_x: 2 masks of no kind; did you mean hole?\n"),
                         HasSubstr("cloth: ground_truth/Cut: 1 mask of no kind; did you mean cut?\n"),
                         HasSubstr("cloth: ground_truth/ghost: 1 mask of no kind\n"),
                         HasSubstr("cloth: ground_truth: 1 other file passed over: 1 .webp\n")));
}

TEST_F(EvalSetsTest, KindsWithoutMasksAreNamedWhereMasksAreCountedOn) {
  EXPECT_THAT(Evaluate().err, Not(HasSubstr("without a mask")));
  EXPECT_THAT(Evaluate({"--mask-frame", "stored"}).err,
              HasSubstr("0 masks found; without a mask: cut (all 1), hole (all 2)\n"));
}

TEST_F(EvalSetsTest, ASecondNameOfAMaskIsSaidToBeOne) {
  WriteMasks();
  WritePicture("set/ground_truth/hole/0.png", 255);
  EXPECT_THAT(Evaluate().err,
              AllOf(HasSubstr("1 second mask of pictures that have another one, not taken, the first: "),
                    HasSubstr(Path("set/ground_truth/hole/0.png") + " (taken: 0_mask.png)\n"),
                    Not(HasSubstr("of no picture"))));
}

TEST_F(EvalSetsTest, AMaskThatIsNearlyAllDefectMayBeInverted) {
  WriteMasks();
  Image mask;
  mask.rgb = cv::Mat(16, 16, CV_8UC3, cv::Scalar::all(255));
  // A little more than a tenth.
  mask.rgb.rowRange(0, 2).setTo(cv::Scalar::all(0));
  WriteText("set/ground_truth/cut/0_mask.png", *EncodePng(mask));
  const Outcome outcome = Evaluate();
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("cloth: warning: 2 masks more than 90 % defect, the first: " +
                                     Path("set/ground_truth/hole/0_mask.png") + ": may be inverted"));
}

TEST_F(EvalSetsTest, AMaskWithADefectBesideAGoodPictureIsNamed) {
  WritePicture("set/ground_truth/good/0_mask.png", 0);
  WriteText("set/ground_truth/good/1_mask.png", "no picture");
  EXPECT_THAT(Evaluate().err, Not(HasSubstr("warning"))) << "nothing is said against it";
  WritePicture("set/test/good/1_mask.png", 200);
  WritePicture("set/ground_truth/good/0_mask.png", 200);
  const Outcome outcome = Evaluate();
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err,
              HasSubstr("cloth: warning: 1 mask with defective pixels beside good pictures, the first: " +
                        Path("set/ground_truth/good/0_mask.png") + "; such pictures count as good"));
  std::filesystem::remove_all(Path("set/ground_truth"));
  EXPECT_THAT(Evaluate().err, HasSubstr("the first: " + Path("set/test/good/1_mask.png")));
}

TEST_F(EvalSetsTest, PicturesRightInTestAreNamedWhereThereIsNothingElse) {
  std::filesystem::remove_all(Path("set/test"));
  WritePicture("set/test/a.png", 3);
  const Outcome outcome = Evaluate();
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("1 picture right in it, the first " + Path("set/test/a.png")));
}

TEST_F(EvalSetsTest, PixelFiguresOfAPartSaySo) {
  WritePicture("set/ground_truth/cut/0_mask.png", 255);
  const Outcome outcome = Evaluate();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("3 defective pictures, 1 mask found; without a mask: hole (all 2)"));
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("WITH MASK"), HasSubstr("1 of 3"), HasSubstr("pixel AUROC (1 of 3)"),
                    HasSubstr("PRO to 30 % (1 of 3)"),
                    HasSubstr("Pixel figures are of the 1 of 3 defective pictures that have a mask.")));
  const nlohmann::json json = Category();
  EXPECT_EQ(json["masks"]["defective_pictures"], 3);
  EXPECT_EQ(json["masks"]["with_mask"], 1);
  EXPECT_EQ(json["masks"]["kinds_without"], std::vector<std::string>{"hole"});
  EXPECT_EQ(json["kinds"][0]["with_mask"], 1);
  EXPECT_EQ(json["kinds"][1]["with_mask"], 0);
}

TEST_F(EvalSetsTest, AMaskOfOnesIsAMask) {
  for (const char* mask : {"hole/0_mask.png", "hole/1_mask.png", "cut/0_mask.png"}) {
    WritePicture(std::string("set/ground_truth/") + mask, 1);
  }
  EXPECT_DOUBLE_EQ(Category()["pixel_auroc"], 5.0 / 6);
}

TEST_F(EvalSetsTest, AFolderOfMasksIsTheirUnion) {
  WritePicture("set/ground_truth/cut/0/000.png", 0);
  WritePicture("set/ground_truth/cut/0/001.png", 200);
  const nlohmann::json json = Category();
  EXPECT_EQ(json["pixel_auroc"], 1.0);
  EXPECT_EQ(json["pictures"][2]["mask"], Path("set/ground_truth/cut/0/000.png"));
  EXPECT_THAT(json["pictures"][2]["masks"], SizeIs(2));
}

TEST_F(EvalSetsTest, AMaskWithoutADefectIsAnErrorBeforeAnythingIsLearnt) {
  WriteMasks();
  WritePicture("set/ground_truth/hole/1_mask.png", 0);
  const Outcome outcome = Evaluate();
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr(Path("set/test/hole/1.png")), HasSubstr("hole/1_mask.png"),
                                 HasSubstr("not one pixel is defective")));
  ExpectNothingDone();
}

TEST_F(EvalSetsTest, EveryBadMaskIsNamedBeforeAnythingIsLearnt) {
  WriteMasks();
  WritePicture("set/ground_truth/cut/0_mask.png", 255, 16, 20);
  WriteText("set/ground_truth/hole/1_mask.png", "no picture");
  const Outcome outcome = Evaluate();
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("2 masks cannot be used"), HasSubstr("the mask is 20x16 px, the picture 16x16"),
                    HasSubstr("hole/1_mask.png: picture is text")));
  ExpectNothingDone();
}

TEST_F(EvalSetsTest, PicturesThatCannotBeReadAreNamedAndLeftOut) {
  WriteText("set/test/hole/2.png", "no picture");
  WriteText("set/test/hole/3.png", "");
  std::filesystem::create_symlink("/nowhere/else.png", Path("set/test/good/zz.png"));
  const Outcome outcome = Evaluate({"--json"});
  EXPECT_EQ(outcome.code, 3) << outcome.err;
  EXPECT_THAT(
      outcome.err,
      AllOf(HasSubstr("left out: " + Path("set/test/hole/2.png") + ": picture is text"),
            HasSubstr("left out: " + Path("set/test/hole/3.png") + ": the file is empty"),
            HasSubstr("left out: " + Path("set/test/good/zz.png") + ": a link to /nowhere/else.png")));
  const nlohmann::json json = nlohmann::json::parse(outcome.out)["categories"][0];
  EXPECT_THAT(json["pictures"], SizeIs(5));
  ASSERT_THAT(json["left_out"], SizeIs(3));
  EXPECT_EQ(json["left_out"][1]["kind"], "hole");
  EXPECT_EQ(json["left_out"][1]["picture"], Path("set/test/hole/2.png"));
}

TEST_F(EvalSetsTest, StrictlyAPictureThatCannotBeReadEndsItBeforeAnythingIsLearnt) {
  WriteText("set/test/hole/2.png", "no picture");
  const Outcome outcome = Evaluate({"--strict"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err,
              HasSubstr("1 picture cannot be read (--strict), the first: " + Path("set/test/hole/2.png")));
  ExpectNothingDone();
  WriteText("set/test/hole/3.png", "");
  const std::string err = Evaluate({"--strict"}).err;
  EXPECT_THAT(err, AllOf(HasSubstr("cloth: " + Path("set/test/hole/3.png") + ": the file is empty"),
                         HasSubstr("2 pictures cannot be read (--strict)"), Not(HasSubstr("left out"))));
}

TEST_F(EvalSetsTest, WhatTheServerRefusesIsLeftOutWithItsKind) {
  WriteMasks();
  stub_->on_heatmap = [on_heatmap = stub_->on_heatmap](
                          const v1::HeatmapRequest& request) -> absl::StatusOr<v1::HeatmapResponse> {
    absl::StatusOr<v1::HeatmapResponse> response = on_heatmap(request);
    if (response->inspection().raw_score() == 30) return absl::InvalidArgumentError("too dark");
    return response;
  };
  const Outcome outcome = Evaluate({"--json"});
  EXPECT_EQ(outcome.code, 3) << outcome.err;
  const nlohmann::json json = nlohmann::json::parse(outcome.out)["categories"][0];
  ASSERT_THAT(json["kinds"], SizeIs(1));
  EXPECT_EQ(json["kinds"][0]["kind"], "hole");
  EXPECT_EQ(json["kinds"][0]["pixel_auroc"], 0.75);
  EXPECT_EQ(json["left_out"][0]["error"], Path("set/test/cut/0.png") + ": too dark");
  EXPECT_EQ(Evaluate({"--strict"}).code, 1);
}

TEST_F(EvalSetsTest, ABadPictureToLearnFromEndsItUnlessItMayBeSkipped) {
  WriteText("set/train/good/1.png", "no picture");
  const Outcome outcome = Evaluate();
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr(Path("set/train/good/1.png")));
  ExpectNothingDone();
  const Outcome skipped = Evaluate({"--skip-bad"});
  EXPECT_EQ(skipped.code, 0) << skipped.err;
  EXPECT_THAT(skipped.err, HasSubstr("left out: " + Path("set/train/good/1.png")));
}

TEST_F(EvalSetsTest, AnEmptyKindIsNoError) {
  std::filesystem::create_directory(Path("set/test/zz_new_kind"));
  const Outcome outcome = Evaluate();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("test/zz_new_kind holds no picture"));
}

TEST_F(EvalSetsTest, GoodPicturesAloneGiveTheFalseAlarmRateAndNothingElse) {
  std::filesystem::remove_all(Path("set/test/hole"));
  std::filesystem::remove_all(Path("set/test/cut"));
  const Outcome outcome = Evaluate();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("no defective pictures"));
  EXPECT_THAT(
      outcome.out,
      HasSubstr("calibrated on good pictures     10           50.0 %                   -     -   -\n"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("best for these pictures")));
  const nlohmann::json json = Category();
  EXPECT_EQ(json["r1"], 0.5);
  EXPECT_EQ(json["good"]["flagged_share"], 0.5);
  for (const char* unknown : {"r2", "image_auroc", "average_precision", "f1", "pixel_auroc"}) {
    EXPECT_TRUE(json[unknown].is_null()) << unknown;
  }
  EXPECT_TRUE(json["thresholds"]["best"].is_null());
  EXPECT_TRUE(json["thresholds"]["calibrated"]["r2"].is_null());
  EXPECT_TRUE(json["thresholds"]["calibrated"]["mean"].is_null());
}

TEST_F(EvalSetsTest, DefectivePicturesAloneGiveTheShareFoundAndNothingElse) {
  std::filesystem::remove_all(Path("set/test/good"));
  const Outcome outcome = Evaluate();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("no good pictures"));
  const nlohmann::json json = Category();
  EXPECT_DOUBLE_EQ(json["r2"], 2.0 / 3);
  for (const char* unknown : {"r1", "image_auroc", "average_precision", "f1"}) {
    EXPECT_TRUE(json[unknown].is_null()) << unknown;
  }
  EXPECT_TRUE(json["kinds"][0]["average_precision"].is_null());
  EXPECT_TRUE(json["layers"][0]["average_precision"].is_null());
  EXPECT_TRUE(json["thresholds"]["calibrated"]["r1"].is_null());
}

TEST_F(EvalSetsTest, FilesPassedOverAreTold) {
  WriteText("set/test/hole/0.webp", "x");
  WriteText("set/train/good/Thumbs.db", "x");
  const Outcome outcome = Evaluate();
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("cloth: 1 other file passed over: 1 .webp"),
                                 HasSubstr("cloth: train/good: 1 other file passed over: 1 .db")));
}

TEST_F(EvalSetsTest, SubFoldersAreTakenWhenAskedFor) {
  std::filesystem::create_directory(Path("set/train/good/2026-11-01"));
  std::filesystem::rename(Path("set/train/good/0.png"), Path("set/train/good/2026-11-01/0.png"));
  const Outcome outcome = Evaluate();
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("1 picture in 1 sub-folder (" + Path("set/train/good/2026-11-01") +
                                     ") passed over: --recursive takes them"));
  EXPECT_EQ(Evaluate({"--recursive"}).code, 0);
  EXPECT_THAT(stub_->trainings()[0], SizeIs(2));
}

TEST_F(EvalSetsTest, WhereItCannotWriteIsKnownBeforeAnythingIsLearnt) {
  WriteText("file", "x");
  EXPECT_THAT(Evaluate({"--json=" + Path("file/eval.json")}).err, HasSubstr("is not a folder"));
  EXPECT_THAT(Evaluate({"--heatmaps", Path("file/maps")}).err, HasSubstr("is not a folder"));
  // Two pictures whose heatmaps would be one.
  WritePicture("set/test/hole/0.bmp", 20);
  EXPECT_THAT(Evaluate({"--heatmaps", Path("maps")}).err, HasSubstr("would both become"));
  ExpectNothingDone();
}

TEST_F(EvalSetsTest, AMaskBesideAPictureTurnedUpsideDownNeedsAWord) {
  WriteMasks();
  std::ifstream file(Path("set/test/cut/0.png"), std::ios::binary);
  const std::string png((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  WriteText("set/test/cut/0.png",
            testing::WithPngChunk(png, testing::PngChunk("eXIf", testing::ExifBlock(3, false))));
  Image half;
  half.rgb = cv::Mat(16, 16, CV_8UC3, cv::Scalar::all(0));
  half.rgb.rowRange(0, 4).setTo(cv::Scalar::all(255));
  WriteText("set/ground_truth/cut/0_mask.png", *EncodePng(half));
  const Outcome outcome = Evaluate();
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr(Path("set/test/cut/0.png")), HasSubstr("--mask-frame stored")));
  ExpectNothingDone();
  EXPECT_EQ(Category({"--mask-frame", "stored"})["pictures"][2]["mask_orientation"], 3);
  EXPECT_EQ(Category({"--mask-frame", "upright"})["pictures"][2]["mask_orientation"], 1);
}

TEST_F(EvalSetsTest, NamesThatAreNoUtf8AreTextThatOpensThemAgain) {
  std::filesystem::rename(Path("set/test/hole/0.png"), Path("set/test/hole/gr\xfcn 0.png"));
  WriteText("set/test/hole/\x1b[2J.png", "no picture");
  const Outcome outcome = Evaluate({"--json"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("?[2J.png"), Not(HasSubstr("\x1b"))));
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("test/hole/gr%FCn%200.png\""), HasSubstr("\"file:"), Not(HasSubstr("\x1b"))));
}

}  // namespace
}  // namespace mlfsc::client
