#include "core/serving/store_watcher.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/bundles.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/recording_catalog_observer.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::RandomBundle;
using testing::SmallOptions;

class StoreWatcherTest : public ::testing::Test {
 protected:
  StoreWatcherTest() : store_(*BundleStore::Open(path())), other_(*BundleStore::Open(path())) {}

  std::string path() const { return folder_.path() + "/store"; }
  void Publish(const std::string& category) {
    EXPECT_THAT(other_->Publish(category, RandomBundle(SmallOptions(), 1), true), IsOk());
  }
  void Watch() {
    StoreWatcherOptions options;
    options.poll = absl::Seconds(2);
    options.threads = 2;
    watcher_ = std::make_unique<StoreWatcher>(options, &catalog_, &observer_, &clock_);
    ASSERT_THAT(watcher_->Start(), IsOk());
  }
  // The time of one look at the store.
  void Poll() {
    clock_.AwaitWaiters(1);
    clock_.Advance(absl::Seconds(2));
  }

  const testing::TemporaryFolder folder_;
  testing::FakeClock clock_;
  testing::RecordingCatalogObserver observer_;
  const std::unique_ptr<BundleStore> store_;
  // Another server's.
  const std::unique_ptr<BundleStore> other_;
  Catalog catalog_{store_.get(), std::string(64, 'b'), &clock_};
  std::unique_ptr<StoreWatcher> watcher_;
};

TEST_F(StoreWatcherTest, EveryCategoryIsToldOfWhenItHasStarted) {
  for (const char* category : {"a", "b", "c"}) Publish(category);
  fs::remove(path() + "/b/1/bundle.safetensors");
  Watch();
  EXPECT_EQ(observer_.Of("a").version, 1);
  EXPECT_EQ(observer_.Of("b").version, 0);
  EXPECT_THAT(std::string(observer_.Of("b").status.message()), HasSubstr("bundle.safetensors is missing"));
  EXPECT_EQ(observer_.Of("c").version, 1);
}

TEST_F(StoreWatcherTest, WhatIsInTheArraysIsFoundInTheBackground) {
  Publish("a");
  Publish("b");
  {
    std::fstream file(path() + "/b/1/bundle.safetensors", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-4, std::ios::end);
    file << "oops";
  }
  Watch();
  observer_.AwaitVersion("b", 0);
  EXPECT_THAT(std::string(observer_.Of("b").status.message()), HasSubstr("checksum"));
  EXPECT_EQ(observer_.Of("a").version, 1);
}

TEST_F(StoreWatcherTest, WhatAnotherServerPublishesAnswersWithTheNextLook) {
  Publish("a");
  Watch();
  Publish("a");
  Publish("new");
  EXPECT_EQ((*catalog_.Acquire("a", 0))->version(), 1);
  Poll();
  observer_.AwaitVersion("new", 1);
  EXPECT_EQ(observer_.Of("a").version, 2);
  EXPECT_EQ((*catalog_.Acquire("a", 0))->version(), 2);
}

TEST_F(StoreWatcherTest, AStoreThatCannotBeListedChangesNothing) {
  Publish("a");
  Watch();
  ASSERT_THAT(catalog_.Acquire("a", 0), IsOk());
  fs::rename(path(), path() + "-away");
  Poll();
  EXPECT_THAT(observer_.AwaitStore(1), ElementsAre(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(catalog_.Acquire("a", 0), IsOk());
  fs::rename(path() + "-away", path());
  Poll();
  EXPECT_THAT(observer_.AwaitStore(2),
              ElementsAre(absl::StatusCode::kFailedPrecondition, absl::StatusCode::kOk));
}

TEST_F(StoreWatcherTest, AfterItsEndNobodyIsTold) {
  Publish("a");
  Watch();
  watcher_.reset();
  const int calls = observer_.calls();
  ASSERT_THAT(catalog_.Publish("a", RandomBundle(SmallOptions(), 1), true), IsOk());
  EXPECT_EQ(observer_.calls(), calls);
}

}  // namespace
}  // namespace mlfsc
