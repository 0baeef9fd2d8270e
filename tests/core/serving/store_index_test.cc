#include "core/serving/store_index.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/bundles.h"
#include "tests/testing/counting_file_system.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::RandomBundle;
using ::testing::SizeIs;
using testing::SmallOptions;
using testing::StatusIs;

class StoreIndexTest : public ::testing::Test {
 protected:
  StoreIndexTest() {
    StoreOptions options;
    options.files = &files_;
    store_ = BundleStore::Open(path(), options).value();
    index_ = std::make_unique<StoreIndex>(store_.get());
  }
  std::string path() const { return folder_.path() + "/store"; }
  void Publish(const std::string& category, bool activate = true) {
    ASSERT_THAT(store_->Publish(category, RandomBundle(SmallOptions(), 1), activate), IsOk());
  }
  void Refresh() { index_->Refresh(store_->Categories().value()); }

  const testing::TemporaryFolder folder_;
  testing::CountingFileSystem files_;
  std::unique_ptr<BundleStore> store_;
  std::unique_ptr<StoreIndex> index_;
};

TEST_F(StoreIndexTest, WhatItHasCostsNoLookAtTheDisk) {
  Publish("tile");
  index_->Read("tile");
  const int before = files_.calls();
  EXPECT_THAT(index_->Get("tile").value().versions, SizeIs(1));
  EXPECT_THAT(index_->List(), SizeIs(1));
  EXPECT_THAT(index_->Get("tine"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("tile")));
  EXPECT_THAT(index_->CheckVersion("tile", 1), IsOk());
  EXPECT_THAT(index_->CheckVersion("tile", 2), StatusIs(absl::StatusCode::kNotFound, HasSubstr("version 2")));
  EXPECT_EQ(files_.calls(), before);
}

TEST_F(StoreIndexTest, ARefreshTakesVersionsActivationsAndCategoriesThatCameAndWent) {
  Publish("tile");
  Publish("bolt");
  Refresh();
  EXPECT_THAT(index_->Names(), ElementsAre("bolt", "tile"));
  Publish("tile", /*activate=*/false);
  Refresh();
  EXPECT_EQ(index_->Get("tile")->active_version, 1);
  EXPECT_THAT(index_->CheckVersion("tile", 2), IsOk());
  ASSERT_THAT(store_->Activate("tile", 2), IsOk());
  ASSERT_THAT(store_->DeleteCategory("bolt"), IsOk());
  Refresh();
  EXPECT_EQ(index_->Get("tile")->active_version, 2);
  EXPECT_THAT(index_->Names(), ElementsAre("tile"));
}

TEST_F(StoreIndexTest, ADamagedVersionIsReadAgainUntilItIsSound) {
  Publish("tile");
  const std::string arrays = path() + "/tile/1/bundle.safetensors";
  fs::rename(arrays, path() + "/away");
  Refresh();
  EXPECT_THAT(index_->Get("tile")->versions[0].manifest,
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("missing")));
  fs::rename(path() + "/away", arrays);
  Refresh();
  EXPECT_THAT(index_->Get("tile")->versions[0].manifest, IsOk());
}

TEST_F(StoreIndexTest, AStoreThatIsAwayTakesNothingAway) {
  Publish("tile");
  index_->Read("tile");
  fs::rename(path(), path() + "-away");
  index_->Read("tile");
  EXPECT_THAT(index_->Get("tile"), IsOk());
}

}  // namespace
}  // namespace mlfsc
