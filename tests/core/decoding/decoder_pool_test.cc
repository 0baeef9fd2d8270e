#include "core/decoding/decoder_pool.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/mutex.h"
#include "core/image/decode.h"
#include "tests/core/image/test_files.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using testing::Encode;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::SamePixels;
using testing::StatusIs;
using testing::TestPicture;

class DecoderPoolTest : public ::testing::Test {
 protected:
  DecoderPoolTest() {
    options_.program = MLFSC_BAD_DECODER_BINARY;
    options_.processes = 1;
    options_.process.limits.max_bytes = 1 << 20;
    options_.process.limits.max_side = 64;
  }

  void Start() {
    absl::StatusOr<std::unique_ptr<DecoderPool>> pool =
        DecoderPool::Start(options_, [this](const DecoderEnd& end) {
          MutexLock lock(&mutex_);
          ++ends_[end.cause];
          mutex_.SignalAll();
        });
    ASSERT_THAT(pool, IsOk());
    pool_ = *std::move(pool);
  }

  int Ends(DecoderEndCause cause) {
    MutexLock lock(&mutex_);
    return ends_[cause];
  }
  void AwaitEnd(DecoderEndCause cause) {
    MutexLock lock(&mutex_);
    mutex_.Await([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return ends_[cause] > 0; });
  }

  void ExpectItDecodes() {
    const absl::StatusOr<Image> image = pool_->Decode(good_);
    ASSERT_THAT(image, IsOk());
    EXPECT_TRUE(SamePixels(image->rgb, DecodePicture(good_, {})->rgb));
  }

  const std::string good_ = Encode(".png", TestPicture(30, 40, CV_8UC3));
  DecoderPoolOptions options_;
  Mutex mutex_;
  std::map<DecoderEndCause, int> ends_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<DecoderPool> pool_;
};

TEST_F(DecoderPoolTest, AllProcessesAreReadyAtTheStart) {
  options_.processes = 3;
  Start();
  EXPECT_EQ(pool_->running(), 3);
  ExpectItDecodes();
}

TEST_F(DecoderPoolTest, APictureThatEndsItsProcessCostsThatPictureOnly) {
  Start();
  EXPECT_THAT(pool_->Decode("abort"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("signal 6 (SIGABRT)")));
  ExpectItDecodes();
  EXPECT_EQ(Ends(DecoderEndCause::kCrash), 1);
}

TEST_F(DecoderPoolTest, SoDoesOneThatTakesTooLong) {
  // In which a new process must start, too.
  options_.process.time_limit = absl::Seconds(5);
  Start();
  EXPECT_THAT(pool_->Decode("spin"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("it took longer than the limit of")));
  ExpectItDecodes();
  EXPECT_EQ(Ends(DecoderEndCause::kTime), 1);
}

TEST_F(DecoderPoolTest, SoDoesOneThatLies) {
  Start();
  EXPECT_THAT(pool_->Decode("make it tall"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("32x1073741824 px")));
  ExpectItDecodes();
  EXPECT_EQ(Ends(DecoderEndCause::kProtocol), 1);
}

TEST_F(DecoderPoolTest, AProcessThatIsKilledWhileItIsIdleCostsNoPicture) {
  Start();
  kill(pool_->pids().at(0), SIGKILL);
  // Seen without a picture.
  AwaitEnd(DecoderEndCause::kCrash);
  ExpectItDecodes();
  EXPECT_EQ(Ends(DecoderEndCause::kCrash), 1);
}

TEST_F(DecoderPoolTest, ManyThreadsAndManyEnds) {
  options_.processes = 2;
  Start();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this, i] {
      for (int j = 0; j < 10; ++j) {
        if (i == 0 && j % 5 == 0) {
          EXPECT_THAT(pool_->Decode("leave"),
                      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("code 3")));
        } else {
          ExpectItDecodes();
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Ends(DecoderEndCause::kCrash), 2);
}

TEST_F(DecoderPoolTest, ShutdownEndsWhatIsUnderWay) {
  Start();
  std::thread decoding([this] {
    EXPECT_THAT(pool_->Decode("spin"), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("shutting down")));
  });
  pool_->Shutdown();
  decoding.join();
  EXPECT_THAT(pool_->Decode(good_), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("shutting down")));
  // Nobody's fault, so nothing to tell.
  EXPECT_EQ(Ends(DecoderEndCause::kCrash), 0);
}

TEST_F(DecoderPoolTest, APictureOutlastsStartsThatFail) {
  // Its second and third start end at once.
  const testing::TemporaryFolder folder;
  const std::string count = folder.path() + "/count";
  options_.program = folder.path() + "/program";
  std::ofstream(count) << "0\n";
  std::ofstream(options_.program) << "#!/bin/sh\nread starts <" << count
                                  << "\nstarts=$((starts + 1))\necho $starts >" << count
                                  << "\n[ $starts -eq 2 ] || [ $starts -eq 3 ] && exit 1\nexec "
                                  << MLFSC_BAD_DECODER_BINARY << "\n";
  std::filesystem::permissions(options_.program, std::filesystem::perms::owner_all);
  Start();
  kill(pool_->pids().at(0), SIGKILL);
  AwaitEnd(DecoderEndCause::kStart);
  ExpectItDecodes();
  EXPECT_EQ(Ends(DecoderEndCause::kStart), 2);
}

TEST_F(DecoderPoolTest, APictureIsRefusedWhenNoStartSucceedsAnyMore) {
  const testing::TemporaryFolder folder;
  const std::string first = folder.path() + "/first";
  options_.program = folder.path() + "/program";
  std::ofstream(first) << "\n";
  std::ofstream(options_.program) << "#!/bin/sh\n[ -e " << first << " ] || exit 1\nexec "
                                  << MLFSC_BAD_DECODER_BINARY << "\n";
  std::filesystem::permissions(options_.program, std::filesystem::perms::owner_all);
  Start();
  std::filesystem::remove(first);
  kill(pool_->pids().at(0), SIGKILL);
  AwaitEnd(DecoderEndCause::kStart);
  EXPECT_THAT(pool_->Decode(good_),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("ended with exit code 1")));
}

TEST_F(DecoderPoolTest, AProgramThatDoesNotStartIsRefusedAtOnce) {
  options_.program = "/bin/false";
  EXPECT_THAT(DecoderPool::Start(options_, [](const DecoderEnd&) {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("ended with exit code 1")));
  options_.program = "/no/such/program";
  EXPECT_THAT(DecoderPool::Start(options_, [](const DecoderEnd&) {}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/no/such/program")));
}

}  // namespace
}  // namespace mlfsc
