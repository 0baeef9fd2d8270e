#include "client/pictures/picture_folder.h"

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

TEST_F(PictureFolderTest, FoldersAmongPathsAreReplacedByTheirPictures) {
  Touch("folder/b.png");
  Touch("folder/a.png");
  EXPECT_THAT(*ExpandFolders({"x.png", Path("folder"), "gone.png"}),
              ElementsAre("x.png", Path("folder/a.png"), Path("folder/b.png"), "gone.png"));
}

TEST_F(PictureFolderTest, FilesPassedOverAreCountedByTheirEnding) {
  for (const char* name : {"a.png", "1.webp", "2.WEBP", "3.txt", "Makefile", ".hidden", ".DS_Store", "x.gif",
                           "y.pdf", "z.raw", "q.heic"}) {
    Touch(name);
  }
  EXPECT_EQ(Describe(ListFolder(temporary_.path())->passed_over),
            "8 other files passed over: 2 .webp, 1 without an ending, 1 .gif, 1 .heic, 1 .pdf, 2 more");
  EXPECT_EQ(Describe(PassedOver()), "");
}

TEST_F(PictureFolderTest, AFolderOfOtherFilesSaysWhatIsInIt) {
  for (const char* name : {"1.webp", "2.webp", "b/1.png", "a/b/2.png", "a/3.png"}) Touch(name);
  EXPECT_THAT(
      ListPictures(temporary_.path()),
      StatusIs(absl::StatusCode::kInvalidArgument,
               temporary_.path() +
                   ": no pictures in it (.png, .jpg, .bmp, .tif); 2 other files passed over: 2 .webp; "
                   "3 pictures in 2 sub-folders (" +
                   Path("a") + ", ...) passed over: --recursive takes them"));
}

TEST_F(PictureFolderTest, SubFoldersAreGoneThroughWhenAskedForAndEachOnce) {
  for (const char* name : {"z.png", "b/1.png", "a/b/2.png", "a/note.txt", ".cache/3.png"}) Touch(name);
  std::filesystem::create_directory_symlink(temporary_.path(), Path("a/loop"));
  std::filesystem::create_directory_symlink(Path("b"), Path("again"));
  FolderOptions options;
  options.recursive = true;
  const FolderListing listing = *ListFolder(temporary_.path(), options);
  EXPECT_THAT(listing.pictures, ::testing::SizeIs(3)) << "b is found under one of its names";
  EXPECT_THAT(listing.pictures, ::testing::Contains(Path("a/b/2.png")));
  EXPECT_EQ(Describe(listing.passed_over), "1 other file passed over: 1 .txt");
}

TEST_F(PictureFolderTest, DeadLinksAreListedSoThatTheyAreNamed) {
  std::filesystem::create_symlink("/nowhere/else.png", Path("dead.png"));
  EXPECT_THAT(*ListPictures(temporary_.path()), ElementsAre(Path("dead.png")));
}

}  // namespace
}  // namespace mlfsc::client
