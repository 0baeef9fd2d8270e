#include <filesystem>

#include <nlohmann/json.hpp>

#include "tests/client/commands/command_test.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::FakeTraining;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class TrainTest : public CommandTest {
 protected:
  TrainTest() {
    stub_->on_train = [this](int) { return training_; };
    v1::TrainResponse result;
    *result.mutable_result()->mutable_version() = MakeVersion(3);
    training_.responses = {result};
    WriteText("pictures/b.png", "second");
    WriteText("pictures/a.png", "first");
  }

  // The message that began the last training.
  v1::TrainRequest::Start Started() { return stub_->trainings().back().front().start(); }

  FakeTraining training_;
};

TEST_F(TrainTest, SendsTheFoldersPicturesInTheOrderOfTheirNames) {
  const Outcome outcome = Run({"train", "cloth", Path("pictures")});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const std::vector<v1::TrainRequest> sent = stub_->trainings().front();
  ASSERT_THAT(sent, SizeIs(3));
  EXPECT_EQ(sent[0].start().category(), "cloth");
  EXPECT_EQ(sent[1].picture().encoded(), "first");
  EXPECT_EQ(sent[2].picture().encoded(), "second");
}

TEST_F(TrainTest, TellsTheVersionAndItsThreshold) {
  const Outcome outcome = Run({"train", "cloth", Path("pictures")});
  EXPECT_EQ(outcome.out,
            "cloth: version 3 learnt from 60 pictures in 0:00\n"
            "flagged above 10 (1 % of good pictures); REVIEW from 8 to 12, NOK above\n");
  EXPECT_THAT(outcome.err, IsEmpty());
}

TEST_F(TrainTest, TakesTrainGoodOfADataSet) {
  WriteText("set/train/good/x.png", "good");
  WriteText("set/test/good/y.png", "other");
  ASSERT_EQ(Run({"train", "cloth", Path("set")}).code, 0);
  ASSERT_THAT(stub_->trainings().front(), SizeIs(2));
  EXPECT_EQ(stub_->trainings().front()[1].picture().encoded(), "good");
}

TEST_F(TrainTest, OptionsThatAreNotGivenAreLeftToTheServer) {
  ASSERT_EQ(Run({"train", "cloth", Path("pictures")}).code, 0);
  EXPECT_EQ(Started().options().ByteSizeLong(), 0u) << Started().options().DebugString();
}

