// All of core/serving at once, from many threads: what ThreadSanitizer is to see (scripts/check tsan).
#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/mutex.h"
#include "core/base/unshared.h"
#include "core/serving/catalog.h"
#include "core/serving/feature_stage.h"
#include "core/serving/inspector.h"
#include "core/serving/training_run.h"
#include "tests/testing/bundles.h"
#include "tests/testing/collected.h"
#include "tests/testing/raw_picture.h"
#include "tests/testing/recording_observer.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/stub_extractor.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using testing::IsOk;
using testing::RandomBundle;
using testing::RawPicture;
using testing::SmallOptions;

constexpr int kClients = 12;
constexpr int kRequests = 120;
constexpr int kTrainers = 2;
constexpr int kTrainings = 4;
constexpr int kPublications = 20;
constexpr int kPictures = 4;

// Counts answers; each request may have one.
class Answers {
 public:
  explicit Answers(int expected) : counts_(static_cast<size_t>(expected)) {}

  void Add(int request, const absl::Status& status) {
    MutexLock lock(&mutex_);
    ++counts_[static_cast<size_t>(request)];
    ++answered_;
    succeeded_ += status.ok() ? 1 : 0;
    mutex_.SignalAll();
  }
  void AwaitAll() {
    MutexLock lock(&mutex_);
    mutex_.Await([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return answered_ >= static_cast<int>(counts_.size());
    });
  }
  std::vector<int> counts() {
    MutexLock lock(&mutex_);
    return counts_;
  }
  int succeeded() {
    MutexLock lock(&mutex_);
    return succeeded_;
  }

 private:
  Mutex mutex_;
  std::vector<int> counts_ ABSL_GUARDED_BY(mutex_);
  int answered_ ABSL_GUARDED_BY(mutex_) = 0;
  int succeeded_ ABSL_GUARDED_BY(mutex_) = 0;
};

class StressTest : public ::testing::Test {
 protected:
  StressTest() {
    store_ = BundleStore::Open(folder_.path()).value();
    CatalogOptions catalog_options;
    // Fewer than there are: models come and go.
    catalog_options.max_loaded = 2;
    catalog_ =
        std::make_unique<Catalog>(store_.get(), extractor_.backbone_sha256(), Clock::Real(), catalog_options);
    backbone_options_ = DefaultOptions(FeatureSource::kPyramid, 96);
    backbone_options_.scoring.method = ScoreMethod::kSum;
    DefaultTopCounts(&backbone_options_);
    EXPECT_THAT(catalog_->Publish("pixels", RandomBundle(SmallOptions(), 1), true), IsOk());
    EXPECT_THAT(catalog_->Publish("vgg", RandomBundle(backbone_options_, 1), true), IsOk());
    FeatureStageOptions stage_options;
    stage_options.queue_length = 16;
    stage_ = std::make_unique<FeatureStage>(stage_options, &extractor_, Clock::Real(), nullptr, &observer_);
    InspectorOptions options;
    options.decode_threads = 2;
    options.coding_threads = 3;
    options.queue_length = 16;
    options.coding_queue_length = 2;
    inspector_ =
        std::make_unique<Inspector>(options, catalog_.get(), stage_.get(), Clock::Real(), &observer_);
    TrainingLimits limits;
    limits.max_trainings = kTrainers;
    limits.learning_threads = 2;
    desk_ = std::make_unique<TrainingDesk>(limits, catalog_.get(), stage_.get(), Clock::Real(), "stress");
    for (unsigned i = 0; i < kPictures; ++i) pictures_.emplace_back(i);
  }

  // A client that sends without waiting, and is impatient.
  void Ask(int client, Answers* answers) {
    std::mt19937 random(static_cast<unsigned>(client));
    for (int i = 0; i < kRequests; ++i) {
      InspectionRequest request;
      request.category = random() % 3 == 0 ? "pixels" : "vgg";
      request.picture = pictures_[random() % kPictures].bytes();
      if (random() % 4 == 0) request.heatmap = HeatmapFormat::kOverlayPng;
      if (random() % 4 == 0) {
        request.deadline = Clock::Real()->Now() + absl::Microseconds(static_cast<int64_t>(random() % 20000));
      }
      const auto cancellation = std::make_shared<Cancellation>();
      request.cancellation = cancellation;
      const bool cancel = random() % 4 == 0;
      inspector_->Inspect(std::move(request), [=](const absl::StatusOr<Inspection>& answer) {
        answers->Add(client * kRequests + i, answer.status());
      });
      if (cancel) cancellation->Cancel();
      // Others get a turn: a queue that is always full shows little.
      if (i % 8 == 7) std::this_thread::yield();
    }
  }

