// What becomes of a store when a file operation fails, when its writer is killed, and when several write at
// once.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <memory>
#include <numeric>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/bundle/bundle_store.h"
#include "tests/core/bundle/faulty_file_system.h"
#include "tests/testing/bundles.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

namespace fs = std::filesystem;
using ::mlfsc::testing::FaultyFileSystem;
using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::RandomBundle;
using ::mlfsc::testing::SmallOptions;
using ::mlfsc::testing::StatusIs;
using ::mlfsc::testing::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Bundle& SmallBundle() {
  static const Bundle* const bundle = new Bundle(RandomBundle(SmallOptions(), 1));
  return *bundle;
}

std::unique_ptr<BundleStore> OpenStore(const std::string& path, FileSystem* files = FileSystem::Real()) {
  StoreOptions options;
  options.files = files;
  absl::StatusOr<std::unique_ptr<BundleStore>> store = BundleStore::Open(path, options);
  EXPECT_THAT(store, IsOk());
  return *std::move(store);
}

// What a reader finds of the category "bolt"; every version has been loaded whole.
struct State {
  std::vector<int64_t> versions;
  int64_t active = 0;

  bool operator==(const State& other) const { return versions == other.versions && active == other.active; }
};

void PrintTo(const State& state, std::ostream* out) {
  *out << "active " << state.active << " of";
  for (const int64_t version : state.versions) *out << " " << version;
}

State StateOf(const std::string& path) {
  StoreOptions options;
  options.read_only = true;
  const auto store = BundleStore::Open(path, options);
  EXPECT_THAT(store, IsOk());
  State state;
  const absl::StatusOr<CategoryListing> listing = (*store)->Get("bolt");
  if (absl::IsNotFound(listing.status())) return state;
  EXPECT_THAT(listing, IsOk());
  EXPECT_THAT(listing->status, IsOk());
  state.active = listing->active_version;
  for (const VersionListing& version : listing->versions) {
    state.versions.push_back(version.version);
    EXPECT_THAT((*store)->Load("bolt", version.version), IsOk());
  }
  return state;
}

// Names in the store that no reader has a use for, but for the numbering and the lock of a category.
std::vector<std::string> LeftoversIn(const std::string& path) {
  std::vector<std::string> leftovers;
  for (const fs::directory_entry& category : fs::directory_iterator(path)) {
    bool has_number = false;
    for (const fs::directory_entry& entry : fs::directory_iterator(category)) {
      const std::string name = entry.path().filename();
      if (name.rfind(".tmp", 0) == 0 || name == ".deleted") leftovers.push_back(entry.path());
      has_number = has_number || name == ".last_version";
    }
    if (!has_number) leftovers.push_back(category.path());
  }
  return leftovers;
}

int64_t HighestVersionIn(const std::string& path) {
  const auto versions = CategoryFolder(FileSystem::Real(), path, "bolt").Versions();
  EXPECT_THAT(versions, IsOk());
  return versions.ok() && !versions->empty() ? versions->back() : 0;
}

// A change of the category "bolt", from a state and to one.
struct Change {
  const char* name;
  std::function<void(BundleStore*)> prepare;
  std::function<absl::Status(BundleStore*)> make;
  State before;
  State after;
};

absl::Status Publish(BundleStore* store, bool activate) {
  return store->Publish("bolt", SmallBundle(), activate).status();
}

void PublishThree(BundleStore* store) {
  for (int i = 0; i < 3; ++i) ASSERT_THAT(Publish(store, /*activate=*/i == 1), IsOk());
}

class BundleStoreCrashTest : public ::testing::TestWithParam<Change> {
 protected:
  // A fresh store in the state before the change.
  std::unique_ptr<TemporaryFolder> Prepared() const {
    auto folder = std::make_unique<TemporaryFolder>();
    FaultyFileSystem files;
    GetParam().prepare(OpenStore(folder->path(), &files).get());
    return folder;
  }

  // How many file operations opening the store and the change take when none fails.
  int CountOperations() const {
    const auto folder = Prepared();
    FaultyFileSystem files;
    EXPECT_THAT(GetParam().make(OpenStore(folder->path(), &files).get()), IsOk());
    EXPECT_EQ(StateOf(folder->path()), GetParam().after);
    return files.changes();
  }

  // Versions and `active` are those before or after; a new version may be there and not active yet.
  static bool IsWhole(const State& state) {
    const State& before = GetParam().before;
    const State& after = GetParam().after;
    return state == before || state == after ||
           (state.versions == after.versions && state.active == before.active);
  }

