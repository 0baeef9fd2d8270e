#include "client/watch/placement.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc::client {
namespace {

namespace fs = std::filesystem;
using ::mlfsc::testing::StatusIs;
using ::mlfsc::testing::TemporaryFolder;

class PlacementTest : public ::testing::Test {
 protected:
  PlacementTest() {
    std::ofstream(source_) << "picture";
    file_ = *LookAt(folder_.path(), "a.png");
  }

  absl::StatusOr<bool> Place(PlacementKind kind, const std::string& target) {
    return client::Place(kind, folder_.path(), file_, target);
  }

  TemporaryFolder folder_;
  const std::string source_ = folder_.path() + "/a.png";
  const std::string sorted_ = folder_.path() + "/sorted";
  PictureFile file_;
};

TEST_F(PlacementTest, ATargetIsAPlaceThatNothingIsAt) {
  const Placement placement{PlacementKind::kMove, sorted_};
  EXPECT_EQ(ChooseTarget(placement, "OK", "a.png"), sorted_ + "/OK/a.png");
  fs::create_directories(sorted_ + "/OK");
  std::ofstream(sorted_ + "/OK/a.png") << "older";
  // A link whose picture is gone is something too.
  fs::create_symlink("nowhere", sorted_ + "/OK/a-2.png");
  EXPECT_EQ(ChooseTarget(placement, "OK", "a.png"), sorted_ + "/OK/a-3.png");
  EXPECT_EQ(ChooseTarget(placement, "NOK", "a.png"), sorted_ + "/NOK/a.png");
  EXPECT_EQ(ChooseTarget(Placement(), "OK", "a.png"), "");
}

TEST_F(PlacementTest, MovingTwiceIsMovingOnce) {
  const std::string target = sorted_ + "/OK/a.png";
  EXPECT_TRUE(*Place(PlacementKind::kMove, target));
  EXPECT_FALSE(fs::exists(source_));
  EXPECT_EQ(fs::file_size(target), 7u);
  EXPECT_TRUE(*Place(PlacementKind::kMove, target));
  EXPECT_EQ(fs::file_size(target), 7u);
}

TEST_F(PlacementTest, ALinkPointsToThePictureFromAnywhere) {
  const std::string target = sorted_ + "/NOK/a.png";
  EXPECT_TRUE(*Place(PlacementKind::kLink, target));
  EXPECT_TRUE(*Place(PlacementKind::kLink, target));
  EXPECT_TRUE(fs::read_symlink(target).is_absolute());
  EXPECT_EQ(fs::file_size(target), 7u);
  EXPECT_TRUE(fs::exists(source_));
}

TEST_F(PlacementTest, NothingIsOverwritten) {
  const std::string target = sorted_ + "/OK/a.png";
  fs::create_directories(sorted_ + "/OK");
  std::ofstream(target) << "theirs";
  for (const PlacementKind kind : {PlacementKind::kMove, PlacementKind::kLink}) {
    EXPECT_THAT(Place(kind, target), StatusIs(absl::StatusCode::kAlreadyExists, ::testing::_));
  }
  EXPECT_EQ(fs::file_size(target), 6u);
  EXPECT_TRUE(fs::exists(source_));
}

TEST_F(PlacementTest, WhatCameInItsPlaceStays) {
  const std::string target = sorted_ + "/OK/a.png";
  std::ofstream(source_) << "another picture";
  EXPECT_FALSE(*Place(PlacementKind::kMove, target));
  EXPECT_FALSE(*Place(PlacementKind::kLink, target));
  EXPECT_EQ(fs::file_size(source_), 15u);
  EXPECT_FALSE(fs::exists(target));
}

TEST_F(PlacementTest, WhatWasMovedInItsPlaceIsPutBackUnderAFreeName) {
  const std::string target = sorted_ + "/OK/a.png";
  ASSERT_TRUE(*Place(PlacementKind::kMove, target));
  // As if its writer, who had it open, had gone on; and begun another one since.
  std::ofstream(target) << "another picture";
  std::ofstream(source_) << "a third one";
  EXPECT_FALSE(*Place(PlacementKind::kMove, target));
  EXPECT_FALSE(fs::exists(target));
  EXPECT_EQ(fs::file_size(source_), 11u);
  EXPECT_EQ(fs::file_size(folder_.path() + "/a-2.png"), 15u);
}

TEST_F(PlacementTest, WhatStaysIsNotTouched) {
  EXPECT_FALSE(*Place(PlacementKind::kStay, ""));
  EXPECT_TRUE(fs::exists(source_));
}

TEST_F(PlacementTest, AFolderThatCannotBeMadeIsAnError) {
  EXPECT_FALSE(Place(PlacementKind::kMove, source_ + "/OK/a.png").ok());
  EXPECT_TRUE(fs::exists(source_));
}

// /dev/shm is another file system than the temporary folder where it is one of memory.
TEST_F(PlacementTest, AcrossFileSystemsTheCopyIsWholeBeforeTheSourceGoes) {
  const std::string other = "/dev/shm/mlfsc-placement-" + std::to_string(getpid());
  const std::string target = other + "/OK/a.png";
  std::error_code error;
  if (!fs::create_directory(other, error)) GTEST_SKIP() << "no /dev/shm to write to";
  EXPECT_TRUE(*Place(PlacementKind::kMove, target));
  EXPECT_FALSE(fs::exists(source_));
  EXPECT_EQ(fs::file_size(target), 7u);
  EXPECT_EQ(LookAt(other + "/OK", "a.png")->time_ns, file_.time_ns);
  EXPECT_EQ(std::distance(fs::directory_iterator(other + "/OK"), fs::directory_iterator()), 1);
  // A crash before the source went away left both.
  std::ofstream(source_) << "picture";
  file_ = *LookAt(folder_.path(), "a.png");
  EXPECT_TRUE(*Place(PlacementKind::kMove, target));
  EXPECT_FALSE(fs::exists(source_));
  // Another one's file is left alone.
  std::ofstream(source_) << "another";
  file_ = *LookAt(folder_.path(), "a.png");
  EXPECT_THAT(Place(PlacementKind::kMove, target), StatusIs(absl::StatusCode::kAlreadyExists, ::testing::_));
  EXPECT_TRUE(fs::exists(source_));
  EXPECT_EQ(std::distance(fs::directory_iterator(other + "/OK"), fs::directory_iterator()), 1);
  fs::remove_all(other);
}

}  // namespace
}  // namespace mlfsc::client
