#include "core/serving/model_loader.h"

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/retry_hint.h"
#include "tests/testing/collected.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::testing::_;
using ::testing::Each;
using testing::StatusIs;

// A disk that hangs on the category `stuck` until it is let go.
class ModelLoaderTest : public ::testing::Test {
 protected:
  ~ModelLoaderTest() override { LetGo(); }

  void Start(int threads, int capacity) {
    loader_ = std::make_unique<ModelLoader>(
        ModelLoaderOptions{threads, capacity},
        [this](const std::string& category, int64_t) -> absl::StatusOr<ModelLoader::Model> {
          ++loads_;
          MutexLock lock(&mutex_);
          mutex_.Await([&] { return free_ || category != "stuck"; });
          return absl::DataLossError(category);
        },
        &clock_);
  }
  void Add(const std::string& category, testing::Collected<absl::Status>* answers,
           absl::Time deadline = absl::InfiniteFuture()) {
    loader_->Add(category, 0,
                 {[answers](absl::StatusOr<ModelLoader::Model> model) { answers->Add(model.status()); },
                  deadline, nullptr});
  }
  void LetGo() {
    MutexLock lock(&mutex_);
    free_ = true;
    mutex_.SignalAll();
  }

  testing::FakeClock clock_;
  std::atomic<int> loads_{0};
  Mutex mutex_;
  bool free_ = false;
  testing::Collected<absl::Status> stuck_;
  testing::Collected<absl::Status> other_;
  std::unique_ptr<ModelLoader> loader_;
};

TEST_F(ModelLoaderTest, ALoadThatHangsKeepsOnlyItsOwnWaitersWaiting) {
  Start(/*threads=*/2, /*capacity=*/8);
  for (int i = 0; i < 5; ++i) Add("stuck", &stuck_);
  Add("other", &other_);
  EXPECT_THAT(other_.Await(1), Each(StatusIs(absl::StatusCode::kDataLoss, "other")));
  LetGo();
  EXPECT_THAT(stuck_.Await(5), Each(StatusIs(absl::StatusCode::kDataLoss, "stuck")));
  EXPECT_EQ(loads_, 2);
}

TEST_F(ModelLoaderTest, WhoComesWhenTooManyWaitIsToldToComeAgain) {
  Start(/*threads=*/2, /*capacity=*/2);
  Add("stuck", &stuck_);
  Add("stuck", &stuck_);
  Add("stuck", &other_);
  const absl::Status refused = other_.Await(1)[0];
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted, _));
  EXPECT_TRUE(RetryDelay(refused).has_value());
}

TEST_F(ModelLoaderTest, WhoseTimeIsOverGivesItsPlaceToAnother) {
  Start(/*threads=*/2, /*capacity=*/1);
  Add("stuck", &other_, clock_.Now() + absl::Seconds(1));
  clock_.Advance(absl::Seconds(2));
  Add("stuck", &stuck_);
  EXPECT_THAT(other_.Await(1), Each(StatusIs(absl::StatusCode::kDeadlineExceeded, _)));
  LetGo();
  EXPECT_THAT(stuck_.Await(1), Each(StatusIs(absl::StatusCode::kDataLoss, "stuck")));
}

}  // namespace
}  // namespace mlfsc
