#include "client/pictures/data_set.h"

#include <filesystem>
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
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

class DataSetTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const { return temporary_.path() + "/" + name; }
  void Touch(const std::vector<std::string>& names) {
    for (const std::string& name : names) ASSERT_THAT(WriteFile(Path(name), "x"), IsOk());
  }
  TestSet List(bool recursive = false) {
    const absl::StatusOr<TestSet> set = ListTestSet(temporary_.path(), recursive);
    EXPECT_THAT(set, IsOk());
    return set.value_or(TestSet());
  }
  // Of every picture its path, and its masks behind it, below the folder.
  std::vector<std::string> Pairs(bool recursive = false) {
    std::vector<std::string> pairs;
    for (const TestPicture& picture : List(recursive).pictures) {
      pairs.push_back(Below(picture.path));
      for (const std::string& mask : picture.masks) pairs.back() += " " + Below(mask);
    }
    return pairs;
  }

  TemporaryFolder temporary_;

 private:
  std::string Below(const std::string& path) const { return path.substr(temporary_.path().size() + 1); }
};

TEST_F(DataSetTest, ATestSetIsGoodPicturesFirstAndThenKindByKind) {
  Touch({"test/good/1.png", "test/cut/1.png", "test/cut/2.jpg", "test/hole/1.png",
         "ground_truth/cut/1_mask.png", "ground_truth/cut/2_mask.png"});
  EXPECT_THAT(Pairs(), ElementsAre("test/good/1.png", "test/cut/1.png ground_truth/cut/1_mask.png",
                                   "test/cut/2.jpg ground_truth/cut/2_mask.png", "test/hole/1.png"));
  EXPECT_EQ(List().pictures[1].kind, "cut");
  EXPECT_TRUE(Describe(List().passed_over).empty());
}

TEST_F(DataSetTest, MasksBesideThePicturesAreNoPictures) {
  Touch({"test/good/1.png", "test/good/1_mask.png", "test/cut/1.png", "test/cut/1_mask.png", "test/cut/2.png",
         "test/cut/2/a.png", "test/cut/2/b.png", "test/cut/3.png", "test/cut/gt/3.bmp",
         "test/cut/lone_mask.png"});
  EXPECT_THAT(Pairs(), ElementsAre("test/good/1.png", "test/cut/1.png test/cut/1_mask.png",
                                   "test/cut/2.png test/cut/2/a.png test/cut/2/b.png",
                                   "test/cut/3.png test/cut/gt/3.bmp", "test/cut/lone_mask.png"));
  EXPECT_EQ(Describe(List().passed_over), "1 mask beside the pictures passed over") << "that of the good one";
}

TEST_F(DataSetTest, MasksMayLieInOneFolderWhereNamesTellThemApart) {
  Touch({"test/good/0.png", "test/cut/a.png", "test/cut/0.png", "test/hole/0.png", "Masks/a.png",
         "Masks/0.png"});
  EXPECT_THAT(Pairs(), ElementsAre("test/good/0.png", "test/cut/0.png", "test/cut/a.png Masks/a.png",
                                   "test/hole/0.png"));
  EXPECT_THAT(List().other_masks.unused, ElementsAre(Path("Masks/0.png")));
}

TEST_F(DataSetTest, SubFoldersAreTakenWhenAskedFor) {
  Touch({"test/good/a/1.png", "test/cut/a/1.png", "test/cut/b/1.png", "test/cut/b/2.png",
         "ground_truth/cut/a/1.png", "ground_truth/cut/1_mask.png", "ground_truth/cut/2_mask.png"});
  EXPECT_THAT(Pairs(true), ElementsAre("test/good/a/1.png", "test/cut/a/1.png ground_truth/cut/a/1.png",
                                       "test/cut/b/1.png", "test/cut/b/2.png ground_truth/cut/2_mask.png"));
  EXPECT_THAT(ListTestSet(temporary_.path()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("no pictures in its folders"),
                             HasSubstr("4 pictures in 3 sub-folders"), HasSubstr("--recursive takes them"))));
}

TEST_F(DataSetTest, OneSideAloneIsATestSetToo) {
  Touch({"good/test/good/1.png", "bad/test/cut/1.png"});
  EXPECT_THAT(ListTestSet(Path("good"))->pictures, SizeIs(1));
  EXPECT_THAT(ListTestSet(Path("bad"))->pictures, SizeIs(1));
}

TEST_F(DataSetTest, EmptyKindsAndWhatIsOfNoKindAreTold) {
  Touch({"test/good/1.png", "test/cut/note.txt", "test/stray.png", "ground_truth/cut/9_mask.png"});
  const TestSet set = List();
  EXPECT_THAT(set.pictures, SizeIs(1));
  EXPECT_THAT(set.empty_kinds, ElementsAre("cut"));
  EXPECT_EQ(set.without_kind, 1);
  EXPECT_EQ(Describe(set.passed_over), "1 other file passed over: 1 .txt");
  EXPECT_THAT(set.other_masks.unused, ElementsAre(Path("ground_truth/cut/9_mask.png")));
}

