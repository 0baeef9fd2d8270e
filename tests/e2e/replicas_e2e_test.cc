// Three real servers on one store behind the real nginx, under load, while one is killed, one restarted and
// one drained, a category is learnt, and another one anew. $MLFSC_REPLICAS_SECONDS [3]: how long the load
// goes on. scripts/soak replicas runs it for two minutes.
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

using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::Le;

constexpr int kStations = 8;
constexpr absl::Duration kStorePoll = absl::Seconds(1);
// Between two looks at a replica.
constexpr absl::Duration kLook = absl::Milliseconds(20);

const char* LongFormSeconds() { return std::getenv("MLFSC_REPLICAS_SECONDS"); }

// Beyond --store_poll, for what has been noticed to be loaded and for the look itself: three servers and the
// load of eight stations share the machine, in ctest with other tests too.
absl::Duration Margin() { return LongFormSeconds() != nullptr ? absl::Seconds(1) : absl::Seconds(30); }

absl::Duration LoadTime() {
  const char* text = LongFormSeconds();
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

// From six pictures, of `first_picture` on.
client::Training TrainingOf(const std::string& category, const v1::CategoryOptions& options,
                            unsigned first_picture) {
  client::Training training;
  training.start.set_category(category);
  *training.start.mutable_options() = options;
  training.pictures = 6;
  training.picture = [first_picture](int index) -> absl::StatusOr<v1::Picture> {
    v1::Picture picture;
    picture.set_encoded(ClothPng(first_picture + static_cast<unsigned>(index)));
    return picture;
  };
  return training;
}

absl::StatusOr<v1::Inspection> Score(client::Client& client, const std::string& category,
                                     const std::string& png) {
  v1::Picture picture;
  picture.set_encoded(png);
  return client.Score(category, picture);
}

// Small servers, since three share the machine.
std::vector<std::string> Arguments(const std::string& store) {
  return {"--store=" + store,   absl::StrCat("--store_poll=", absl::FormatDuration(kStorePoll)),
          "--input_sizes=128",  "--threads=1",
          "--max_batch=2",      "--decode_threads=1",
          "--coding_threads=1", "--learning_threads=1"};
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

  // Through nginx, which leads to the one replica that may write.
  void Train(const std::string& category, const v1::CategoryOptions& options, unsigned first_picture = 1) {
    client::Client station(client::MakeConnection(edge_->Station()));
    const absl::StatusOr<v1::TrainResult> result =
        station.Train(TrainingOf(category, options, first_picture));
    ASSERT_TRUE(result.ok()) << result.status();
  }

  // From now on until the replicas answer with this version of the category, each asked past nginx; more than
  // a minute for one that does not.
  std::array<absl::Duration, 3> TimesToServe(const std::string& category, int64_t version,
                                             const std::string& png) {
    Clock* const clock = Clock::Real();
    const absl::Time start = clock->Now();
    std::array<absl::Duration, 3> times;
    Mutex mutex;
    for (size_t i = 0; i < replicas_.size(); ++i) {
      while (true) {
        const absl::StatusOr<v1::Inspection> inspection = Score(replicas_[i]->direct(), category, png);
        times[i] = clock->Now() - start;
        if ((inspection.ok() && inspection->version() == version) || times[i] > absl::Minutes(1)) break;
        MutexLock lock(&mutex);
        clock->WaitUntil(&mutex, clock->Now() + kLook);
      }
    }
    return times;
  }

  // That they all did in time; for the report.
  static std::string Check(const std::array<absl::Duration, 3>& times) {
    EXPECT_THAT(times, Each(Le(kStorePoll + Margin())));
    std::string text;
    for (const absl::Duration time : times) {
      absl::StrAppend(&text, " ", absl::FormatDuration(absl::Trunc(time, absl::Milliseconds(1))));
    }
    return text;
  }

  const testing::TemporaryFolder store_;
  std::array<std::unique_ptr<Replica>, 3> replicas_;
  std::unique_ptr<Edge> edge_;
};

TEST_F(ReplicasE2eTest, ReplicasComeAndGoAndEveryCallIsAnsweredOnce) {
  Replica& writer = *replicas_[0];
  ASSERT_NO_FATAL_FAILURE(Train("pixels", PixelOptions()));
  ASSERT_NO_FATAL_FAILURE(Train("cloth", QuickOptions()));
  ASSERT_NO_FATAL_FAILURE(Train("renewed", PixelOptions()));
  std::vector<Question> questions;
  for (unsigned i = 0; i < 8; ++i) {
    const std::string category = i == 7 ? "cloth" : "pixels";
    const std::string picture = ClothPng(1000 + i, i % 2 == 0 ? Defect::kNone : Defect::kHole);
    const absl::StatusOr<v1::Inspection> inspection = Score(writer.direct(), category, picture);
    ASSERT_TRUE(inspection.ok()) << inspection.status();
    questions.push_back({category, picture, inspection->raw_score()});
  }
  // All serve all from here on.
  const std::string& picture = questions[0].picture;
  for (const char* category : {"pixels", "cloth", "renewed"}) {
    ASSERT_THAT(TimesToServe(category, 1, picture), Each(Le(absl::Minutes(1))));
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
  const std::string late = Check(TimesToServe("late", 1, picture));
  ASSERT_NO_FATAL_FAILURE(Train("renewed", PixelOptions(), /*first_picture=*/101));
  const std::string renewed = Check(TimesToServe("renewed", 2, picture));
  // None goes back to the one before.
  constexpr int kThroughNginx = 12;
  client::Client station(client::MakeConnection(edge_->Station()));
  for (int i = 0; i < kThroughNginx; ++i) {
    const absl::StatusOr<v1::Inspection> inspection = Score(station, "renewed", picture);
    ASSERT_TRUE(inspection.ok()) << inspection.status();
    EXPECT_EQ(inspection->version(), 2);
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
  EXPECT_EQ(calls.ok, tally.answered + kThroughNginx);
  std::cout << "replicas: " << kStations << " stations, " << absl::FormatDuration(LoadTime()) << ", "
            << tally.asked << " calls, " << tally.answered << " answered correctly, " << tally.wrong
            << " wrong, " << tally.failed << " failed; at nginx " << calls.all << " attempts, " << calls.ok
            << " OK; slowest call " << absl::FormatDuration(absl::Trunc(tally.slowest, absl::Milliseconds(1)))
            << "; the category trained meanwhile served by the replicas after" << late
            << ", the new version of another after" << renewed << " (store_poll "
            << absl::FormatDuration(kStorePoll) << ")\n";
}

}  // namespace
}  // namespace mlfsc
