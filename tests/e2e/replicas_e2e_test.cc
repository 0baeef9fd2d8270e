// Three real servers on one store behind the real nginx, under load, while one is killed, one restarted and
// one drained. $MLFSC_REPLICAS_SECONDS [3]: how long the load goes on. scripts/soak replicas runs it for two
// minutes.
#include <array>
#include <cstdlib>
#include <iostream>
#include <memory>

#include <gmock/gmock.h>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/client.h"
#include "core/base/clock.h"
#include "tests/e2e/cloth.h"
#include "tests/e2e/edge.h"
#include "tests/e2e/replica.h"
#include "tests/e2e/running_server.h"
#include "tests/e2e/scoring_load.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using ::testing::IsEmpty;

constexpr int kStations = 8;
constexpr absl::Duration kStorePoll = absl::Seconds(1);
// Between two looks at a replica, and for the look itself.
constexpr absl::Duration kLook = absl::Milliseconds(20);
constexpr absl::Duration kOneScore = absl::Seconds(1);

absl::Duration LoadTime() {
  const char* text = std::getenv("MLFSC_REPLICAS_SECONDS");
  double seconds = 3;
  if (text != nullptr && !absl::SimpleAtod(text, &seconds)) std::abort();
  return absl::Seconds(seconds);
}

// Coding of the picture itself: a score in milliseconds.
v1::CategoryOptions PixelOptions() {
  v1::CategoryOptions options;
  options.set_feature_source(v1::PIXELS);
  options.set_input_size(128);
  options.set_atoms(16);
  options.set_epochs(1);
  return options;
}

client::Training TrainingOf(const std::string& category, const v1::CategoryOptions& options) {
  client::Training training;
  training.start.set_category(category);
  *training.start.mutable_options() = options;
  training.pictures = 6;
  training.picture = [](int index) -> absl::StatusOr<v1::Picture> {
    v1::Picture picture;
    picture.set_encoded(ClothPng(static_cast<unsigned>(index) + 1));
    return picture;
  };
  return training;
}

absl::StatusOr<double> ScoreOf(client::Client& client, const std::string& category, const std::string& png) {
  v1::Picture picture;
  picture.set_encoded(png);
  const absl::StatusOr<v1::Inspection> inspection = client.Score(category, picture);
  if (!inspection.ok()) return inspection.status();
  return inspection->raw_score();
}

// Small servers, since three share the machine.
std::vector<std::string> Arguments(const std::string& store) {
  return {"--store=" + store,   "--input_sizes=128",  "--threads=1",         "--max_batch=2",
          "--decode_threads=1", "--coding_threads=1", "--learning_threads=1"};
}

std::vector<std::string> ReaderArguments(const std::string& store) {
  std::vector<std::string> arguments = Arguments(store);
  arguments.push_back("--store_readonly");
  return arguments;
}

class ReplicasE2eTest : public ::testing::Test {
 protected:
  ReplicasE2eTest() {
    replicas_[0] = std::make_unique<Replica>(Arguments(store_.path()));
    for (size_t i = 1; i < replicas_.size(); ++i) {
      replicas_[i] = std::make_unique<Replica>(ReaderArguments(store_.path()));
    }
    edge_ = std::make_unique<Edge>(
        std::vector<int>{replicas_[0]->port(), replicas_[1]->port(), replicas_[2]->port()},
        std::vector<int>{replicas_[0]->port()});
  }

  void Train(const std::string& category, const v1::CategoryOptions& options) {
    client::Client station(client::MakeConnection(edge_->Station()));
    const absl::StatusOr<v1::TrainResult> result = station.Train(TrainingOf(category, options));
    ASSERT_TRUE(result.ok()) << result.status();
  }