  // What a writer finds that comes next: nothing to clean up, and a number that nobody has seen.
  static void ExpectFitToWrite(const std::string& path, int64_t highest_seen) {
    const State state = StateOf(path);
    FaultyFileSystem files;
    const auto store = OpenStore(path, &files);
    EXPECT_EQ(StateOf(path), state) << "opening changes nothing";
    EXPECT_THAT(LeftoversIn(path), IsEmpty());
    const absl::StatusOr<int64_t> next = store->Publish("bolt", SmallBundle(), /*activate=*/true);
    ASSERT_THAT(next, IsOk());
    EXPECT_GT(*next, highest_seen);
    EXPECT_EQ(StateOf(path).active, *next);
  }
};

TEST_P(BundleStoreCrashTest, OneFailedOperationLeavesTheStateBefore) {
  const int operations = CountOperations();
  for (int failing = 1; failing < operations; ++failing) {
    SCOPED_TRACE(failing);
    const auto folder = Prepared();
    int64_t highest_seen = 0;
    FaultyFileSystem files([&](int operation) {
      highest_seen = std::max(highest_seen, HighestVersionIn(folder->path()));
      return operation == failing ? ErrnoStatus(ENOSPC, "cannot write this") : absl::OkStatus();
    });
    const absl::Status status = GetParam().make(OpenStore(folder->path(), &files).get());
    if (status.ok()) {
      EXPECT_EQ(StateOf(folder->path()), GetParam().after) << "the change did not depend on it";
    } else {
      EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("cannot write this")));
      EXPECT_EQ(StateOf(folder->path()), GetParam().before);
    }
    EXPECT_THAT(LeftoversIn(folder->path()), IsEmpty());
    ExpectFitToWrite(folder->path(), highest_seen);
  }
}

TEST_P(BundleStoreCrashTest, AFileSystemThatGoesReadOnlyAtAnyOperationLeavesTheStateBeforeOrAfter) {
  const int operations = CountOperations();
  for (int failing = 1; failing < operations; ++failing) {
    SCOPED_TRACE(failing);
    const auto folder = Prepared();
    int64_t highest_seen = 0;
    FaultyFileSystem files([&](int operation) {
      highest_seen = std::max(highest_seen, HighestVersionIn(folder->path()));
      return operation >= failing ? ErrnoStatus(EROFS, "cannot write this") : absl::OkStatus();
    });
    const absl::Status status = GetParam().make(OpenStore(folder->path(), &files).get());
    const State state = StateOf(folder->path());
    if (status.ok()) {
      EXPECT_EQ(state, GetParam().after);
    } else {
      EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("cannot write this")));
      EXPECT_TRUE(IsWhole(state)) << ::testing::PrintToString(state);
    }
    ExpectFitToWrite(folder->path(), highest_seen);
  }
}

TEST_P(BundleStoreCrashTest, AWriterKilledAtAnyOperationLeavesTheStateBeforeOrAfter) {
  const int operations = CountOperations();
  for (int last = 0; last < operations; ++last) {
    SCOPED_TRACE(last);
    const auto folder = Prepared();
    // Another server on the same store, which stays.
    FaultyFileSystem other_files;
    const auto other = OpenStore(folder->path(), &other_files);
    const pid_t writer = fork();
    ASSERT_GE(writer, 0);
    if (writer == 0) {
      FaultyFileSystem files([&](int operation) {
        if (operation == last) kill(getpid(), SIGKILL);
        return absl::OkStatus();
      });
      GetParam().make(OpenStore(folder->path(), &files).get()).IgnoreError();
      _exit(1);
    }
    int ending = 0;
    ASSERT_EQ(waitpid(writer, &ending, 0), writer);
    ASSERT_TRUE(WIFSIGNALED(ending));
    const State state = StateOf(folder->path());
    EXPECT_TRUE(IsWhole(state)) << ::testing::PrintToString(state);

    const absl::StatusOr<int64_t> next = other->Publish("bolt", SmallBundle(), /*activate=*/true);
    ASSERT_THAT(next, IsOk());
    EXPECT_GT(*next, state.versions.empty() ? 0 : state.versions.back());
    EXPECT_THAT(LeftoversIn(folder->path()), IsEmpty());
    ExpectFitToWrite(folder->path(), *next);
  }
}

