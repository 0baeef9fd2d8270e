#include "core/serving/batch_queue.h"

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/fake_clock.h"

namespace mlfsc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using Queue = BatchQueue<std::string, int>;
using Drops = std::vector<std::pair<std::string, DropReason>>;

BatchingOptions Options() {
  BatchingOptions options;
  options.max_batch = 4;
  options.max_delay = absl::Milliseconds(10);
  options.capacity = 8;
  options.training_floor = 4;
  return options;
}

std::vector<std::string> Names(const std::optional<Queue::Batch>& batch) {
  std::vector<std::string> names;
  if (!batch.has_value()) return names;
  for (const Queue::Taken& taken : batch->items) names.push_back(taken.item);
  return names;
}

// Tells how often it was asked for the time.
class AskedClock : public testing::FakeClock {
 public:
  absl::Time Now() override {
    {
      MutexLock lock(&mutex_);
      ++asked_;
      mutex_.SignalAll();
    }
    return FakeClock::Now();
  }

  int asked() const {
    MutexLock lock(&mutex_);
    return asked_;
  }
  void AwaitAsked(int count) {
    MutexLock lock(&mutex_);
    mutex_.Await([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return asked_ >= count; });
  }

 private:
  mutable Mutex mutex_;
  int asked_ ABSL_GUARDED_BY(mutex_) = 0;
};

// A consumer on a thread of its own.
class Consumer {
 public:
  explicit Consumer(Queue* queue) : thread_([this, queue] { names_ = Names(queue->Pop()); }) {}

  // What its one Pop returned.
  std::vector<std::string> Join() {
    thread_.join();
    return names_;
  }

 private:
  std::vector<std::string> names_;
  std::thread thread_;
};

class BatchQueueTest : public ::testing::Test {
 protected:
  BatchQueueTest() { Open(Options()); }

  void Open(const BatchingOptions& options) {
    queue_ = std::make_unique<Queue>(
        options, &clock_,
        [this](std::string item, const Drop& drop) { drops_.emplace_back(std::move(item), drop.reason); },
        [this](int depth) { depths_.push_back(depth); });
  }

  // Items are named after their sender: "a1".
  static Ticket<int> MakeTicket(const std::string& name) {
    Ticket<int> ticket;
    ticket.sender = name.substr(0, 1);
    return ticket;
  }
  void Push(const std::string& name) { queue_->Push(MakeTicket(name), name); }
  void PushTraining(const std::string& name) {
    Ticket<int> ticket = MakeTicket(name);
    ticket.lane = Lane::kTrain;
    queue_->Push(ticket, name);
  }

  // Hands a batch of one out that takes `duration`.
  void Measure(absl::Duration duration) {
    Push("m1");
    const std::optional<Queue::Batch> batch = queue_->TryPop();
    clock_.Advance(duration);
    queue_->Finished(*batch);
  }

  AskedClock clock_;
  Drops drops_;
  std::vector<int> depths_;
  std::unique_ptr<Queue> queue_;
};

TEST_F(BatchQueueTest, AnIdleConsumerTakesALoneItemAtOnce) {
  Consumer consumer(queue_.get());
  clock_.AwaitWaits(1);
  Push("a1");
  EXPECT_THAT(consumer.Join(), ElementsAre("a1"));
}

TEST_F(BatchQueueTest, ItemsThatCameBehindABusyConsumerWaitForMore) {
  Push("a1");
  Consumer consumer(queue_.get());
  clock_.AwaitWaits(1);
  clock_.Advance(absl::Milliseconds(9));
  // It has looked again, and waits on.
  clock_.AwaitWaits(2);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(consumer.Join(), ElementsAre("a1"));
}

TEST_F(BatchQueueTest, LaterItemsDoNotExtendTheWait) {
  Push("a1");
  Consumer consumer(queue_.get());
  clock_.AwaitWaits(1);
  clock_.Advance(absl::Milliseconds(9));
  Push("a2");
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(consumer.Join(), ElementsAre("a1", "a2"));
}

TEST_F(BatchQueueTest, TheWaitCountsFromArrivalNotFromTheConsumersReturn) {
  Push("a1");
  clock_.Advance(absl::Milliseconds(10));
  EXPECT_THAT(Names(queue_->Pop()), ElementsAre("a1"));
}

TEST_F(BatchQueueTest, TheLastItemOfABatchSetsItOff) {
  for (const char* name : {"a1", "a2", "a3"}) Push(name);
  Consumer consumer(queue_.get());
  clock_.AwaitWaits(1);
  Push("a4");
  EXPECT_THAT(consumer.Join(), ElementsAre("a1", "a2", "a3", "a4"));
}

TEST_F(BatchQueueTest, AClosedQueueHandsOutWhatWaitsWithoutDelay) {
  Push("a1");
  queue_->Close();
  EXPECT_THAT(Names(queue_->Pop()), ElementsAre("a1"));
  EXPECT_EQ(queue_->Pop(), std::nullopt);
}

