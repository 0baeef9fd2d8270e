#include "server/store_threads.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/collected.h"

namespace mlfsc {
namespace {

using ::testing::ElementsAre;

TEST(StoreThreadsTest, ACategoryThatHangsHoldsUpItsOwnTasksAndNoOthers) {
  testing::Collected<std::string> stuck;
  testing::Collected<std::string> others;
  Mutex mutex;
  bool free = false;
  StoreThreads threads;
  threads.Schedule("stuck", [&] {
    MutexLock lock(&mutex);
    mutex.Await([&] { return free; });
    stuck.Add("first");
  });
  // More than there are threads.
  for (int i = 0; i < 2 * StoreThreads::kThreads; ++i) threads.Schedule("stuck", [&] { stuck.Add("next"); });
  threads.Schedule("other", [&] { others.Add("other"); });
  threads.Schedule("", [&] { others.Add("none"); });
  others.Await(2);
  {
    MutexLock lock(&mutex);
    EXPECT_FALSE(free);
    free = true;
    mutex.SignalAll();
  }
  EXPECT_EQ(stuck.Await(1 + 2 * StoreThreads::kThreads)[0], "first");
}

TEST(StoreThreadsTest, ACategorysTasksRunInOrder) {
  testing::Collected<int> done;
  StoreThreads threads;
  for (int i = 0; i < 3; ++i) threads.Schedule("tile", [&done, i] { done.Add(i); });
  EXPECT_THAT(done.Await(3), ElementsAre(0, 1, 2));
}

}  // namespace
}  // namespace mlfsc