  // One training after the other; every second one is cancelled.
  void Train(int trainer) {
    for (int i = 0; i < kTrainings; ++i) {
      TrainingRequest request;
      request.category = "learnt-" + std::to_string(trainer);
      request.options = i % 3 == 0 ? backbone_options_ : SmallOptions();
      testing::Collected<absl::Status> ended;
      TrainingDesk::Events events;
      events.progress = [](const TrainingProgress&) {};
      events.done = [&ended](const absl::StatusOr<TrainedVersion>& outcome) {
        ended.Add(Unshared(outcome.status()));
      };
      const auto run = desk_->Start(request, std::move(events)).value();
      for (const RawPicture& picture : pictures_) {
        const auto room = std::make_shared<testing::Gate>();
        run->AddPicture(picture.bytes(), [room] { room->Open(); });
        room->Await();
      }
      if (i % 2 == 1) {
        run->Cancel();
      } else {
        run->Finish();
      }
      const absl::Status status = ended.Await(1)[0];
      EXPECT_TRUE(status.ok() || absl::IsCancelled(status)) << status;
    }
  }

  // New versions, and old ones gone, under those who score.
  void Publish() {
    for (int i = 0; i < kPublications; ++i) {
      const absl::StatusOr<int64_t> version =
          catalog_->Publish("vgg", RandomBundle(backbone_options_, static_cast<unsigned>(i)), true);
      ASSERT_THAT(version, IsOk());
      EXPECT_THAT(catalog_->Delete("vgg", *version - 1), IsOk());
      EXPECT_THAT(catalog_->List(), IsOk());
    }
  }

  testing::TemporaryFolder folder_;
  testing::StubExtractor extractor_;
  testing::RecordingObserver observer_;
  CategoryOptions backbone_options_;
  std::vector<RawPicture> pictures_;
  std::unique_ptr<BundleStore> store_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<FeatureStage> stage_;
  std::unique_ptr<Inspector> inspector_;
  std::unique_ptr<TrainingDesk> desk_;
};

TEST_F(StressTest, EveryRequestIsAnsweredOnceWhateverElseGoesOn) {
  Answers answers(kClients * kRequests);
  std::vector<std::thread> threads;
  for (int client = 0; client < kClients; ++client) {
    threads.emplace_back([this, client, &answers] { Ask(client, &answers); });
  }
  for (int trainer = 0; trainer < kTrainers; ++trainer) {
    threads.emplace_back([this, trainer] { Train(trainer); });
  }
  threads.emplace_back([this] { Publish(); });
  for (std::thread& thread : threads) thread.join();
  answers.AwaitAll();
  EXPECT_THAT(answers.counts(), ::testing::Each(1));
  EXPECT_GT(answers.succeeded(), 0);
}

TEST_F(StressTest, TheEndFindsWorkUnderWay) {
  Answers answers(kClients * kRequests);
  std::vector<std::thread> threads;
  for (int client = 0; client < kClients; ++client) {
    threads.emplace_back([this, client, &answers] { Ask(client, &answers); });
  }
  testing::Collected<absl::Status> ended;
  TrainingDesk::Events events;
  events.progress = [](const TrainingProgress&) {};
  events.done = [&ended](const absl::StatusOr<TrainedVersion>& outcome) {
    ended.Add(Unshared(outcome.status()));
  };
  TrainingRequest request;
  request.category = "learnt";
  request.options = backbone_options_;
  const auto run = desk_->Start(request, std::move(events)).value();
  run->AddPicture(pictures_[0].bytes(), [] {});
  for (std::thread& thread : threads) thread.join();
  desk_.reset();
  inspector_.reset();
  stage_.reset();
  EXPECT_THAT(answers.counts(), ::testing::Each(1));
  EXPECT_EQ(ended.size(), 1);
}

}  // namespace
}  // namespace mlfsc
