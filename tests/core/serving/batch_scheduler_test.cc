#include "core/serving/batch_scheduler.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlfsc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using Scheduler = BatchScheduler<std::string, int>;
using Batch = Scheduler::Batch;

BatchingOptions Options() {
  BatchingOptions options;
  options.max_batch = 4;
  options.max_delay = absl::Milliseconds(10);
  options.capacity = 8;
  options.training_floor = 4;
  return options;
}

std::vector<std::string> Names(const std::optional<Batch>& batch) {
  std::vector<std::string> names;
  if (!batch.has_value()) return names;
  for (const Scheduler::Taken& taken : batch->items) names.push_back(taken.item);
  return names;
}

class BatchSchedulerTest : public ::testing::Test {
 protected:
  BatchSchedulerTest() { Open(Options()); }

  void Open(const BatchingOptions& options) { scheduler_.emplace(options); }

  // Items are named after their sender: "a1".
  static Ticket<int> MakeTicket(const std::string& name, int key = 0) {
    Ticket<int> ticket;
    ticket.batch_key = key;
    ticket.sender = name.substr(0, 1);
    return ticket;
  }
  void Enter(const std::string& name, const Ticket<int>& ticket) {
    scheduler_->Enter({name, ticket, now_}, &drops_);
  }
  void Enter(const std::string& name, int key = 0) { Enter(name, MakeTicket(name, key)); }
  void EnterTraining(const std::string& name) {
    Ticket<int> ticket = MakeTicket(name);
    ticket.lane = Lane::kTrain;
    Enter(name, ticket);
  }
  void EnterWithDeadline(const std::string& name, absl::Duration left) {
    Ticket<int> ticket = MakeTicket(name);
    ticket.deadline = now_ + left;
    Enter(name, ticket);
  }

  std::optional<Batch> TakeBusy() { return Take(/*idle=*/false); }
  std::optional<Batch> TakeIdle() { return Take(/*idle=*/true); }
  std::optional<Batch> TakeScores() { return scheduler_->TakeScores(now_); }
  void Finish(const Batch& batch) { scheduler_->Finish(batch, now_); }

  // All so far.
  std::vector<std::pair<std::string, DropReason>> Drops() const {
    std::vector<std::pair<std::string, DropReason>> drops;
    for (const auto& [item, drop] : drops_) drops.emplace_back(item, drop.reason);
    return drops;
  }

  // Hands a batch of one out that takes `duration`.
  void Measure(absl::Duration duration) {
    Enter("m1");
    const std::optional<Batch> batch = TakeIdle();
    now_ += duration;
    Finish(*batch);
  }

  absl::Time now_ = absl::UnixEpoch() + absl::Hours(24);
  // When the consumer that got nothing is to come again.
  absl::Time ready_ = absl::InfiniteFuture();
  std::optional<Scheduler> scheduler_;

 private:
  std::optional<Batch> Take(bool idle) {
    scheduler_->DropDead(now_, &drops_);
    return scheduler_->Take(now_, idle, &ready_);
  }

  Scheduler::Drops drops_;
};

TEST_F(BatchSchedulerTest, LargePicturesOfOneSenderDelayAnothersSmallOnesByOneOfThem) {
  BatchingOptions options = Options();
  options.max_batch = 1;
  options.capacity = 20;
  Open(options);
  for (const char* name : {"l1", "l2", "l3", "l4", "s1", "s2", "s3", "s4", "s5"}) Enter(name);
  std::vector<std::string> order;
  while (const std::optional<Batch> batch = TakeIdle()) {
    order.push_back(Names(batch).front());
    now_ += order.back()[0] == 'l' ? absl::Seconds(5) : absl::Milliseconds(10);
    Finish(*batch);
  }
  EXPECT_THAT(order, ElementsAre("l1", "s1", "s2", "s3", "s4", "s5", "l2", "l3", "l4"));
}

TEST_F(BatchSchedulerTest, AnothersLargePicturesAreNotTheMeasureOfTheWait) {
  BatchingOptions options = Options();
  options.max_batch = 1;
  Open(options);
  const auto work_on = [this](const char* name, absl::Duration time) {
    Enter(name);
    const std::optional<Batch> batch = TakeIdle();
    now_ += time;
    Finish(*batch);
  };
  work_on("s1", absl::Milliseconds(10));
  for (const char* name : {"l1", "l2", "l3"}) work_on(name, absl::Seconds(5));
  Enter("l4");
  Enter("l5");
  // One of the large ones may have its turn before, the others not.
  EnterWithDeadline("s2", absl::Milliseconds(5021));
  EXPECT_THAT(Drops(), IsEmpty());
  EnterWithDeadline("s3", absl::Milliseconds(5019));
  EXPECT_THAT(Drops(), ElementsAre(Pair("s3", DropReason::kTooLate)));
}

