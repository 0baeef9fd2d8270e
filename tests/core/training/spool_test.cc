#include "core/training/spool.h"

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/features/feature_map.h"
#include "core/training/map_spool.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SpoolTest : public ::testing::Test {
 protected:
  std::unique_ptr<Spool> Create(size_t record_floats) {
    absl::StatusOr<std::unique_ptr<Spool>> spool = Spool::Create(folder_.path(), record_floats);
    EXPECT_THAT(spool, IsOk());
    return *std::move(spool);
  }
  testing::TemporaryFolder folder_;
};

TEST_F(SpoolTest, RecordsAreReadBackInAnyOrderAndPartition) {
  const auto spool = Create(3);
  EXPECT_EQ(spool->records(), 0);
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  const absl::Span<const float> all(values);
  EXPECT_THAT(spool->Append({all.subspan(0, 1), all.subspan(1, 2)}), IsOk());
  EXPECT_THAT(spool->Append({all.subspan(3, 3)}), IsOk());
  EXPECT_EQ(spool->records(), 2);
  std::vector<float> two(2);
  std::vector<float> one(1);
  EXPECT_THAT(spool->Read(1, {absl::MakeSpan(two), absl::MakeSpan(one)}), IsOk());
  EXPECT_THAT(two, ElementsAre(4, 5));
  EXPECT_THAT(one, ElementsAre(6));
  EXPECT_THAT(spool->Read(0, {absl::MakeSpan(one), absl::MakeSpan(two)}), IsOk());
  EXPECT_THAT(one, ElementsAre(1));
  EXPECT_THAT(two, ElementsAre(2, 3));
}

TEST_F(SpoolTest, TheFileHasNoName) {
  const auto spool = Create(1);
  const std::vector<float> value = {1};
  EXPECT_THAT(spool->Append({value}), IsOk());
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(SpoolTest, AFolderThatIsMissingIsNamed) {
  const std::string missing = folder_.path() + "/missing";
  EXPECT_THAT(Spool::Create(missing, 1), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                  AllOf(HasSubstr(missing), HasSubstr("No such file"))));
}

TEST_F(SpoolTest, AFolderThatMayNotBeWrittenToIsPermissionDenied) {
  std::filesystem::permissions(folder_.path(),
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  // The superuser may write anywhere: for the call this process is somebody else.
  const uid_t user = geteuid();
  ASSERT_EQ(seteuid(user == 0 ? 65534 : user), 0);
  const absl::Status status = Spool::Create(folder_.path(), 1).status();
  ASSERT_EQ(seteuid(user), 0);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kPermissionDenied,
                               AllOf(HasSubstr(folder_.path()), HasSubstr("Permission denied"))));
}

// A limit on the size of files stands for a disk that is full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_;
  void (*handler_)(int);
};

TEST_F(SpoolTest, WhatDoesNotFitIsResourceExhaustedAndNotAdded) {
  const auto spool = Create(3);
  const std::vector<float> first = {1, 2, 3};
  const std::vector<float> second = {4, 5, 6};
  EXPECT_THAT(spool->Append({first}), IsOk());
  {
    const FileSizeLimit limit(16);
    EXPECT_THAT(spool->Append({second}),
                StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr(folder_.path())));
  }
  EXPECT_EQ(spool->records(), 1);
  EXPECT_THAT(spool->Append({second}), IsOk());
  std::vector<float> read(3);
  EXPECT_THAT(spool->Read(1, {absl::MakeSpan(read)}), IsOk());
  EXPECT_EQ(read, second);
}

TEST_F(SpoolTest, ARecordThatIsNotThereIsAnError) {
  const auto spool = Create(1);
  std::vector<float> read(1);
  EXPECT_THAT(spool->Read(0, {absl::MakeSpan(read)}),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("record 0")));
}

TEST_F(SpoolTest, MapsComeBackWithTheirShapes) {
  const std::vector<FeatureMap> shape = {{"deep", 1, 1, 2, {0, 0}}, {"shallow", 1, 1, 1, {0}}};
  const auto spool = *MapSpool<FeatureMap>::Create(folder_.path(), shape);
  std::vector<FeatureMap> maps = shape;
  maps[0].values = {1, 2};
  maps[1].values = {3};
  EXPECT_THAT(spool->Append(shape), IsOk());
  EXPECT_THAT(spool->Append(maps), IsOk());
  EXPECT_EQ(spool->pictures(), 2);
  const auto read = spool->Read(1);
  ASSERT_THAT(read, IsOk());
  ASSERT_EQ(read->size(), 2);
  EXPECT_EQ((*read)[0].layer, "deep");
  EXPECT_THAT((*read)[0].values, ElementsAre(1, 2));
  EXPECT_EQ((*read)[1].layer, "shallow");
  EXPECT_THAT((*read)[1].values, ElementsAre(3));
}

}  // namespace
}  // namespace mlfsc
