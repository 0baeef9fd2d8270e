#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/client/commands/command_test.h"

namespace mlfsc::client {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class HeatmapTest : public CommandTest {
 protected:
  HeatmapTest() {
    stub_->on_heatmap = [this](const v1::HeatmapRequest& request) -> absl::StatusOr<v1::HeatmapResponse> {
      if (request.picture().encoded() == "text") return absl::InvalidArgumentError("not a picture");
      asked_for_ = request.format();
      v1::HeatmapResponse response;
      response.mutable_inspection()->set_verdict(v1::NOK);
      response.mutable_inspection()->set_normalized_score(0.75);
      response.mutable_inspection()->set_picture_width(2);
      response.mutable_inspection()->set_picture_height(1);
      response.set_format(request.format());
      response.set_map(request.format() == v1::HeatmapRequest::FLOAT32_MAP ? std::string(8, '\0')
                                                                           : "png bytes");
      return response;
    };
    WriteText("in/hole/0.png", "a");
    WriteText("in/cut/0.png", "b");
  }

  std::string Contents(const std::string& name) {
    std::ifstream file(Path(name), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }

  v1::HeatmapRequest::Format asked_for_ = v1::HeatmapRequest::FORMAT_UNSPECIFIED;
};

TEST_F(HeatmapTest, WritesAnOverlayForEveryPictureAndTellsWhere) {
  const Outcome outcome =
      Run({"heatmap", "cloth", Path("in/hole"), Path("in/cut/0.png"), "--out", Path("out")});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(asked_for_, v1::HeatmapRequest::OVERLAY_PNG);
  EXPECT_EQ(Contents("out/hole/0.png"), "png bytes");
  EXPECT_EQ(Contents("out/cut/0.png"), "png bytes");
  EXPECT_THAT(outcome.out, HasSubstr("NOK           0.750  " + Path("out/hole/0.png")));
}

TEST_F(HeatmapTest, FilesPassedOverAreToldAndSubFoldersTakenWhenAskedFor) {
  WriteText("in/note.txt", "x");
  WriteText("in/top.png", "c");
  EXPECT_EQ(Run({"heatmap", "cloth", Path("in"), "--out", Path("out")}).err,
            "cloth: 1 other file passed over: 1 .txt; 2 pictures in 2 sub-folders (" + Path("in/cut") +
                ", ...) passed over: --recursive takes them\n");
  const Outcome outcome = Run({"heatmap", "cloth", Path("in"), "--out", Path("out"), "--recursive"});
  EXPECT_EQ(outcome.err, "cloth: 1 other file passed over: 1 .txt\n");
  EXPECT_EQ(Contents("out/hole/0.png"), "png bytes");
}

TEST_F(HeatmapTest, TheFormatIsChosenByAWord) {
  ASSERT_EQ(Run({"heatmap", "cloth", Path("in/cut/0.png"), "--out", Path("out"), "--format", "map"}).code, 0);
  EXPECT_EQ(asked_for_, v1::HeatmapRequest::COLOR_MAP_PNG);
  ASSERT_EQ(Run({"heatmap", "cloth", Path("in/cut/0.png"), "--out", Path("out"), "--format", "float"}).code,
            0);
  EXPECT_EQ(asked_for_, v1::HeatmapRequest::FLOAT32_MAP);
  EXPECT_THAT(Contents("out/0.npy"), StartsWith("\x93NUMPY"));
}

TEST_F(HeatmapTest, ThePicturesOwnFolderIsNoPlaceForOverlays) {
  const Outcome outcome = Run({"heatmap", "cloth", Path("in/cut/0.png"), "--out", Path("in/cut")});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("would take the place of a picture"));
  EXPECT_EQ(Contents("in/cut/0.png"), "b");
}

TEST_F(HeatmapTest, ABadPictureIsNamedAndTheOthersAreDrawn) {
  WriteText("in/cut/1.png", "text");
  const Outcome outcome = Run({"heatmap", "cloth", Path("in/cut"), "--out", Path("out")});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "mlfsc: " + Path("in/cut/1.png") + ": not a picture\n");
  EXPECT_EQ(Contents("out/0.png"), "png bytes");
  EXPECT_FALSE(std::filesystem::exists(Path("out/1.png")));
}

TEST_F(HeatmapTest, AFolderThatCannotBeWrittenIsAnError) {
  WriteText("file", "x");
  const Outcome outcome = Run({"heatmap", "cloth", Path("in/cut/0.png"), "--out", Path("file/out")});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr(Path("file")));
}

TEST_F(HeatmapTest, TheOutputFolderIsRequired) {
  EXPECT_THAT(Run({"heatmap", "cloth", Path("in/cut/0.png")}).err, HasSubstr("--out"));
}

}  // namespace
}  // namespace mlfsc::client