// Batches.

TEST_F(BatchSchedulerTest, ABatchThatIsNotFullSaysWhenItMayGo) {
  Enter("a1");
  now_ += absl::Milliseconds(4);
  EXPECT_EQ(TakeBusy(), std::nullopt);
  EXPECT_EQ(ready_, now_ + absl::Milliseconds(6));
  now_ += absl::Milliseconds(6);
  EXPECT_THAT(Names(TakeBusy()), ElementsAre("a1"));
}

TEST_F(BatchSchedulerTest, AnIdleConsumerDoesNotWaitForAFullBatch) {
  Enter("a1");
  EXPECT_THAT(Names(TakeIdle()), ElementsAre("a1"));
  EXPECT_TRUE(scheduler_->empty());
}

TEST_F(BatchSchedulerTest, WhatWaitsWhenItClosesGoesWithoutDelay) {
  Enter("a1");
  scheduler_->Close();
  Enter("a2");
  EXPECT_THAT(Names(TakeBusy()), ElementsAre("a1"));
  EXPECT_THAT(Drops(), ElementsAre(Pair("a2", DropReason::kClosed)));
}

TEST_F(BatchSchedulerTest, AFullBatchGoesAtOnce) {
  for (const char* name : {"a1", "a2", "a3", "a4", "a5"}) Enter(name);
  EXPECT_THAT(Names(TakeBusy()), ElementsAre("a1", "a2", "a3", "a4"));
}

TEST_F(BatchSchedulerTest, ABatchHoldsOneKey) {
  Enter("a1", 1);
  Enter("a2", 2);
  Enter("b1", 1);
  now_ += absl::Milliseconds(10);
  EXPECT_THAT(Names(TakeBusy()), ElementsAre("a1", "b1"));
  EXPECT_THAT(Names(TakeBusy()), ElementsAre("a2"));
}

TEST_F(BatchSchedulerTest, AFullBatchNeedNotWaitForAnUnfilledOneBeforeIt) {
  Enter("a1", 1);
  for (const char* name : {"b1", "b2", "b3", "b4"}) Enter(name, 2);
  EXPECT_THAT(Names(TakeBusy()), ElementsAre("b1", "b2", "b3", "b4"));
}

TEST_F(BatchSchedulerTest, ItemsKnowHowLongTheyWaited) {
  Enter("a1");
  now_ += absl::Milliseconds(7);
  Enter("b1");
  now_ += absl::Milliseconds(5);
  const std::optional<Batch> batch = TakeBusy();
  ASSERT_EQ(batch->items.size(), 2u);
  EXPECT_EQ(batch->items[0].waited, absl::Milliseconds(12));
  EXPECT_EQ(batch->items[1].waited, absl::Milliseconds(5));
}

// Fairness.

TEST_F(BatchSchedulerTest, AFloodOfOneSenderDoesNotDelayAnother) {
  for (const char* name : {"a1", "a2", "a3", "a4", "a5", "a6", "a7", "b1"}) Enter(name);
  EXPECT_THAT(Names(TakeBusy()), ElementsAre("a1", "b1", "a2", "a3"));
}

TEST_F(BatchSchedulerTest, TurnsGoAcrossKeys) {
  for (const char* name : {"a1", "a2", "a3", "a4", "a5"}) Enter(name, 1);
  Enter("b1", 2);
  EXPECT_THAT(Names(TakeIdle()), ElementsAre("a1", "a2", "a3", "a4"));
  EXPECT_THAT(Names(TakeIdle()), ElementsAre("b1"));
}

TEST_F(BatchSchedulerTest, AFullQueueRefusesItsLargestSender) {
  for (int i = 0; i < 8; ++i) Enter("a" + std::to_string(i));
  Enter("a8");
  EXPECT_THAT(Drops(), ElementsAre(Pair("a8", DropReason::kFull)));
  EXPECT_EQ(scheduler_->waiting(), 8);
}