TEST_F(TrainTest, EveryOptionArrives) {
  const Outcome outcome = Run({"train",
                               "cloth",
                               Path("pictures"),
                               "--source",
                               "single-pass",
                               "--input-size",
                               "512",
                               "--resize",
                               "bilinear",
                               "--patch-size",
                               "6",
                               "--stride",
                               "3",
                               "--atoms",
                               "7",
                               "--alpha",
                               "0.5",
                               "--coder",
                               "omp",
                               "--nonzeros",
                               "2",
                               "--score",
                               "sum",
                               "--top-residuals",
                               "9",
                               "--top-patches",
                               "11",
                               "--false-alarm-rate",
                               "0.02",
                               "--epochs",
                               "4",
                               "--batch_pictures",
                               "8",
                               "--seed",
                               "18446744073709551615",
                               "--skip-bad",
                               "--outliers",
                               "drop",
                               "--keep_active"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const v1::TrainRequest::Start start = Started();
  const v1::CategoryOptions& options = start.options();
  EXPECT_EQ(options.feature_source(), v1::SINGLE_PASS);
  EXPECT_EQ(options.input_size(), 512);
  EXPECT_EQ(options.resize(), v1::BILINEAR);
  EXPECT_EQ(options.patch_size(), 6);
  EXPECT_EQ(options.stride(), 3);
  EXPECT_EQ(options.atoms(), 7);
  EXPECT_EQ(options.alpha(), 0.5);
  EXPECT_EQ(options.coder(), v1::OMP);
  EXPECT_EQ(options.nonzeros(), 2);
  EXPECT_EQ(options.score_method(), v1::SUM);
  EXPECT_EQ(options.top_residuals(), 9);
  EXPECT_EQ(options.top_patches(), 11);
  EXPECT_EQ(options.false_alarm_rate(), 0.02);
  EXPECT_EQ(options.epochs(), 4);
  EXPECT_EQ(options.batch_pictures(), 8);
  EXPECT_EQ(options.seed(), 18446744073709551615u);
  EXPECT_TRUE(start.skip_bad_pictures());
  EXPECT_EQ(start.outliers(), v1::DROP);
  EXPECT_TRUE(start.keep_active());
  EXPECT_THAT(outcome.out, HasSubstr("mlfsc activate cloth 3"));
}

TEST_F(TrainTest, PicturesLeftOutAreCounted) {
  training_.responses.front().mutable_result()->set_pictures_skipped(2);
  EXPECT_THAT(Run({"train", "cloth", Path("pictures"), "--skip-bad"}).out, HasSubstr("2 left out"));
}

TEST_F(TrainTest, OutliersAreNamedByTheirFilesAndNoticesAreSaid) {
  v1::TrainResult* result = training_.responses.front().mutable_result();
  v1::Outlier* outlier = result->add_outliers();
  outlier->set_picture(1);
  outlier->set_score(6440);
  outlier->set_reason("scores 6440; the others' limit is 1825");
  v1::Notice* notice = result->add_notices();
  notice->set_code(v1::Notice::FEW_PICTURES);
  notice->set_text("the limits are guesses\033[2J");
  const Outcome outcome = Run({"train", "cloth", Path("pictures")});
  EXPECT_THAT(outcome.out, HasSubstr("warning: " + Path("pictures/b.png") +
                                     " does not look like the others (score 6440): scores 6440; the others' "
                                     "limit is 1825\n  it counts as good all the same; --outliers drop"));
  EXPECT_THAT(outcome.out, HasSubstr("note: the limits are guesses?[2J\n"));

  outlier->set_dropped(true);
  result->mutable_version()->set_outliers_dropped(1);
  // An index that no picture has, from a server that is not ours.
  result->add_outliers()->set_picture(-1);
  result->mutable_outliers(1)->set_dropped(true);
  const Outcome dropped = Run({"train", "cloth", Path("pictures")});
  EXPECT_THAT(dropped.out, HasSubstr("b.png does not look like the others and was kept out"));
  EXPECT_THAT(dropped.out, HasSubstr("picture -1 does not look"));
  EXPECT_THAT(dropped.out, HasSubstr(", 1 outlier kept out\n"));
  EXPECT_THAT(dropped.out, Not(HasSubstr("it counts as good")));
}

TEST_F(TrainTest, JsonHoldsTheFindings) {
  v1::TrainResult* result = training_.responses.front().mutable_result();
  result->set_independent_pictures(12);
  v1::Outlier* outlier = result->add_outliers();
  outlier->set_reason("black: brightest grey 4 of 255");
  outlier->set_score(3);
  result->add_notices()->set_code(v1::Notice::COPIES);
  const nlohmann::json json = nlohmann::json::parse(Run({"train", "cloth", Path("pictures"), "--json"}).out);
  EXPECT_EQ(json["independent_pictures"], 12);
  EXPECT_EQ(json["outliers"][0]["file"], Path("pictures/a.png"));
  EXPECT_EQ(json["outliers"][0]["picture"], 0);
  EXPECT_EQ(json["outliers"][0]["score"], 3);
  EXPECT_EQ(json["outliers"][0]["reason"], "black: brightest grey 4 of 255");
  EXPECT_EQ(json["outliers"][0]["dropped"], false);
  EXPECT_EQ(json["notices"][0]["code"], "copies");
}

TEST_F(TrainTest, JsonIsTheVersion) {
  const nlohmann::json json = nlohmann::json::parse(Run({"train", "cloth", Path("pictures"), "--json"}).out);
  EXPECT_EQ(json["version"], 3);
  EXPECT_EQ(json["pictures_skipped"], 0);
}

TEST_F(TrainTest, TheServersRefusalIsTheError) {
  training_.messages_taken = 2;
  training_.responses.clear();
  training_.status = absl::InvalidArgumentError("picture 0: not a PNG, JPEG, BMP or TIFF file");
  const Outcome outcome = Run({"train", "cloth", Path("pictures")});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "mlfsc: " + Path("pictures/a.png") + ": not a PNG, JPEG, BMP or TIFF file\n");
}

TEST_F(TrainTest, WhatIsKnownOfTheFilesGoesWithEachPicture) {
  ASSERT_EQ(Run({"train", "cloth", Path("pictures"), "--bit-depth", "10", "--page", "2"}).code, 0);
  const std::vector<v1::TrainRequest> sent = stub_->trainings().front();
  for (int i : {1, 2}) {
    EXPECT_EQ(sent[i].picture().bit_depth(), 10);
    EXPECT_EQ(sent[i].picture().page(), 2);
  }
}

TEST_F(TrainTest, WhatIsOddAboutPicturesIsSaidWithTheFirstsName) {
  v1::PictureNotice* notice = training_.responses.front().mutable_result()->add_picture_notices();
  notice->set_text("no sample above 4095");
  notice->set_picture(1);
  notice->set_pictures(1);
  EXPECT_EQ(Run({"train", "cloth", Path("pictures")}).err,
            "mlfsc: warning: " + Path("pictures/b.png") + ": no sample above 4095 (--bit-depth)\n");
}

TEST_F(TrainTest, WhatCannotBeReadEndsItUnlessItMayBeSkipped) {
  WriteText("pictures/0_empty.png", "");
  std::filesystem::create_symlink("/nowhere/else.png", Path("pictures/aa_link.png"));
  WriteText("pictures/z_large.tif", "x");
  std::filesystem::resize_file(Path("pictures/z_large.tif"), kMaxPictureFileBytes + 1);
  const Outcome outcome = Run({"train", "cloth", Path("pictures")});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "mlfsc: " + Path("pictures/0_empty.png") + ": the file is empty\n");

  v1::TrainResult* result = training_.responses.front().mutable_result();
  result->set_pictures_skipped(2);
  result->add_skipped()->set_picture(1);
  result->mutable_skipped(0)->set_error("PNG file is damaged");
  const Outcome skipped = Run({"train", "cloth", Path("pictures"), "--skip-bad"});
  EXPECT_EQ(skipped.code, 0) << skipped.err;
  EXPECT_THAT(skipped.out, HasSubstr("5 left out")) << "with the two that the server could not decode";
  EXPECT_THAT(skipped.err, HasSubstr("cloth: left out: " + Path("pictures/b.png") + ": PNG file is damaged"));
  for (const std::string& reason : {Path("pictures/0_empty.png") + ": the file is empty",
                                    Path("pictures/aa_link.png") + ": a link to /nowhere/else.png",
                                    Path("pictures/z_large.tif") + ": the file has 268435457 bytes"}) {
    EXPECT_THAT(skipped.err, HasSubstr("cloth: left out: " + reason));
  }
  EXPECT_THAT(stub_->trainings().back(), SizeIs(3));
}