TEST_F(BatchQueueTest, ClosingWakesAnIdleConsumer) {
  Consumer consumer(queue_.get());
  clock_.AwaitWaits(1);
  queue_->Close();
  EXPECT_THAT(consumer.Join(), IsEmpty());
}

TEST_F(BatchQueueTest, AClosedQueueLetsNothingIn) {
  queue_->Close();
  Push("a1");
  EXPECT_THAT(drops_, ElementsAre(Pair("a1", DropReason::kClosed)));
}

TEST_F(BatchQueueTest, ACancelledItemLeavesWithoutBeingHandedOut) {
  auto cancellation = std::make_shared<Cancellation>();
  Ticket<int> ticket = MakeTicket("a1");
  ticket.cancellation = cancellation;
  queue_->Push(ticket, "a1");
  Push("b1");
  cancellation->Cancel();
  EXPECT_THAT(Names(queue_->TryPop()), ElementsAre("b1"));
  EXPECT_THAT(drops_, ElementsAre(Pair("a1", DropReason::kCancelled)));
}

TEST_F(BatchQueueTest, ARefusalTellsTheExpectedWait) {
  Measure(absl::Milliseconds(100));
  for (int i = 0; i < 8; ++i) Push("a" + std::to_string(i));
  const std::optional<Drop> drop = queue_->WouldDrop(MakeTicket("a8"));
  ASSERT_TRUE(drop.has_value());
  EXPECT_EQ(drop->reason, DropReason::kFull);
  EXPECT_EQ(drop->expected_wait, absl::Milliseconds(800));
  EXPECT_EQ(queue_->WouldDrop(MakeTicket("b0")), std::nullopt);
}

TEST_F(BatchQueueTest, AnInterruptingConsumerGetsScoresOnly) {
  PushTraining("t1");
  EXPECT_EQ(queue_->TryPopScores(), std::nullopt);
  Push("a1");
  EXPECT_THAT(Names(queue_->TryPopScores()), ElementsAre("a1"));
}

TEST_F(BatchQueueTest, TheDepthIsToldWheneverItHasChanged) {
  Push("a1");
  Push("a2");
  PushTraining("t1");
  queue_->TryPop();
  auto cancellation = std::make_shared<Cancellation>();
  Ticket<int> ticket = MakeTicket("a3");
  ticket.cancellation = cancellation;
  queue_->Push(ticket, "a3");
  cancellation->Cancel();
  Push("a4");
  EXPECT_EQ(queue_->TryPopScores()->items.size(), 1u);
  EXPECT_THAT(depths_, ElementsAre(1, 2, 0, 1, 2, 0));
}

// Waiting for room.

TEST_F(BatchQueueTest, AProducerThatWaitsGetsTheNextPlace) {
  BatchingOptions options = Options();
  options.max_delay = absl::ZeroDuration();
  Open(options);
  for (int i = 0; i < 8; ++i) Push("a" + std::to_string(i));
  std::thread producer([this] { queue_->PushWhenThereIsRoom(MakeTicket("a8"), "a8"); });
  std::vector<std::string> names;
  while (names.size() < 9) {
    for (const std::string& name : Names(queue_->Pop())) names.push_back(name);
  }
  producer.join();
  EXPECT_EQ(names.back(), "a8");
  EXPECT_THAT(drops_, IsEmpty());
}

// Else a stage whose queue has died as a whole would hold the one before it for ever.
TEST_F(BatchQueueTest, AProducerThatWaitsGetsThePlaceOfAnItemThatDied) {
  auto cancellation = std::make_shared<Cancellation>();
  Ticket<int> ticket = MakeTicket("a1");
  ticket.cancellation = cancellation;
  for (int i = 0; i < 8; ++i) queue_->Push(ticket, "a1");
  const int asked = clock_.asked();
  std::thread producer([this] { queue_->PushWhenThereIsRoom(MakeTicket("b1"), "b1"); });
  // It looks for dead items under the lock that it gives up only to wait.
  clock_.AwaitAsked(asked + 1);
  EXPECT_EQ(queue_->size(), 8);
  cancellation->Cancel();
  EXPECT_EQ(queue_->TryPop(), std::nullopt);
  producer.join();
  EXPECT_THAT(drops_, SizeIs(8));
  EXPECT_THAT(Names(queue_->TryPop()), ElementsAre("b1"));
}

TEST_F(BatchQueueTest, ClosingFreesAProducerThatWaits) {
  for (int i = 0; i < 8; ++i) Push("a" + std::to_string(i));
  std::thread producer([this] { queue_->PushWhenThereIsRoom(MakeTicket("a8"), "a8"); });
  queue_->Close();
  producer.join();
  EXPECT_THAT(drops_, ElementsAre(Pair("a8", DropReason::kClosed)));
}

}  // namespace
}  // namespace mlfsc
