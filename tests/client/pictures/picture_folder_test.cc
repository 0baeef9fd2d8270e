#include "client/pictures/picture_folder.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/pictures/picture_file.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::mlfsc::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PictureFolderTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const { return temporary_.path() + "/" + name; }
  void Touch(const std::string& name) { ASSERT_THAT(WriteFile(Path(name), "x"), IsOk()); }

  TemporaryFolder temporary_;
};

TEST_F(PictureFolderTest, PicturesComeSortedByTheBytesOfTheirNames) {
  for (const char* name : {"b.png", "a.JPG", "Z.bmp", "10.tiff", "9.tif", "c.jpeg"}) Touch(name);
  EXPECT_THAT(*ListPictures(temporary_.path()), ElementsAre(Path("10.tiff"), Path("9.tif"), Path("Z.bmp"),
                                                            Path("a.JPG"), Path("b.png"), Path("c.jpeg")));
}

TEST_F(PictureFolderTest, OtherFilesHiddenOnesAndFoldersAreLeftOut) {
  for (const char* name : {"a.png", "notes.txt", ".hidden.png", "b.png/inside.png"}) Touch(name);
  EXPECT_THAT(*ListPictures(temporary_.path()), ElementsAre(Path("a.png")));
}

TEST_F(PictureFolderTest, AMissingAndAnEmptyFolderAreNamed) {
  EXPECT_THAT(ListPictures(Path("none")), StatusIs(absl::StatusCode::kNotFound, HasSubstr(Path("none"))));
  EXPECT_THAT(ListPictures(temporary_.path()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no pictures")));
}

TEST_F(PictureFolderTest, TrainingTakesTrainGoodOfADataSetAndElseTheFolderItself) {
  Touch("plain/a.png");
  Touch("set/train/good/b.png");
  Touch("set/c.png");
  EXPECT_THAT(*ListTrainingPictures(Path("plain")), ElementsAre(Path("plain/a.png")));
  EXPECT_THAT(*ListTrainingPictures(Path("set")), ElementsAre(Path("set/train/good/b.png")));
}

TEST_F(PictureFolderTest, FoldersAmongPathsAreReplacedByTheirPictures) {
  Touch("folder/b.png");
  Touch("folder/a.png");
  EXPECT_THAT(*ExpandFolders({"x.png", Path("folder"), "gone.png"}),
              ElementsAre("x.png", Path("folder/a.png"), Path("folder/b.png"), "gone.png"));
}

TEST_F(PictureFolderTest, ATestSetIsGoodPicturesFirstAndThenKindByKind) {
  for (const char* name : {"test/good/1.png", "test/cut/1.png", "test/cut/2.jpg", "test/hole/1.png",
                           "ground_truth/cut/1_mask.png", "ground_truth/cut/2_mask.png"}) {
    Touch(name);
  }
  const absl::StatusOr<std::vector<TestPicture>> pictures = ListTestPictures(temporary_.path());
  ASSERT_THAT(pictures, IsOk());
  std::vector<std::string> kinds;
  std::vector<std::string> masks;
  for (const TestPicture& picture : *pictures) {
    kinds.push_back(picture.kind);
    masks.push_back(picture.mask);
  }
  EXPECT_THAT(kinds, ElementsAre("good", "cut", "cut", "hole"));
  EXPECT_THAT(masks,
              ElementsAre("", Path("ground_truth/cut/1_mask.png"), Path("ground_truth/cut/2_mask.png"), ""));
}

TEST_F(PictureFolderTest, AFolderInAnotherLayoutIsNoTestSet) {
  Touch("a.png");
  EXPECT_THAT(ListTestPictures(temporary_.path()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("test/good")));
  Touch("test/good/a.png");
  EXPECT_THAT(ListTestPictures(temporary_.path()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no kind of defect")));
}

}  // namespace
}  // namespace mlfsc::client