TEST_F(TrainTest, WhatTheServerTakesNoMessageOfIsLeftOutWhenItMayBe) {
  stub_->on_statistics = [](const v1::GetStatisticsRequest&) {
    v1::GetStatisticsResponse response;
    response.set_max_message_bytes(100'000);
    return response;
  };
  WriteText("pictures/z_large.png", std::string(100'000, 'x'));
  const Outcome outcome = Run({"train", "cloth", Path("pictures"), "--skip-bad"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("cloth: left out: " + Path("pictures/z_large.png") +
                                     ": has 100000 bytes; the server's limit of a message is 100000"));
  EXPECT_THAT(outcome.out, HasSubstr("1 left out"));
}

TEST_F(TrainTest, SizesAreToldWhereTheyDiffer) {
  WritePicture("sizes/a.png", 3, 48, 64);
  WritePicture("sizes/b.png", 3, 48, 64);
  EXPECT_THAT(Run({"train", "cloth", Path("sizes")}).err, IsEmpty());
  WritePicture("sizes/c.png", 3, 32, 64);
  EXPECT_EQ(Run({"train", "cloth", Path("sizes")}).err,
            "cloth: 3 pictures of 2 sizes: 2 of 64x48 px, 1 of 64x32 px\n");
  for (int i = 0; i < 3; ++i) WritePicture("sizes/d" + std::to_string(i) + ".png", 3, 16, 16 + i);
  EXPECT_THAT(Run({"train", "cloth", Path("sizes")}).err, HasSubstr("6 pictures of 5 sizes"));
  EXPECT_THAT(Run({"train", "cloth", Path("sizes")}).err, HasSubstr(", ...\n"));
  const nlohmann::json json = nlohmann::json::parse(Run({"train", "cloth", Path("sizes"), "--json"}).out);
  EXPECT_EQ(json["sizes"][0]["pictures"], 2);
}

TEST_F(TrainTest, FilesPassedOverAreToldAndSubFoldersTakenWhenAskedFor) {
  WriteText("pictures/c.webp", "x");
  WriteText("pictures/day/d.png", "third");
  WriteText("pictures/a_mask.png", "mask");
  const Outcome outcome = Run({"train", "cloth", Path("pictures")});
  EXPECT_EQ(outcome.err,
            "cloth: 1 other file passed over: 1 .webp; 1 mask beside the pictures passed over; 1 picture in "
            "1 sub-folder (" +
                Path("pictures/day") + ") passed over: --recursive takes them\n");
  EXPECT_THAT(stub_->trainings().back(), SizeIs(3));
  ASSERT_EQ(Run({"train", "cloth", Path("pictures"), "--recursive"}).code, 0);
  EXPECT_THAT(stub_->trainings().back(), SizeIs(4));
}

TEST_F(TrainTest, AFolderWithoutPicturesIsNotSent) {
  const Outcome outcome = Run({"train", "cloth", Path("nowhere")});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("no such folder"));
  EXPECT_THAT(stub_->trainings(), IsEmpty());
}

}  // namespace
}  // namespace mlfsc::client