TEST_F(BatchSchedulerTest, AFullQueueMakesRoomForASenderWithFewerItems) {
  for (int i = 0; i < 8; ++i) Enter("a" + std::to_string(i));
  Enter("b0");
  EXPECT_THAT(Drops(), ElementsAre(Pair("a7", DropReason::kDisplaced)));
  EXPECT_EQ(scheduler_->waiting(), 8);
}

TEST_F(BatchSchedulerTest, SendersWithEqualSharesDoNotDisplaceEachOther) {
  for (int i = 0; i < 4; ++i) Enter("a" + std::to_string(i));
  for (int i = 0; i < 4; ++i) Enter("b" + std::to_string(i));
  Enter("a4");
  Enter("b4");
  EXPECT_THAT(Drops(), ElementsAre(Pair("a4", DropReason::kFull), Pair("b4", DropReason::kFull)));
}

// Dead items.

TEST_F(BatchSchedulerTest, AnItemWhoseDeadlineHasPassedLeavesWithoutBeingHandedOut) {
  EnterWithDeadline("a1", absl::Milliseconds(5));
  Enter("b1");
  now_ += absl::Milliseconds(5);
  EXPECT_THAT(Names(TakeIdle()), ElementsAre("b1"));
  EXPECT_THAT(Drops(), ElementsAre(Pair("a1", DropReason::kExpired)));
}

TEST_F(BatchSchedulerTest, ADeadItemIsNotLetIn) {
  EnterWithDeadline("a1", absl::ZeroDuration());
  auto cancellation = std::make_shared<Cancellation>();
  cancellation->Cancel();
  Ticket<int> ticket = MakeTicket("b1");
  ticket.cancellation = cancellation;
  Enter("b1", ticket);
  EXPECT_THAT(Drops(), ElementsAre(Pair("a1", DropReason::kExpired), Pair("b1", DropReason::kCancelled)));
  EXPECT_EQ(scheduler_->waiting(), 0);
}

TEST_F(BatchSchedulerTest, DeadItemsMakeRoomInAFullQueue) {
  for (int i = 0; i < 8; ++i) EnterWithDeadline("a" + std::to_string(i), absl::Milliseconds(i < 2 ? 1 : 100));
  now_ += absl::Milliseconds(1);
  Enter("a8");
  EXPECT_THAT(Drops(), ElementsAre(Pair("a0", DropReason::kExpired), Pair("a1", DropReason::kExpired)));
  EXPECT_EQ(scheduler_->waiting(), 7);
}

// Expected waits.

TEST_F(BatchSchedulerTest, WhatCannotMeetItsDeadlineIsRefusedOnEntry) {
  Measure(absl::Milliseconds(100));
  Enter("a1");
  Enter("a2");
  // Two before it and its own: 300 ms.
  EnterWithDeadline("a3", absl::Milliseconds(299));
  EnterWithDeadline("a4", absl::Milliseconds(300));
  EXPECT_THAT(Drops(), ElementsAre(Pair("a3", DropReason::kTooLate)));
  EXPECT_EQ(scheduler_->waiting(), 3);
}

TEST_F(BatchSchedulerTest, WhatRunsCountsForWhatIsLeftOfIt) {
  Measure(absl::Milliseconds(100));
  Enter("a1");
  const std::optional<Batch> running = TakeIdle();
  now_ += absl::Milliseconds(60);
  EnterWithDeadline("a2", absl::Milliseconds(139));
  EnterWithDeadline("a3", absl::Milliseconds(140));
  EXPECT_THAT(Drops(), ElementsAre(Pair("a2", DropReason::kTooLate)));
}

TEST_F(BatchSchedulerTest, AnItemDoesNotWaitForItemsThatHaveTheirTurnAfterIt) {
  Measure(absl::Milliseconds(100));
  for (int i = 0; i < 6; ++i) Enter("a" + std::to_string(i));
  // One of a's items, then b's.
  EnterWithDeadline("b0", absl::Milliseconds(200));
  EXPECT_THAT(Drops(), IsEmpty());
}

TEST_F(BatchSchedulerTest, WithNothingBeforeItAnItemIsAlwaysLetIn) {
  Measure(absl::Seconds(100));
  EnterWithDeadline("a1", absl::Milliseconds(1));
  EXPECT_THAT(Drops(), IsEmpty());
}

