#include "client/pictures/output_paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(OutputPathsTest, PicturesOfOneFolderLieRightInTheOutputFolder) {
  EXPECT_THAT(*OutputPaths({"in/a.jpg", "in/b.png"}, "out", ".png"), ElementsAre("out/a.png", "out/b.png"));
  EXPECT_THAT(*OutputPaths({"in/deep/a.jpg"}, "out", ".npy"), ElementsAre("out/a.npy"));
}

TEST(OutputPathsTest, PicturesOfSeveralFoldersKeepThem) {
  EXPECT_THAT(*OutputPaths({"set/test/hole/0.png", "set/test/cut/0.png"}, "out", ".png"),
              ElementsAre("out/hole/0.png", "out/cut/0.png"));
  EXPECT_THAT(*OutputPaths({"set/0.png", "set/cut/0.png"}, "out", ".png"),
              ElementsAre("out/0.png", "out/cut/0.png"));
  EXPECT_THAT(*OutputPaths({"set/cut/0.png", "./other/../set/0.png"}, "out", ".png"),
              ElementsAre("out/cut/0.png", "out/0.png"));
}

TEST(OutputPathsTest, TwoPicturesNeverShareAFile) {
  EXPECT_THAT(OutputPaths({"in/a.jpg", "in/a.png"}, "out", ".png"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("would both become out/a.png")));
}

TEST(OutputPathsTest, APictureIsNeverOverwritten) {
  EXPECT_THAT(OutputPaths({"in/a.png"}, "./in", ".png"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("would take the place of a picture")));
  EXPECT_THAT(*OutputPaths({"in/a.png"}, "in", ".npy"), ElementsAre("in/a.npy"));
}

TEST(OutputPathsTest, NoPicturesHaveNoPaths) { EXPECT_THAT(*OutputPaths({}, "out", ".png"), ElementsAre()); }

}  // namespace
}  // namespace mlfsc::client
