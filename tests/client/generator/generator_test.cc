#include "client/generator/generator.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "client/generator/defects.h"
#include "client/pictures/data_set.h"
#include "client/pictures/picture_file.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::mlfsc::testing::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::SizeIs;

GeneratorOptions Small() {
  GeneratorOptions options;
  options.train = 3;
  options.test_good = 2;
  options.test_defective = 1;
  options.size = 64;
  return options;
}

// Path below `folder` and contents of every file.
std::map<std::string, std::string> Contents(const std::string& folder) {
  std::map<std::string, std::string> contents;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    contents[std::filesystem::relative(entry.path(), folder).string()].assign(
        std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return contents;
}

class GeneratorTest : public ::testing::Test {
 protected:
  absl::Status Generate(const GeneratorOptions& options, const std::string& folder, int threads = 1) {
    ThreadPool pool(threads);
    return GeneratePictures(options, folder, &pool, {});
  }

  TemporaryFolder temporary_;
};

TEST_F(GeneratorTest, WritesADataSetThatEvalReads) {
  const std::string folder = temporary_.path() + "/cloth";
  ASSERT_THAT(Generate(Small(), folder), IsOk());
  const absl::StatusOr<FolderListing> train = ListTrainingSet(folder);
  ASSERT_THAT(train, IsOk());
  EXPECT_THAT(train->pictures, SizeIs(3));
  const absl::StatusOr<TestSet> test = ListTestSet(folder);
  ASSERT_THAT(test, IsOk());
  EXPECT_THAT(test->pictures, SizeIs(2 + DefectKinds().size()));
  for (const TestPicture& picture : test->pictures) {
    const absl::StatusOr<Image> image = DecodePictureFile(picture.path);
    ASSERT_THAT(image, IsOk());
    EXPECT_EQ(image->width(), 64);
    EXPECT_EQ(picture.masks.size(), picture.good() ? 0u : 1u);
    if (picture.good()) continue;
    EXPECT_THAT(ReadMasks(picture.masks, {64, 64, kUpright}, MaskFrame::kBySides), IsOk());
  }
}

TEST_F(GeneratorTest, TheSameSeedGivesTheSameFilesOnAnyNumberOfThreads) {
  ASSERT_THAT(Generate(Small(), temporary_.path() + "/a", 0), IsOk());
  ASSERT_THAT(Generate(Small(), temporary_.path() + "/b", 3), IsOk());
  EXPECT_EQ(Contents(temporary_.path() + "/a"), Contents(temporary_.path() + "/b"));
}

TEST_F(GeneratorTest, AnotherSeedGivesOtherPictures) {
  GeneratorOptions other = Small();
  other.seed = 1;
  ASSERT_THAT(Generate(Small(), temporary_.path() + "/a"), IsOk());
  ASSERT_THAT(Generate(other, temporary_.path() + "/b"), IsOk());
  const auto b = Contents(temporary_.path() + "/b");
  for (const auto& [path, bytes] : Contents(temporary_.path() + "/a")) EXPECT_NE(bytes, b.at(path)) << path;
}

TEST_F(GeneratorTest, MorePicturesLeaveTheOthersAsTheyWere) {
  GeneratorOptions more = Small();
  more.train = 5;
  more.test_defective = 2;
  ASSERT_THAT(Generate(Small(), temporary_.path() + "/a"), IsOk());
  ASSERT_THAT(Generate(more, temporary_.path() + "/b"), IsOk());
  const auto b = Contents(temporary_.path() + "/b");
  for (const auto& [path, bytes] : Contents(temporary_.path() + "/a")) EXPECT_EQ(bytes, b.at(path)) << path;
}

TEST_F(GeneratorTest, AFolderWithSomethingInItIsLeftAlone) {
  ASSERT_THAT(WriteFile(temporary_.path() + "/notes.txt", "mine"), IsOk());
  EXPECT_THAT(Generate(Small(), temporary_.path()),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr(temporary_.path())));
  EXPECT_THAT(Contents(temporary_.path()), SizeIs(1));
}

TEST_F(GeneratorTest, OptionsOutOfRangeAreNamed) {
  GeneratorOptions options = Small();
  options.size = 63;
  EXPECT_THAT(Generate(options, temporary_.path() + "/a"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("63 px")));
  options = Small();
  options.test_good = 0;
  EXPECT_THAT(Generate(options, temporary_.path() + "/a"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("0 pictures")));
}

TEST_F(GeneratorTest, ProgressIsToldPictureByPicture) {
  std::vector<int> seen;
  int total = 0;
  ThreadPool pool(2);
  ASSERT_THAT(GeneratePictures(Small(), temporary_.path() + "/a", &pool,
                               [&](int done, int of) {
                                 seen.push_back(done);
                                 total = of;
                               }),
              IsOk());
  EXPECT_EQ(total, static_cast<int>(3 + 2 + DefectKinds().size()));
  ASSERT_THAT(seen, SizeIs(total));
  for (int i = 0; i < total; ++i) EXPECT_EQ(seen[i], i + 1);
}

}  // namespace
}  // namespace mlfsc::client