TEST_F(DataSetTest, MasksInFoldersThatNoKindIsCalledAfterAreCounted) {
  Touch({"test/good/1.png", "test/hole/1.png", "ground_truth/hole_x/1.png", "ground_truth/hole_x/a/b/2.png",
         "ground_truth/Hole/1_mask.png", "ground_truth/good/1_mask.png"});
  const OtherMasks others = List().other_masks;
  EXPECT_EQ(others.folder, Path("ground_truth"));
  EXPECT_THAT(others.of_no_kind, ElementsAre(Pair("Hole", 1), Pair("hole_x", 2)));
  EXPECT_THAT(others.unused, IsEmpty());
  EXPECT_THAT(List().kinds, ElementsAre("good", "hole"));
}

TEST_F(DataSetTest, FilesAmongTheMasksThatAreNoPicturesAreCounted) {
  Touch({"test/good/1.png", "test/hole/1.png", "test/hole/2.png", "test/hole/gt/2.webp",
         "ground_truth/hole/1_mask.webp", "ground_truth/note.txt"});
  const TestSet set = List();
  EXPECT_EQ(Describe(set.other_masks.passed_over), "2 other files passed over: 1 .txt, 1 .webp");
  EXPECT_EQ(Describe(set.passed_over), "1 other file passed over: 1 .webp") << "beside the pictures";
}

TEST_F(DataSetTest, ASecondMaskOfAPictureIsNotOneOfNoPicture) {
  Touch({"test/good/1.png", "test/hole/1.png", "ground_truth/hole/1.png", "ground_truth/hole/1_mask.png",
         "ground_truth/1.bmp"});
  const OtherMasks others = List().other_masks;
  const std::string taken = Path("ground_truth/hole/1_mask.png");
  EXPECT_THAT(others.seconds, ElementsAre(Pair(Path("ground_truth/1.bmp"), taken),
                                          Pair(Path("ground_truth/hole/1.png"), taken)));
  EXPECT_THAT(others.unused, IsEmpty());
}

TEST_F(DataSetTest, MasksBehindALinkToAFolderAreNotCountedTwice) {
  Touch({"test/good/1.png", "test/hole/1.png", "ground_truth/all/1_mask.png"});
  std::filesystem::create_directory_symlink("all", Path("ground_truth/hole"));
  EXPECT_THAT(Pairs(), ElementsAre("test/good/1.png", "test/hole/1.png ground_truth/hole/1_mask.png"));
  EXPECT_THAT(List().other_masks.of_no_kind, IsEmpty());
}

TEST_F(DataSetTest, MasksOfGoodPicturesAreKeptApart) {
  Touch({"test/good/1.png", "test/good/2.png", "test/good/3.png", "test/hole/9.png", "test/good/2_mask.png",
         "ground_truth/good/1_mask.png", "ground_truth/3.png"});
  const TestSet set = List();
  EXPECT_THAT(set.pictures[0].masks_of_good, ElementsAre(Path("ground_truth/good/1_mask.png")));
  EXPECT_THAT(set.pictures[1].masks_of_good, ElementsAre(Path("test/good/2_mask.png")));
  EXPECT_THAT(set.pictures[2].masks_of_good, ElementsAre(Path("ground_truth/3.png")));
  for (const TestPicture& picture : set.pictures) EXPECT_THAT(picture.masks, IsEmpty());
  EXPECT_THAT(set.other_masks.unused, IsEmpty());
}

TEST_F(DataSetTest, PicturesRightInTestAloneAreNamed) {
  Touch({"test/b.png", "test/a.png"});
  EXPECT_THAT(ListTestSet(temporary_.path()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("2 pictures right in it, the first " + Path("test/a.png")),
                             HasSubstr("good ones belong in " + Path("test/good")))));
}

TEST_F(DataSetTest, GoodPicturesUnderAnotherNameAreNotTakenForDefective) {
  for (const char* name : {"ok", "OK", "Good", "normal"}) {
    TemporaryFolder folder;
    ASSERT_THAT(WriteFile(folder.path() + "/test/" + name + "/1.png", "x"), IsOk());
    ASSERT_THAT(WriteFile(folder.path() + "/test/ko/1.png", "x"), IsOk());
    EXPECT_THAT(ListTestSet(folder.path()),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("the folder of good pictures is called good")));
  }
}

TEST_F(DataSetTest, AFolderInAnotherLayoutIsNoTestSet) {
  Touch({"a.png"});
  EXPECT_THAT(ListTestSet(temporary_.path()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("test/good")));
  EXPECT_THAT(ListTestSet(Path("none")), StatusIs(absl::StatusCode::kNotFound, HasSubstr(Path("none"))));
}

TEST_F(DataSetTest, TrainingTakesTrainGoodOfADataSetAndElseTheFolderItself) {
  Touch({"plain/a.png", "plain/a_mask.png", "set/train/good/b.png", "set/c.png"});
  EXPECT_THAT(ListTrainingSet(Path("plain"))->pictures, ElementsAre(Path("plain/a.png")));
  EXPECT_EQ(Describe(ListTrainingSet(Path("plain"))->passed_over), "1 mask beside the pictures passed over");
  EXPECT_THAT(ListTrainingSet(Path("set"))->pictures, ElementsAre(Path("set/train/good/b.png")));
}

TEST_F(DataSetTest, CategoryFoldersHaveATrainGood) {
  Touch({"b/train/good/1.png", "a/train/good/1.png", "c/test/good/1.png"});
  EXPECT_THAT(*ListCategoryFolders(temporary_.path()), ElementsAre("a", "b"));
  EXPECT_THAT(ListCategoryFolders(Path("c")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("train/good")));
}

}  // namespace
}  // namespace mlfsc::client
