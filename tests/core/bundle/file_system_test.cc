#include "core/bundle/file_system.h"

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsNull;
using ::testing::NotNull;
using ::testing::SizeIs;

// Beside a build a turn may take long.
constexpr absl::Duration kLong = absl::Minutes(2);

class FileSystemTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }

  const testing::TemporaryFolder folder_;
  FileSystem* const files_ = FileSystem::Real();
};

TEST_F(FileSystemTest, WhatIsWrittenIsRead) {
  const std::string bytes(3'000'000, 'x');
  ASSERT_THAT(files_->WriteFile(Path("file"), bytes), IsOk());
  EXPECT_EQ(*files_->ReadFile(Path("file"), bytes.size()), bytes);
}

TEST_F(FileSystemTest, AFileIsNeverOverwritten) {
  ASSERT_THAT(files_->WriteFile(Path("file"), "old"), IsOk());
  EXPECT_THAT(files_->WriteFile(Path("file"), "new"),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr(Path("file"))));
  EXPECT_EQ(*files_->ReadFile(Path("file"), 3), "old");
}

TEST_F(FileSystemTest, AFileBeyondTheLimitIsNotRead) {
  ASSERT_THAT(files_->WriteFile(Path("file"), "12345"), IsOk());
  EXPECT_THAT(files_->ReadFile(Path("file"), 4),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("more than 4 bytes")));
}

TEST_F(FileSystemTest, PipesFoldersAndLinksAreNotRead) {
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  ASSERT_THAT(files_->CreateFolder(Path("folder")), IsOk());
  ASSERT_THAT(files_->WriteFile(Path("file"), "x"), IsOk());
  std::filesystem::create_symlink(Path("file"), Path("link"));
  for (const char* name : {"pipe", "folder", "link"}) {
    EXPECT_THAT(files_->ReadFile(Path(name), 10),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(Path(name))));
  }
}

TEST_F(FileSystemTest, ALinkToAFolderIsNoFolder) {
  ASSERT_THAT(files_->CreateFolder(Path("folder")), IsOk());
  std::filesystem::create_symlink(Path("folder"), Path("link"));
  EXPECT_TRUE(*files_->IsFolder(Path("folder")));
  EXPECT_FALSE(*files_->IsFolder(Path("link")));
  EXPECT_FALSE(*files_->IsFolder(Path("nothing")));
  const auto entries = files_->List(folder_.path());
  ASSERT_THAT(entries, IsOk());
  ASSERT_THAT(*entries, SizeIs(2));
  EXPECT_TRUE((*entries)[0].is_folder);
  EXPECT_FALSE((*entries)[1].is_folder);
}

TEST_F(FileSystemTest, RemoveTreeRemovesLinksButNotWhatTheyPointAt) {
  ASSERT_THAT(files_->CreateFolder(Path("kept")), IsOk());
  ASSERT_THAT(files_->WriteFile(Path("kept/file"), "x"), IsOk());
  ASSERT_THAT(files_->CreateFolder(Path("tree")), IsOk());
  ASSERT_THAT(files_->CreateFolder(Path("tree/deeper")), IsOk());
  ASSERT_THAT(files_->WriteFile(Path("tree/deeper/file"), "x"), IsOk());
  std::filesystem::create_symlink(Path("kept"), Path("tree/link"));
  EXPECT_THAT(RemoveTree(files_, Path("tree")), IsOk());
  EXPECT_FALSE(*files_->IsFolder(Path("tree")));
  EXPECT_THAT(files_->ReadFile(Path("kept/file"), 1), IsOk());
  EXPECT_THAT(RemoveTree(files_, Path("tree")), IsOk()) << "removing nothing is fine";
}

TEST_F(FileSystemTest, ErrorsHaveTheCodeOfTheirCause) {
  EXPECT_THAT(ErrnoStatus(ENOSPC, "cannot write f"),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       AllOf(HasSubstr("cannot write f"), HasSubstr("No space left on device"))));
  EXPECT_EQ(ErrnoStatus(EDQUOT, "").code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrnoStatus(EFBIG, "").code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrnoStatus(EROFS, "").code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrnoStatus(EACCES, "").code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ErrnoStatus(EPERM, "").code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ErrnoStatus(ENOENT, "").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ErrnoStatus(ENOTDIR, "").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ErrnoStatus(EEXIST, "").code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ErrnoStatus(EIO, "").code(), absl::StatusCode::kInternal);
}

TEST_F(FileSystemTest, ALockHasOneHolder) {
  auto first = files_->Lock(Path("lock"), kLong);
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(*files_->Lock(Path("lock"), absl::ZeroDuration()), IsNull());
  first->reset();
  EXPECT_THAT(*files_->Lock(Path("lock"), absl::ZeroDuration()), NotNull());
}

TEST_F(FileSystemTest, ALockIsOnTheFileThatHasTheNameNow) {
  auto first = files_->Lock(Path("lock"), kLong);
  ASSERT_THAT(first, IsOk());
  std::atomic<bool> second_has_it{false};
  std::thread second([&] {
    const auto lock = files_->Lock(Path("lock"), kLong);
    second_has_it = lock.ok();
    EXPECT_THAT(*files_->Lock(Path("lock"), absl::ZeroDuration()), IsNull());
  });
  EXPECT_FALSE(second_has_it);
  ASSERT_THAT(files_->RemoveFile(Path("lock")), IsOk());
  first->reset();
  second.join();
  EXPECT_TRUE(second_has_it);
}

TEST_F(FileSystemTest, WhoHoldsALockIsNamedWhenItIsNotToBeHad) {
  const auto first = files_->Lock(Path("lock"), kLong);
  ASSERT_THAT(first, IsOk());
  const absl::Status second = files_->Lock(Path("lock"), absl::Milliseconds(50)).status();
  EXPECT_THAT(second, StatusIs(absl::StatusCode::kUnavailable,
                               AllOf(HasSubstr(Path("lock")),
                                     HasSubstr(absl::StrCat("process ", getpid(), " on host ")),
                                     ContainsRegex("since 20[0-9-]+T[0-9:]+Z"))));
}

TEST_F(FileSystemTest, AHolderThatWritesNoLineIsNotTakenForTheOneBefore) {
  ASSERT_THAT(files_->Lock(Path("lock"), kLong), IsOk());
  const int file = open(Path("lock").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(file, 0);
  ASSERT_EQ(flock(file, LOCK_EX), 0);
  EXPECT_THAT(files_->Lock(Path("lock"), absl::Milliseconds(1)),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("left no name")));
  close(file);
}

TEST_F(FileSystemTest, ALockDiesWithItsOwner) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t owner = fork();
  ASSERT_GE(owner, 0);
  if (owner == 0) {
    const auto lock = files_->Lock(Path("lock"), kLong);
    if (write(ready[1], "x", 1) != 1) _exit(1);
    for (;;) pause();
  }
  char byte;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_THAT(*files_->Lock(Path("lock"), absl::ZeroDuration()), IsNull());
  ASSERT_EQ(kill(owner, SIGKILL), 0);
  EXPECT_THAT(files_->Lock(Path("lock"), kLong), IsOk());
  waitpid(owner, nullptr, 0);
  close(ready[0]);
  close(ready[1]);
}

}  // namespace
}  // namespace mlfsc
