#include "client/evaluation/sorted_runs.h"

#include <algorithm>
#include <map>
#include <random>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::Pair;

std::unique_ptr<SortedRuns> MakeRuns() {
  absl::StatusOr<std::unique_ptr<SortedRuns>> runs = SortedRuns::Create();
  EXPECT_THAT(runs, IsOk());
  return *std::move(runs);
}

TEST(SortedRunsTest, NothingAddedIsNothingVisited) {
  const std::unique_ptr<SortedRuns> runs = MakeRuns();
  ASSERT_THAT(runs->Add(0, {}), IsOk());
  EXPECT_THAT(runs->Merge([](float, int, int64_t) { FAIL(); }), IsOk());
}

TEST(SortedRunsTest, EqualNumbersOfOneAddAreOneVisit) {
  const std::unique_ptr<SortedRuns> runs = MakeRuns();
  ASSERT_THAT(runs->Add(3, {2, 1, 2, 2}), IsOk());
  std::vector<std::pair<float, int64_t>> visited;
  ASSERT_THAT(runs->Merge([&](float value, int tag, int64_t count) {
    EXPECT_EQ(tag, 3);
    visited.emplace_back(value, count);
  }),
              IsOk());
  EXPECT_THAT(visited, ElementsAre(Pair(1, 1), Pair(2, 3)));
}

TEST(SortedRunsTest, AllNumbersComeInAscendingOrderWithTheirTags) {
  const std::unique_ptr<SortedRuns> runs = MakeRuns();
  std::mt19937 random(5);
  // Longer than any buffer, so that runs are read in pieces.
  std::uniform_int_distribution<int> value(-50000, 50000);
  std::map<std::pair<float, int>, int64_t> added;
  for (int run = 0; run < 7; ++run) {
    std::vector<float> values(1 + 30000 * run);
    for (float& v : values) {
      v = value(random) / 16.0f;
      ++added[{v, run % 3}];
    }
    ASSERT_THAT(runs->Add(run % 3, values), IsOk());
  }
  std::map<std::pair<float, int>, int64_t> visited;
  float last = -1e9f;
  ASSERT_THAT(runs->Merge([&](float v, int tag, int64_t count) {
    EXPECT_GE(v, last);
    last = v;
    visited[{v, tag}] += count;
  }),
              IsOk());
  EXPECT_EQ(visited, added);
}

TEST(SortedRunsTest, MoreRunsThanCanBeReadSideBySideAreCombinedFirst) {
  // Room for three.
  const absl::StatusOr<std::unique_ptr<SortedRuns>> runs = SortedRuns::Create(3 * (4096 + 1024));
  ASSERT_THAT(runs, IsOk());
  std::mt19937 random(7);
  std::uniform_int_distribution<int> value(-300, 300);
  std::map<std::pair<float, int>, int64_t> added;
  for (int run = 0; run < 40; ++run) {
    // Some longer than what is read and written at once.
    std::vector<float> values(run % 10 == 0 ? 70000 : run);
    for (float& v : values) {
      v = static_cast<float>(value(random));
      ++added[{v, run % 2}];
    }
    ASSERT_THAT((*runs)->Add(run % 2, values), IsOk());
  }
  std::map<std::pair<float, int>, int64_t> visited;
  float last = -1e9f;
  ASSERT_THAT((*runs)->Merge([&](float v, int tag, int64_t count) {
    EXPECT_GE(v, last);
    last = v;
    visited[{v, tag}] += count;
  }),
              IsOk());
  EXPECT_EQ(visited, added);
}

TEST(SortedRunsTest, SeveralThreadsMayAdd) {
  const std::unique_ptr<SortedRuns> runs = MakeRuns();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&runs, t] {
      for (int i = 0; i < 50; ++i) EXPECT_THAT(runs->Add(t, std::vector<float>(100, i)), IsOk());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<int64_t> counts(4, 0);
  ASSERT_THAT(runs->Merge([&](float, int tag, int64_t count) { counts[tag] += count; }), IsOk());
  EXPECT_THAT(counts, ::testing::Each(5000));
}

TEST(SortedRunsTest, AFolderThatIsNotThereIsAnError) {
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  setenv("TMPDIR", "/nonexistent", 1);
  EXPECT_FALSE(SortedRuns::Create().ok());
  if (before == nullptr) {
    unsetenv("TMPDIR");
  } else {
    setenv("TMPDIR", kept.c_str(), 1);
  }
}

}  // namespace
}  // namespace mlfsc::client