TEST_P(BundleStoreCrashTest, NamesAreGivenOnlyToWhatIsOnTheDisk) {
  const auto folder = Prepared();
  FaultyFileSystem files;
  ASSERT_THAT(GetParam().make(OpenStore(folder->path(), &files).get()), IsOk());
  EXPECT_THAT(files.renamed_unsynced(), IsEmpty());
  EXPECT_THAT(files.unsynced_folders(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Each, BundleStoreCrashTest,
    ::testing::Values(Change{"FirstVersion",
                             [](BundleStore*) {},
                             [](BundleStore* store) { return Publish(store, true); },
                             {{}, 0},
                             {{1}, 1}},
                      Change{"NextVersion",
                             PublishThree,
                             [](BundleStore* store) { return Publish(store, true); },
                             {{1, 2, 3}, 2},
                             {{1, 2, 3, 4}, 4}},
                      Change{"NextVersionUnused",
                             PublishThree,
                             [](BundleStore* store) { return Publish(store, false); },
                             {{1, 2, 3}, 2},
                             {{1, 2, 3, 4}, 2}},
                      Change{"FirstActivation",
                             [](BundleStore* store) { ASSERT_THAT(Publish(store, false), IsOk()); },
                             [](BundleStore* store) { return store->Activate("bolt", 1); },
                             {{1}, 0},
                             {{1}, 1}},
                      Change{"WayBack",
                             PublishThree,
                             [](BundleStore* store) { return store->Activate("bolt", 1); },
                             {{1, 2, 3}, 2},
                             {{1, 2, 3}, 1}},
                      Change{"Deletion",
                             PublishThree,
                             [](BundleStore* store) { return store->Delete("bolt", 3); },
                             {{1, 2, 3}, 2},
                             {{1, 2}, 2}},
                      Change{"DeletionOfTheCategory",
                             PublishThree,
                             [](BundleStore* store) { return store->DeleteCategory("bolt"); },
                             {{1, 2, 3}, 2},
                             {{}, 0}}),
    [](const ::testing::TestParamInfo<Change>& change) { return change.param.name; });

// Publishes `count` versions and makes each active.
void PublishMany(const std::string& path, int count) {
  const auto store = OpenStore(path);
  for (int i = 0; i < count; ++i) ASSERT_THAT(Publish(store.get(), /*activate=*/true), IsOk());
}

std::vector<int64_t> OneTo(int64_t last) {
  std::vector<int64_t> numbers(last);
  std::iota(numbers.begin(), numbers.end(), 1);
  return numbers;
}

TEST(BundleStoreTurnsTest, ThreadsThatPublishAtOnceLoseNothing) {
  const TemporaryFolder folder;
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) writers.emplace_back([&] { PublishMany(folder.path(), 5); });
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(StateOf(folder.path()), (State{OneTo(20), 20}));
}

TEST(BundleStoreTurnsTest, ProcessesThatPublishAtOnceLoseNothing) {
  const TemporaryFolder folder;
  std::vector<pid_t> writers;
  for (int i = 0; i < 3; ++i) {
    writers.push_back(fork());
    if (writers.back() == 0) {
      PublishMany(folder.path(), 5);
      _exit(::testing::Test::HasFailure() ? 1 : 0);
    }
  }
  for (const pid_t writer : writers) {
    int ending = 0;
    ASSERT_EQ(waitpid(writer, &ending, 0), writer);
    EXPECT_EQ(ending, 0);
  }
  EXPECT_EQ(StateOf(folder.path()), (State{OneTo(15), 15}));
}

TEST(BundleStoreTurnsTest, ReadersSeeWholeVersionsWhileOthersWriteAndDelete) {
  const TemporaryFolder folder;
  ASSERT_THAT(Publish(OpenStore(folder.path()).get(), true), IsOk());
  std::atomic<bool> done{false};
  std::thread writer([&] {
    const auto store = OpenStore(folder.path());
    for (int64_t version = 2; version < 40; ++version) {
      EXPECT_THAT(Publish(store.get(), true), IsOk());
      EXPECT_THAT(store->Delete("bolt", version - 1), IsOk());
    }
    done = true;
  });
  const auto store = OpenStore(folder.path());
  while (!done) {
    const absl::StatusOr<int64_t> active = store->ActiveVersion("bolt");
    ASSERT_THAT(active, IsOk());
    const absl::Status loaded = store->Load("bolt", *active).status();
    // It may have been deleted since; it is never there in part.
    EXPECT_TRUE(loaded.ok() || absl::IsNotFound(loaded)) << loaded;
    const auto listings = store->List();
    ASSERT_THAT(listings, IsOk());
    // Some version is there at every moment.
    ASSERT_EQ(listings->size(), 1U);
    for (const VersionListing& version : (*listings)[0].versions) EXPECT_THAT(version.manifest, IsOk());
  }
  writer.join();
}

}  // namespace
}  // namespace mlfsc
