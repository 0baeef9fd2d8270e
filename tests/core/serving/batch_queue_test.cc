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

BatchQueueOptions Options() {
  BatchQueueOptions options;
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

  void Open(const BatchQueueOptions& options) {
    queue_ = std::make_unique<Queue>(options, &clock_, [this](std::string item, const Drop& drop) {
      drops_.emplace_back(std::move(item), drop.reason);
    });
  }

  // Items are named after their sender: "a1".
  static Ticket<int> MakeTicket(const std::string& name, int key = 0) {
    Ticket<int> ticket;
    ticket.batch_key = key;
    ticket.sender = name.substr(0, 1);
    return ticket;
  }
  void Push(const std::string& name, int key = 0) { queue_->Push(MakeTicket(name, key), name); }
  void PushTraining(const std::string& name) {
    Ticket<int> ticket = MakeTicket(name);
    ticket.lane = Lane::kTrain;
    queue_->Push(ticket, name);
  }
  void PushWithDeadline(const std::string& name, absl::Duration left) {
    Ticket<int> ticket = MakeTicket(name);
    ticket.deadline = clock_.Now() + left;
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
  std::unique_ptr<Queue> queue_;
};

// Batches and their delay.

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

TEST_F(BatchQueueTest, AFullBatchGoesAtOnce) {
  for (const char* name : {"a1", "a2", "a3", "a4", "a5"}) Push(name);
  EXPECT_THAT(Names(queue_->Pop()), ElementsAre("a1", "a2", "a3", "a4"));
}

TEST_F(BatchQueueTest, TheLastItemOfABatchSetsItOff) {
  for (const char* name : {"a1", "a2", "a3"}) Push(name);
  Consumer consumer(queue_.get());
  clock_.AwaitWaits(1);
  Push("a4");
  EXPECT_THAT(consumer.Join(), ElementsAre("a1", "a2", "a3", "a4"));
}

TEST_F(BatchQueueTest, ABatchHoldsOneKey) {
  Push("a1", 1);
  Push("a2", 2);
  Push("b1", 1);
  clock_.Advance(absl::Milliseconds(10));
  EXPECT_THAT(Names(queue_->Pop()), ElementsAre("a1", "b1"));
  EXPECT_THAT(Names(queue_->Pop()), ElementsAre("a2"));
}

TEST_F(BatchQueueTest, AFullBatchNeedNotWaitForAnUnfilledOneBeforeIt) {
  Push("a1", 1);
  for (const char* name : {"b1", "b2", "b3", "b4"}) Push(name, 2);
  EXPECT_THAT(Names(queue_->Pop()), ElementsAre("b1", "b2", "b3", "b4"));
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

TEST_F(BatchQueueTest, ItemsKnowHowLongTheyWaited) {
  Push("a1");
  clock_.Advance(absl::Milliseconds(7));
  Push("b1");
  clock_.Advance(absl::Milliseconds(5));
  const std::optional<Queue::Batch> batch = queue_->Pop();
  ASSERT_EQ(batch->items.size(), 2u);
  EXPECT_EQ(batch->items[0].waited, absl::Milliseconds(12));
  EXPECT_EQ(batch->items[1].waited, absl::Milliseconds(5));
}

// Fairness.

TEST_F(BatchQueueTest, AFloodOfOneSenderDoesNotDelayAnother) {
  for (const char* name : {"a1", "a2", "a3", "a4", "a5", "a6", "a7", "b1"}) Push(name);
  EXPECT_THAT(Names(queue_->Pop()), ElementsAre("a1", "b1", "a2", "a3"));
}

TEST_F(BatchQueueTest, TurnsGoAcrossKeys) {
  for (const char* name : {"a1", "a2", "a3", "a4", "a5"}) Push(name, 1);
  Push("b1", 2);
  EXPECT_THAT(Names(queue_->TryPop()), ElementsAre("a1", "a2", "a3", "a4"));
  EXPECT_THAT(Names(queue_->TryPop()), ElementsAre("b1"));
}

TEST_F(BatchQueueTest, AFullQueueRefusesItsLargestSender) {
  for (int i = 0; i < 8; ++i) Push("a" + std::to_string(i));
  Push("a8");
  EXPECT_THAT(drops_, ElementsAre(Pair("a8", DropReason::kFull)));
  EXPECT_EQ(queue_->size(), 8);
}

TEST_F(BatchQueueTest, AFullQueueMakesRoomForASenderWithFewerItems) {
  for (int i = 0; i < 8; ++i) Push("a" + std::to_string(i));
  Push("b0");
  EXPECT_THAT(drops_, ElementsAre(Pair("a7", DropReason::kDisplaced)));
  EXPECT_EQ(queue_->size(), 8);
}

TEST_F(BatchQueueTest, SendersWithEqualSharesDoNotDisplaceEachOther) {
  for (int i = 0; i < 4; ++i) Push("a" + std::to_string(i));
  for (int i = 0; i < 4; ++i) Push("b" + std::to_string(i));
  Push("a4");
  Push("b4");
  EXPECT_THAT(drops_, ElementsAre(Pair("a4", DropReason::kFull), Pair("b4", DropReason::kFull)));
}

// Dead items.

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

TEST_F(BatchQueueTest, AnItemWhoseDeadlineHasPassedLeavesWithoutBeingHandedOut) {
  PushWithDeadline("a1", absl::Milliseconds(5));
  Push("b1");
  clock_.Advance(absl::Milliseconds(5));
  EXPECT_THAT(Names(queue_->TryPop()), ElementsAre("b1"));
  EXPECT_THAT(drops_, ElementsAre(Pair("a1", DropReason::kExpired)));
}

TEST_F(BatchQueueTest, ADeadItemIsNotLetIn) {
  PushWithDeadline("a1", absl::ZeroDuration());
  auto cancellation = std::make_shared<Cancellation>();
  cancellation->Cancel();
  Ticket<int> ticket = MakeTicket("b1");
  ticket.cancellation = cancellation;
  queue_->Push(ticket, "b1");
  EXPECT_THAT(drops_, ElementsAre(Pair("a1", DropReason::kExpired), Pair("b1", DropReason::kCancelled)));
  EXPECT_EQ(queue_->size(), 0);
}

TEST_F(BatchQueueTest, DeadItemsMakeRoomInAFullQueue) {
  for (int i = 0; i < 8; ++i) PushWithDeadline("a" + std::to_string(i), absl::Milliseconds(i < 2 ? 1 : 100));
  clock_.Advance(absl::Milliseconds(1));
  Push("a8");
  EXPECT_THAT(drops_, ElementsAre(Pair("a0", DropReason::kExpired), Pair("a1", DropReason::kExpired)));
  EXPECT_EQ(queue_->size(), 7);
}

// Expected waits.

TEST_F(BatchQueueTest, WhatCannotMeetItsDeadlineIsRefusedOnEntry) {
  Measure(absl::Milliseconds(100));
  Push("a1");
  Push("a2");
  // Two before it and its own: 300 ms.
  PushWithDeadline("a3", absl::Milliseconds(299));
  PushWithDeadline("a4", absl::Milliseconds(300));
  EXPECT_THAT(drops_, ElementsAre(Pair("a3", DropReason::kTooLate)));
  EXPECT_EQ(queue_->size(), 3);
}

TEST_F(BatchQueueTest, WhatRunsCountsForWhatIsLeftOfIt) {
  Measure(absl::Milliseconds(100));
  Push("a1");
  const std::optional<Queue::Batch> running = queue_->TryPop();
  clock_.Advance(absl::Milliseconds(60));
  PushWithDeadline("a2", absl::Milliseconds(139));
  PushWithDeadline("a3", absl::Milliseconds(140));
  EXPECT_THAT(drops_, ElementsAre(Pair("a2", DropReason::kTooLate)));
}

TEST_F(BatchQueueTest, AnItemDoesNotWaitForItemsThatHaveTheirTurnAfterIt) {
  Measure(absl::Milliseconds(100));
  for (int i = 0; i < 6; ++i) Push("a" + std::to_string(i));
  // One of a's items, then b's.
  PushWithDeadline("b0", absl::Milliseconds(200));
  EXPECT_THAT(drops_, IsEmpty());
}

TEST_F(BatchQueueTest, WithNothingBeforeItAnItemIsAlwaysLetIn) {
  Measure(absl::Seconds(100));
  PushWithDeadline("a1", absl::Milliseconds(1));
  EXPECT_THAT(drops_, IsEmpty());
}

TEST_F(BatchQueueTest, NothingIsRefusedForItsDeadlineBeforeAnythingWasMeasured) {
  for (int i = 0; i < 7; ++i) Push("a" + std::to_string(i));
  PushWithDeadline("a7", absl::Nanoseconds(1));
  EXPECT_THAT(drops_, IsEmpty());
}

TEST_F(BatchQueueTest, ConsumersShareTheWait) {
  BatchQueueOptions options = Options();
  options.consumers = 2;
  Open(options);
  Measure(absl::Milliseconds(100));
  Push("a1");
  Push("a2");
  PushWithDeadline("a3", absl::Milliseconds(200));
  EXPECT_THAT(drops_, IsEmpty());
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

// Trainings.

TEST_F(BatchQueueTest, ATrainingItemRidesAloneWhenNothingElseWaits) {
  PushTraining("t1");
  PushTraining("t2");
  const std::optional<Queue::Batch> batch = queue_->Pop();
  EXPECT_THAT(Names(batch), ElementsAre("t1"));
  EXPECT_EQ(batch->lane, Lane::kTrain);
}

TEST_F(BatchQueueTest, ScoresGoBeforeTrainings) {
  PushTraining("t1");
  Push("a1");
  EXPECT_THAT(Names(queue_->TryPop()), ElementsAre("a1"));
  EXPECT_THAT(Names(queue_->TryPop()), ElementsAre("t1"));
}

TEST_F(BatchQueueTest, OneBatchInTheFloorIsATrainingsWhileScoresWait) {
  PushTraining("t1");
  PushTraining("t2");
  std::vector<Lane> order;
  for (int i = 0; i < 8; ++i) {
    while (queue_->size() < 5) Push("a");
    const std::optional<Queue::Batch> batch = queue_->TryPop();
    order.push_back(batch->lane);
    queue_->Finished(*batch);
  }
  constexpr Lane s = Lane::kScore;
  constexpr Lane t = Lane::kTrain;
  EXPECT_THAT(order, ElementsAre(s, s, s, t, s, s, s, t));
}

TEST_F(BatchQueueTest, BatchesBeforeATrainingCameDoNotCountForTheFloor) {
  for (int i = 0; i < 10; ++i) {
    Push("a1");
    queue_->TryPop();
  }
  PushTraining("t1");
  Push("a2");
  EXPECT_THAT(Names(queue_->TryPop()), ElementsAre("a2"));
}

TEST_F(BatchQueueTest, AnInterruptingConsumerGetsScoresOnly) {
  PushTraining("t1");
  EXPECT_EQ(queue_->TryPopScores(), std::nullopt);
  Push("a1");
  EXPECT_THAT(Names(queue_->TryPopScores()), ElementsAre("a1"));
}

TEST_F(BatchQueueTest, ATrainingItemIsInterruptedUpToTheFloor) {
  PushTraining("t1");
  const std::optional<Queue::Batch> training = queue_->TryPop();
  int interruptions = 0;
  Push("a");
  while (const std::optional<Queue::Batch> batch = queue_->TryPopScores()) {
    queue_->Finished(*batch);
    ++interruptions;
    Push("a");
  }
  EXPECT_EQ(interruptions, 3);
  queue_->Finished(*training);
  // Its turn is over, and the next one's is far.
  PushTraining("t2");
  EXPECT_THAT(Names(queue_->TryPop()), ElementsAre("a"));
}

TEST_F(BatchQueueTest, ATrainingItemThatTheFloorLetInIsNotInterrupted) {
  PushTraining("t1");
  for (int i = 0; i < 3; ++i) {
    Push("a");
    queue_->TryPop();
  }
  Push("a");
  EXPECT_THAT(Names(queue_->TryPop()), ElementsAre("t1"));
  EXPECT_EQ(queue_->TryPopScores(), std::nullopt);
}

TEST_F(BatchQueueTest, TrainingsTakeNoPlacesFromScores) {
  for (int i = 0; i < 100; ++i) PushTraining("t");
  for (int i = 0; i < 8; ++i) Push("a" + std::to_string(i));
  EXPECT_THAT(drops_, IsEmpty());
}

TEST_F(BatchQueueTest, ACancelledTrainingLeavesWithoutBeingHandedOut) {
  auto cancellation = std::make_shared<Cancellation>();
  Ticket<int> ticket = MakeTicket("t1");
  ticket.lane = Lane::kTrain;
  ticket.cancellation = cancellation;
  queue_->Push(ticket, "t1");
  cancellation->Cancel();
  EXPECT_EQ(queue_->TryPop(), std::nullopt);
  EXPECT_THAT(drops_, ElementsAre(Pair("t1", DropReason::kCancelled)));
}

// Waiting for room.

TEST_F(BatchQueueTest, AProducerThatWaitsGetsTheNextPlace) {
  BatchQueueOptions options = Options();
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
