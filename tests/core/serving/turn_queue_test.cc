#include "core/serving/turn_queue.h"

#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlfsc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Items are named after their sender: "a1".
class TurnQueueTest : public ::testing::Test {
 protected:
  void Add(const std::string& name, int key = 0) {
    queue_.Add({name, {key, name.substr(0, 1), Lane::kScore, absl::InfiniteFuture(), nullptr}, now_});
    now_ += absl::Milliseconds(1);
  }

  std::vector<std::string> Take(int key, int max_items) {
    std::vector<std::string> names;
    for (const auto& entry : queue_.Take(key, max_items)) names.push_back(entry.item);
    return names;
  }

  TurnQueue<std::string, int> queue_;
  absl::Time now_ = absl::UnixEpoch();
};

TEST_F(TurnQueueTest, SendersTakeTurnsAndEachIsServedInOrder) {
  for (const char* name : {"a1", "a2", "a3", "b1", "c1", "c2"}) Add(name);
  EXPECT_THAT(Take(0, 6), ElementsAre("a1", "b1", "c1", "a2", "c2", "a3"));
}

TEST_F(TurnQueueTest, TurnsGoOnWhereTheLastBatchEnded) {
  for (const char* name : {"a1", "a2", "b1", "b2", "c1", "c2"}) Add(name);
  EXPECT_THAT(Take(0, 2), ElementsAre("a1", "b1"));
  EXPECT_THAT(Take(0, 2), ElementsAre("c1", "a2"));
  EXPECT_THAT(Take(0, 2), ElementsAre("b2", "c2"));
}

TEST_F(TurnQueueTest, WhoHasHadLeastTimeHasTheNextTurn) {
  for (const char* name : {"a1", "a2", "a3", "b1", "b2", "b3", "b4"}) Add(name);
  const auto take = [this](absl::Duration time) {
    const std::string name = Take(0, 1).front();
    queue_.Charge(name.substr(0, 1), time);
    return name;
  };
  EXPECT_EQ(take(absl::Seconds(1)), "a1");
  // As many as make up for it.
  EXPECT_EQ(take(absl::Milliseconds(400)), "b1");
  EXPECT_EQ(take(absl::Milliseconds(400)), "b2");
  EXPECT_EQ(take(absl::Milliseconds(400)), "b3");
  EXPECT_EQ(take(absl::Seconds(1)), "a2");
  EXPECT_EQ(take(absl::Milliseconds(400)), "b4");
}

TEST_F(TurnQueueTest, WhoComesAnewHasSavedNothingUpAndOwesWhatHeOwed) {
  for (const char* name : {"a1", "a2", "a3"}) Add(name);
  for (int i = 0; i < 2; ++i) {
    Take(0, 1);
    queue_.Charge("a", absl::Seconds(1));
  }
  Take(0, 1);
  // Two seconds behind by the clock, and yet only one turn before a's.
  for (const char* name : {"b1", "a4", "b2"}) Add(name);
  EXPECT_THAT(Take(0, 1), ElementsAre("b1"));
  queue_.Charge("b", absl::Seconds(3));
  EXPECT_THAT(Take(0, 1), ElementsAre("a4"));
  Add("c1");
  EXPECT_THAT(Take(0, 1), ElementsAre("c1"));
  EXPECT_THAT(Take(0, 1), ElementsAre("b2"));
}

TEST_F(TurnQueueTest, MeasuredTimesAreTheSendersOwnAndOldOnesFade) {
  EXPECT_EQ(queue_.PerItem("a"), std::nullopt);
  queue_.Charge("a", absl::Seconds(1));
  queue_.Charge("b", absl::Milliseconds(1));
  EXPECT_EQ(queue_.PerItem("a"), absl::Seconds(1));
  EXPECT_EQ(queue_.PerItem("b"), absl::Milliseconds(1));
  for (int i = 0; i < 20; ++i) queue_.Charge("a", absl::ZeroDuration());
  EXPECT_LT(*queue_.PerItem("a"), absl::Milliseconds(1));
}

TEST_F(TurnQueueTest, NamesOfStrangersAreForgotten) {
  Add("a1");
  queue_.Charge("a", absl::Seconds(1));
  for (int i = 0; i < 3000; ++i) queue_.Charge(std::to_string(i), absl::Seconds(1));
  EXPECT_EQ(queue_.PerItem("0"), std::nullopt);
  EXPECT_EQ(queue_.PerItem("a"), absl::Seconds(1));
}

TEST_F(TurnQueueTest, OnlyItemsOfTheKeyAreTaken) {
  Add("a1", 1);
  Add("a2", 2);
  Add("b1", 2);
  EXPECT_THAT(Take(2, 8), ElementsAre("a2", "b1"));
  EXPECT_THAT(Take(2, 8), IsEmpty());
  EXPECT_EQ(queue_.size(), 1);
}

TEST_F(TurnQueueTest, ASendersItemsAreCountedOverAllKeys) {
  Add("a1", 1);
  Add("a2", 2);
  Add("b1", 1);
  EXPECT_EQ(queue_.CountOf("a"), 2);
  EXPECT_EQ(queue_.CountOf("c"), 0);
  EXPECT_EQ(queue_.LargestSender(), "a");
}

TEST_F(TurnQueueTest, TheYoungestItemOfASenderIsTheOneThatCameLast) {
  Add("a1", 1);
  Add("a2", 2);
  Add("a3", 1);
  Add("b1", 1);
  EXPECT_EQ(queue_.TakeYoungest("a").item, "a3");
  EXPECT_EQ(queue_.TakeYoungest("a").item, "a2");
  EXPECT_EQ(queue_.size(), 2);
}

TEST_F(TurnQueueTest, DeadItemsAreTakenFromAnywhere) {
  for (const char* name : {"a1", "a2", "b1", "a3"}) Add(name);
  std::vector<std::string> dead;
  int asked = 0;
  for (const auto& entry : queue_.TakeDead([&asked](const Ticket<int>&) { return ++asked % 2 == 0; }, 4)) {
    dead.push_back(entry.item);
  }
  EXPECT_THAT(dead, ElementsAre("a2", "b1"));
  EXPECT_THAT(Take(0, 8), ElementsAre("a1", "a3"));
}

TEST_F(TurnQueueTest, NoMoreDeadItemsAreTakenThanWereCounted) {
  for (const char* name : {"a1", "a2", "b1"}) Add(name);
  const auto is_dead = [](const Ticket<int>&) { return true; };
  EXPECT_EQ(queue_.CountDead(is_dead), 3u);
  EXPECT_EQ(queue_.TakeDead(is_dead, 2).size(), 2u);
  EXPECT_EQ(queue_.size(), 1);
}

}  // namespace
}  // namespace mlfsc