  // Until the replica answers for the category.
  absl::Duration TimeToServe(Replica* replica, const std::string& category, const std::string& png) {
    Clock* const clock = Clock::Real();
    const absl::Time start = clock->Now();
    Mutex mutex;
    while (true) {
      const absl::Status status = ScoreOf(replica->direct(), category, png).status();
      const absl::Duration took = clock->Now() - start;
      if (status.ok() || took > absl::Minutes(1)) return took;
      MutexLock lock(&mutex);
      clock->WaitUntil(&mutex, clock->Now() + kLook);
    }
  }

  const testing::TemporaryFolder store_;
  std::array<std::unique_ptr<Replica>, 3> replicas_;
  std::unique_ptr<Edge> edge_;
};

TEST_F(ReplicasE2eTest, ReplicasComeAndGoAndEveryCallIsAnsweredOnce) {
  Replica& writer = *replicas_[0];
  ASSERT_NO_FATAL_FAILURE(Train("pixels", PixelOptions()));
  ASSERT_NO_FATAL_FAILURE(Train("cloth", QuickOptions()));
  std::vector<Question> questions;
  for (unsigned i = 0; i < 8; ++i) {
    const std::string category = i == 7 ? "cloth" : "pixels";
    const std::string picture = ClothPng(1000 + i, i % 2 == 0 ? Defect::kNone : Defect::kHole);
    const absl::StatusOr<double> score = ScoreOf(writer.direct(), category, picture);
    ASSERT_TRUE(score.ok()) << score.status();
    questions.push_back({category, picture, *score});
    // All serve it from here on.
    for (const auto& replica : replicas_)
      ASSERT_LT(TimeToServe(replica.get(), category, picture), absl::Minutes(1));
  }

  ScoringLoad load(kStations, edge_->Station(), questions);
  const absl::Duration phase = LoadTime() / 6;
  constexpr int kCallsAPhase = 4 * kStations;
  load.GoOn(phase, kCallsAPhase);
  replicas_[2]->Kill();
  load.GoOn(phase, kCallsAPhase);
  replicas_[2]->StartAgain();
  load.GoOn(phase, kCallsAPhase);
  EXPECT_EQ(replicas_[1]->Drain(), 0);
  replicas_[1]->StartAgain();
  load.GoOn(phase, kCallsAPhase);

  ASSERT_NO_FATAL_FAILURE(Train("late", PixelOptions()));
  std::string seen;
  for (const auto& replica : replicas_) {
    const absl::Duration took = TimeToServe(replica.get(), "late", questions[0].picture);
    EXPECT_LE(took, kStorePoll + kOneScore);
    absl::StrAppend(&seen, " ", absl::FormatDuration(absl::Trunc(took, absl::Milliseconds(1))));
  }
  load.GoOn(phase, kCallsAPhase);
  EXPECT_EQ(writer.Drain(), 0);
  load.GoOn(phase, kCallsAPhase);

  const ScoringLoad::Tally tally = load.Stop();
  EXPECT_EQ(tally.wrong, 0);
  EXPECT_EQ(tally.failed, 0);
  EXPECT_EQ(tally.answered, tally.asked);
  EXPECT_THAT(tally.complaints, IsEmpty());

  // Nothing is answered twice: as many calls ended with OK at the edge as answers were counted at the
  // stations.
  const Edge::Calls calls = edge_->StopAndCount("Score");
  EXPECT_EQ(calls.ok, tally.answered);
  std::cout << "replicas: " << kStations << " stations, " << absl::FormatDuration(LoadTime()) << ", "
            << tally.asked << " calls, " << tally.answered << " answered correctly, " << tally.wrong
            << " wrong, " << tally.failed << " failed; at nginx " << calls.all << " attempts, " << calls.ok
            << " OK; slowest call " << absl::FormatDuration(absl::Trunc(tally.slowest, absl::Milliseconds(1)))
            << "; the category trained meanwhile served by the replicas after" << seen << " (store_poll "
            << absl::FormatDuration(kStorePoll) << ")\n";
}

}  // namespace
}  // namespace mlfsc