TEST_F(BatchSchedulerTest, NothingIsRefusedForItsDeadlineBeforeAnythingWasMeasured) {
  for (int i = 0; i < 7; ++i) Enter("a" + std::to_string(i));
  EnterWithDeadline("a7", absl::Nanoseconds(1));
  EXPECT_THAT(Drops(), IsEmpty());
}

TEST_F(BatchSchedulerTest, ConsumersShareTheWait) {
  BatchingOptions options = Options();
  options.consumers = 2;
  Open(options);
  Measure(absl::Milliseconds(100));
  Enter("a1");
  Enter("a2");
  EnterWithDeadline("a3", absl::Milliseconds(200));
  EXPECT_THAT(Drops(), IsEmpty());
}

// Trainings.

TEST_F(BatchSchedulerTest, ATrainingItemRidesAloneWhenNothingElseWaits) {
  EnterTraining("t1");
  EnterTraining("t2");
  const std::optional<Batch> batch = TakeBusy();
  EXPECT_THAT(Names(batch), ElementsAre("t1"));
  EXPECT_EQ(batch->lane, Lane::kTrain);
}

TEST_F(BatchSchedulerTest, ScoresGoBeforeTrainings) {
  EnterTraining("t1");
  Enter("a1");
  EXPECT_THAT(Names(TakeIdle()), ElementsAre("a1"));
  EXPECT_THAT(Names(TakeIdle()), ElementsAre("t1"));
}

TEST_F(BatchSchedulerTest, OneBatchInTheFloorIsATrainingsWhileScoresWait) {
  EnterTraining("t1");
  EnterTraining("t2");
  std::vector<Lane> order;
  for (int i = 0; i < 8; ++i) {
    while (scheduler_->waiting() < 5) Enter("a");
    const std::optional<Batch> batch = TakeIdle();
    order.push_back(batch->lane);
    Finish(*batch);
  }
  constexpr Lane s = Lane::kScore;
  constexpr Lane t = Lane::kTrain;
  EXPECT_THAT(order, ElementsAre(s, s, s, t, s, s, s, t));
}

TEST_F(BatchSchedulerTest, BatchesBeforeATrainingCameDoNotCountForTheFloor) {
  for (int i = 0; i < 10; ++i) {
    Enter("a1");
    TakeIdle();
  }
  EnterTraining("t1");
  Enter("a2");
  EXPECT_THAT(Names(TakeIdle()), ElementsAre("a2"));
}

TEST_F(BatchSchedulerTest, ATrainingItemIsInterruptedUpToTheFloor) {
  EnterTraining("t1");
  const std::optional<Batch> training = TakeIdle();
  int interruptions = 0;
  Enter("a");
  while (const std::optional<Batch> batch = TakeScores()) {
    Finish(*batch);
    ++interruptions;
    Enter("a");
  }
  EXPECT_EQ(interruptions, 3);
  Finish(*training);
  // Its turn is over, and the next one's is far.
  EnterTraining("t2");
  EXPECT_THAT(Names(TakeIdle()), ElementsAre("a"));
}

TEST_F(BatchSchedulerTest, ATrainingItemThatTheFloorLetInIsNotInterrupted) {
  EnterTraining("t1");
  for (int i = 0; i < 3; ++i) {
    Enter("a");
    TakeIdle();
  }
  Enter("a");
  EXPECT_THAT(Names(TakeIdle()), ElementsAre("t1"));
  EXPECT_EQ(TakeScores(), std::nullopt);
}

TEST_F(BatchSchedulerTest, TrainingsTakeNoPlacesFromScores) {
  for (int i = 0; i < 100; ++i) EnterTraining("t");
  for (int i = 0; i < 8; ++i) Enter("a" + std::to_string(i));
  EXPECT_THAT(Drops(), IsEmpty());
}

TEST_F(BatchSchedulerTest, ACancelledTrainingLeavesWithoutBeingHandedOut) {
  auto cancellation = std::make_shared<Cancellation>();
  Ticket<int> ticket = MakeTicket("t1");
  ticket.lane = Lane::kTrain;
  ticket.cancellation = cancellation;
  Enter("t1", ticket);
  cancellation->Cancel();
  EXPECT_EQ(TakeIdle(), std::nullopt);
  EXPECT_THAT(Drops(), ElementsAre(Pair("t1", DropReason::kCancelled)));
}

}  // namespace
}  // namespace mlfsc
