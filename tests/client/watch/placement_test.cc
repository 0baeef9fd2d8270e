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
using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::TemporaryFolder;

class PlacementTest : public ::testing::Test {
 protected:
  PlacementTest() { std::ofstream(source_) << "picture"; }

  TemporaryFolder folder_;
  const std::string source_ = folder_.path() + "/a.png";
  const std::string sorted_ = folder_.path() + "/sorted";
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
  EXPECT_THAT(Place(PlacementKind::kMove, source_, target), IsOk());
  EXPECT_FALSE(fs::exists(source_));
  EXPECT_EQ(fs::file_size(target), 7u);
  EXPECT_THAT(Place(PlacementKind::kMove, source_, target), IsOk());
  EXPECT_EQ(fs::file_size(target), 7u);
}

TEST_F(PlacementTest, ALinkPointsToThePictureFromAnywhere) {
  const std::string target = sorted_ + "/NOK/a.png";
  EXPECT_THAT(Place(PlacementKind::kLink, source_, target), IsOk());
  EXPECT_THAT(Place(PlacementKind::kLink, source_, target), IsOk());
  EXPECT_TRUE(fs::read_symlink(target).is_absolute());
  EXPECT_EQ(fs::file_size(target), 7u);
  EXPECT_TRUE(fs::exists(source_));
}

TEST_F(PlacementTest, WhatStaysIsNotTouched) {
  EXPECT_THAT(Place(PlacementKind::kStay, source_, ""), IsOk());
  EXPECT_TRUE(fs::exists(source_));
}

TEST_F(PlacementTest, AFolderThatCannotBeMadeIsAnError) {
  EXPECT_FALSE(Place(PlacementKind::kMove, source_, source_ + "/OK/a.png").ok());
  EXPECT_TRUE(fs::exists(source_));
}

// /dev/shm is another file system than the temporary folder where it is one of memory.
TEST_F(PlacementTest, AcrossFileSystemsTheCopyIsWholeBeforeTheSourceGoes) {
  const std::string other = "/dev/shm/mlfsc-placement-" + std::to_string(getpid());
  const std::string target = other + "/OK/a.png";
  std::error_code error;
  if (!fs::create_directory(other, error)) GTEST_SKIP() << "no /dev/shm to write to";
  EXPECT_THAT(Place(PlacementKind::kMove, source_, target), IsOk());
  EXPECT_FALSE(fs::exists(source_));
  EXPECT_EQ(fs::file_size(target), 7u);
  EXPECT_FALSE(fs::exists(other + "/OK/.a.png"));
  fs::remove_all(other);
}

}  // namespace
}  // namespace mlfsc::client
