#include "core/serving/catalog.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/testing/bundles.h"
#include "tests/testing/counting_file_system.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/golden.h"
#include "tests/testing/recording_catalog_observer.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::RandomBundle;
using testing::SmallOptions;
using testing::StatusIs;

const std::string kBackbone(64, 'a');  // As in RandomBundle.

// VGG16's, with the cheaper score.
CategoryOptions BackboneOptions() {
  CategoryOptions options = DefaultOptions(FeatureSource::kPyramid, 128);
  options.scoring.method = ScoreMethod::kSum;
  return options;
}

class CatalogTest : public ::testing::Test {
 protected:
  CatalogTest() {
    auto store = BundleStore::Open(folder_.path());
    EXPECT_THAT(store, IsOk());
    store_ = *std::move(store);
    Open(kBackbone);
  }

  void Open(const std::string& backbone, const CatalogOptions& options = {}) {
    catalog_ = std::make_unique<Catalog>(store_.get(), backbone, &clock_, options);
    catalog_->SetObserver(&observer_);
  }

  // With a store whose calls are counted.
  void OpenCounted() {
    StoreOptions options;
    options.files = &files_;
    store_ = BundleStore::Open(folder_.path(), options).value();
    Open(kBackbone);
  }

  int64_t Publish(const std::string& category, const CategoryOptions& options = SmallOptions(),
                  bool activate = true) {
    const auto version = store_->Publish(category, RandomBundle(options, 1), activate);
    EXPECT_THAT(version, IsOk());
    return *version;
  }

  std::string ArraysFile(const std::string& category, int64_t version) const {
    return folder_.path() + "/" + category + "/" + std::to_string(version) + "/bundle.safetensors";
  }
  static void Write(const std::string& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
  }

  testing::TemporaryFolder folder_;
  testing::FakeClock clock_;
  testing::CountingFileSystem files_;
  testing::RecordingCatalogObserver observer_;
  // Also what another server does to it.
  std::unique_ptr<BundleStore> store_;
  std::unique_ptr<Catalog> catalog_;
};

TEST_F(CatalogTest, ZeroMeansTheActiveVersion) {
  Publish("tile");
  Publish("tile");
  ASSERT_THAT(store_->Activate("tile", 1), IsOk());
  EXPECT_EQ((*catalog_->Acquire("tile", 0))->version(), 1);
  EXPECT_EQ((*catalog_->Acquire("tile", 2))->version(), 2);
}

TEST_F(CatalogTest, AModelIsLoadedOnce) {
  Publish("tile");
  const auto first = catalog_->Acquire("tile", 0);
  EXPECT_EQ(*catalog_->Acquire("tile", 0), *first);
  EXPECT_EQ(*catalog_->Acquire("tile", 1), *first);
}

TEST_F(CatalogTest, ConcurrentCallersGetTheSameModel) {
  Publish("tile");
  std::vector<std::shared_ptr<const CategoryModel>> models(16);
  std::vector<std::thread> callers;
  for (auto& model : models) callers.emplace_back([&] { model = *catalog_->Acquire("tile", 0); });
  for (std::thread& caller : callers) caller.join();
  EXPECT_THAT(models, Each(models[0]));
}

TEST_F(CatalogTest, WhatIsNotThereIsNotFound) {
  Publish("tile");
  EXPECT_THAT(catalog_->Acquire("wood", 0), StatusIs(absl::StatusCode::kNotFound, HasSubstr("wood")));
  EXPECT_THAT(catalog_->Acquire("tile", 7), StatusIs(absl::StatusCode::kNotFound, HasSubstr("7")));
}

TEST_F(CatalogTest, WhatCannotBeANameIsRefused) {
  EXPECT_THAT(catalog_->Acquire("../tile", 0),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("../")));
  EXPECT_THAT(catalog_->Acquire("tile", -1), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("-1")));
}

TEST_F(CatalogTest, ACategoryWithoutAnActiveVersionSaysSo) {
  Publish("tile", SmallOptions(), /*activate=*/false);
  EXPECT_THAT(catalog_->Acquire("tile", 0),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no active version")));
}

TEST_F(CatalogTest, ABundleOfAnotherBackboneNamesBoth) {
  Publish("tile", BackboneOptions());
  const std::string other(64, 'b');
  Open(other);
  EXPECT_THAT(catalog_->Acquire("tile", 0),
              StatusIs(absl::StatusCode::kFailedPrecondition, AllOf(HasSubstr(kBackbone), HasSubstr(other))));
}

TEST_F(CatalogTest, PixelsNeedNoBackbone) {
  Publish("tile");
  Open(std::string(64, 'b'));
  EXPECT_THAT(catalog_->Acquire("tile", 0), IsOk());
}

TEST_F(CatalogTest, ADamagedBundleIsNotReadForEveryRequestAndServesOnceReplaced) {
  Publish("tile");
  const std::string good = testing::ReadFile(ArraysFile("tile", 1));
  Write(ArraysFile("tile", 1), good.substr(0, good.size() / 2));
  EXPECT_THAT(catalog_->Acquire("tile", 0), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("tile")));
  Write(ArraysFile("tile", 1), good);
  EXPECT_THAT(catalog_->Acquire("tile", 0), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("tile")));
  clock_.Advance(absl::Seconds(5));
  EXPECT_THAT(catalog_->Acquire("tile", 0), IsOk());
}

TEST_F(CatalogTest, AVersionThatWasNotThereServesAsSoonAsItIs) {
  Publish("tile");
  EXPECT_EQ(catalog_->Acquire("tile", 2).status().code(), absl::StatusCode::kNotFound);
  Publish("tile");
  EXPECT_THAT(catalog_->Acquire("tile", 2), IsOk());
}

TEST_F(CatalogTest, AModelOutlivesItsVersion) {
  Publish("tile");
  Publish("tile");
  const std::shared_ptr<const CategoryModel> model = *catalog_->Acquire("tile", 1);
  ASSERT_THAT(catalog_->Delete("tile", 1), IsOk());
  EXPECT_EQ(catalog_->Acquire("tile", 1).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(model->version(), 1);
}

TEST_F(CatalogTest, TheModelThatWasUsedLongestAgoMakesRoom) {
  for (const char* category : {"a", "b", "c"}) Publish(category);
  CatalogOptions options;
  options.max_loaded = 2;
  Open(kBackbone, options);
  const auto a = *catalog_->Acquire("a", 0);
  clock_.Advance(absl::Seconds(1));
  const auto b = *catalog_->Acquire("b", 0);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(*catalog_->Acquire("a", 0), a);
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(catalog_->Acquire("c", 0), IsOk());
  EXPECT_EQ(*catalog_->Acquire("a", 0), a);
  EXPECT_NE(*catalog_->Acquire("b", 0), b);
}

TEST_F(CatalogTest, LoadedModelsAreBoundedByBytesToo) {
  for (const char* category : {"a", "b", "c"}) Publish(category);
  const auto file = static_cast<int64_t>(testing::ReadFile(ArraysFile("a", 1)).size());
  CatalogOptions options;
  options.max_loaded_bytes = 2 * file;
  Open(kBackbone, options);
  const auto a = *catalog_->Acquire("a", 0);
  clock_.Advance(absl::Seconds(1));
  const auto b = *catalog_->Acquire("b", 0);
  EXPECT_EQ(*catalog_->Acquire("a", 0), a);
  EXPECT_EQ(*catalog_->Acquire("b", 0), b);
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(catalog_->Acquire("c", 0), IsOk());
  EXPECT_EQ(*catalog_->Acquire("b", 0), b);
  EXPECT_NE(*catalog_->Acquire("a", 0), a);
  // One that is larger than all together may be still answers.
  options.max_loaded_bytes = file / 2;
  Open(kBackbone, options);
  EXPECT_EQ(*catalog_->Acquire("a", 0), *catalog_->Acquire("a", 0));
}

TEST_F(CatalogTest, TheCheckNamesWhatIsWrongAndTheOthersServe) {
  Publish("good");
  Publish("damaged");
  Write(ArraysFile("damaged", 1), "");
  Publish("other", BackboneOptions());
  Publish("inactive", SmallOptions(), /*activate=*/false);
  Open(std::string(64, 'b'));
  ASSERT_THAT(catalog_->CheckAll(nullptr), IsOk());
  EXPECT_EQ(observer_.Of("good").version, 1);
  EXPECT_EQ(observer_.Of("damaged").version, 0);
  EXPECT_THAT(observer_.Of("damaged").status, StatusIs(absl::StatusCode::kDataLoss, HasSubstr("truncated")));
  EXPECT_THAT(observer_.Of("other").status,
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("backbone")));
  EXPECT_EQ(observer_.Of("inactive").version, 0);
  EXPECT_THAT(observer_.Of("inactive").status, IsOk());
  EXPECT_EQ(catalog_->serving(), 1);
  EXPECT_THAT(catalog_->Acquire("good", 0), IsOk());
}

TEST_F(CatalogTest, PreloadFindsWhatTheCheckDoesNotReadAlsoBeyondMaxLoaded) {
  for (const char* category : {"a", "b", "c"}) Publish(category);
  for (const char* category : {"a", "c"}) {
    std::string bytes = testing::ReadFile(ArraysFile(category, 1));
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    Write(ArraysFile(category, 1), bytes);
  }
  CatalogOptions options;
  options.max_loaded = 1;
  Open(kBackbone, options);
  ASSERT_THAT(catalog_->CheckAll(nullptr), IsOk());
  EXPECT_EQ(catalog_->serving(), 3);
  catalog_->Preload(nullptr, [] { return false; });
  EXPECT_EQ(observer_.Of("a").version, 0);
  EXPECT_EQ(observer_.Of("b").version, 1);
  EXPECT_EQ(observer_.Of("c").version, 0);
  EXPECT_THAT(observer_.Of("c").status, StatusIs(absl::StatusCode::kDataLoss, HasSubstr("checksum")));
  // The list says so, too.
  const auto listing = catalog_->Get("c");
  ASSERT_THAT(listing, IsOk());
  EXPECT_THAT(listing->versions[0].manifest, StatusIs(absl::StatusCode::kDataLoss, HasSubstr("checksum")));
}

TEST_F(CatalogTest, AFloodOfMadeUpNamesCostsNoLookAtTheDisk) {
  OpenCounted();
  ASSERT_THAT(catalog_->Publish("tile", RandomBundle(SmallOptions(), 1), true), IsOk());
  ASSERT_THAT(catalog_->CheckAll(nullptr), IsOk());
  const int before = files_.calls();
  for (int i = 0; i < 1000; ++i) {
    const std::string name = absl::StrCat("made-up-", i);
    EXPECT_EQ(catalog_->Acquire(name, 0).status().code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(catalog_->Acquire("tile", 2 + i).status().code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(catalog_->Get(name).status().code(), absl::StatusCode::kNotFound);
    EXPECT_THAT(catalog_->CheckPublish(name), IsOk());
  }
  EXPECT_THAT(catalog_->List(), IsOk());
  EXPECT_THAT(catalog_->Get("tile"), IsOk());
  EXPECT_EQ(files_.calls(), before);
}

TEST_F(CatalogTest, WhatAnotherServerPublishedIsThereWithTheNextRefreshAndAtOnceForAChange) {
  ASSERT_THAT(catalog_->CheckAll(nullptr), IsOk());
  Publish("tile", SmallOptions(), /*activate=*/false);
  EXPECT_EQ(catalog_->Acquire("tile", 1).status().code(), absl::StatusCode::kNotFound);
  ASSERT_THAT(catalog_->Refresh(), IsOk());
  EXPECT_THAT(catalog_->Acquire("tile", 1), IsOk());
  EXPECT_EQ(catalog_->Get("tile")->active_version, 0);
  Publish("tile", SmallOptions(), /*activate=*/false);
  ASSERT_THAT(catalog_->Activate("tile", 2), IsOk());
  EXPECT_EQ((*catalog_->Acquire("tile", 0))->version(), 2);
  EXPECT_EQ(catalog_->Get("tile")->active_version, 2);
  Publish("bolt");
  EXPECT_THAT(catalog_->Export("bolt", 0), IsOk());
}

TEST_F(CatalogTest, WhatWasLearntByAnotherArithmeticIsToldOf) {
  CatalogOptions options;
  options.arithmetic = {"float32", "direct"};
  Open(kBackbone, options);
  // Learnt by Winograd's algorithm.
  Publish("vgg", BackboneOptions());
  ASSERT_THAT(catalog_->CheckAll(nullptr), IsOk());
  EXPECT_THAT(observer_.NoteOf("vgg"), AllOf(HasSubstr("winograd"), HasSubstr("up to 0.01 %")));
  EXPECT_EQ(catalog_->Get("vgg")->versions[0].note, observer_.NoteOf("vgg"));
}

TEST_F(CatalogTest, OnlyWhatMustBeLoadedIsNotAnsweredFromMemory) {
  Publish("tile");
  ASSERT_THAT(catalog_->CheckAll(nullptr), IsOk());
  EXPECT_FALSE(catalog_->TryAcquire("tile", 0).has_value());
  ASSERT_THAT(catalog_->Acquire("tile", 0), IsOk());
  EXPECT_THAT(catalog_->TryAcquire("tile", 0), ::testing::Optional(IsOk()));
  EXPECT_THAT(catalog_->TryAcquire("tile", 1), ::testing::Optional(IsOk()));
  EXPECT_THAT(catalog_->TryAcquire("none", 0),
              ::testing::Optional(StatusIs(absl::StatusCode::kNotFound, HasSubstr("none"))));
}

TEST_F(CatalogTest, AnotherServersActivationIsTakenAtTheNextRefresh) {
  Publish("tile");
  EXPECT_EQ((*catalog_->Acquire("tile", 0))->version(), 1);
  Publish("tile");
  EXPECT_EQ((*catalog_->Acquire("tile", 0))->version(), 1);
  ASSERT_THAT(catalog_->Refresh(), IsOk());
  EXPECT_EQ((*catalog_->Acquire("tile", 0))->version(), 2);
  EXPECT_EQ(observer_.Of("tile").version, 2);
}

TEST_F(CatalogTest, ACopyIsTakenOnlyOnceItIsWhole) {
  Publish("tile");
  EXPECT_EQ((*catalog_->Acquire("tile", 0))->version(), 1);
  // rsync brings `active` first, then the files in pieces.
  const std::string folder = folder_.path() + "/tile/7";
  Write(folder_.path() + "/tile/active", "7\n");
  const auto expect_old = [&](const std::string& why) {
    clock_.Advance(absl::Seconds(10));
    ASSERT_THAT(catalog_->Refresh(), IsOk());
    EXPECT_EQ((*catalog_->Acquire("tile", 0))->version(), 1) << why;
    EXPECT_EQ(observer_.Of("tile").version, 1);
    EXPECT_THAT(std::string(observer_.Of("tile").status.message()), HasSubstr(why));
  };
  expect_old("no version 7");
  std::filesystem::create_directory(folder);
  expect_old("manifest.json is missing");
  const BundleFiles files = SerialiseBundle(RandomBundle(SmallOptions(), 9));
  Write(folder + "/manifest.json", files.manifest);
  expect_old("bundle.safetensors is missing");
  Write(folder + "/bundle.safetensors", files.arrays.substr(0, 100));
  expect_old("truncated");
  Write(folder + "/bundle.safetensors", files.arrays);
  clock_.Advance(absl::Seconds(10));
  ASSERT_THAT(catalog_->Refresh(), IsOk());
  EXPECT_EQ((*catalog_->Acquire("tile", 0))->version(), 7);
  EXPECT_EQ(observer_.Of("tile").version, 7);
  EXPECT_THAT(observer_.Of("tile").status, IsOk());
}

TEST_F(CatalogTest, AnActiveFileThatIsBeingWrittenIsNotTaken) {
  Publish("tile");
  EXPECT_EQ((*catalog_->Acquire("tile", 0))->version(), 1);
  Write(folder_.path() + "/tile/active", "");
  ASSERT_THAT(catalog_->Refresh(), IsOk());
  EXPECT_EQ((*catalog_->Acquire("tile", 0))->version(), 1);
  EXPECT_THAT(observer_.Of("tile").status, StatusIs(absl::StatusCode::kDataLoss, HasSubstr("active")));
}

TEST_F(CatalogTest, ACategoryThatAnotherServerDeletesIsGoneWithTheNextRefresh) {
  Publish("tile");
  ASSERT_THAT(catalog_->Acquire("tile", 0), IsOk());
  ASSERT_THAT(store_->DeleteCategory("tile"), IsOk());
  ASSERT_THAT(catalog_->Refresh(), IsOk());
  EXPECT_EQ(observer_.Of("tile").version, -1);
  EXPECT_THAT(catalog_->Acquire("tile", 0), StatusIs(absl::StatusCode::kNotFound, HasSubstr("tile")));
}

TEST_F(CatalogTest, TheMemoryOfAVersionThatAnswersNoMoreIsReleased) {
  Publish("tile");
  std::shared_ptr<const CategoryModel> in_flight = *catalog_->Acquire("tile", 0);
  const std::weak_ptr<const CategoryModel> model = in_flight;
  ASSERT_THAT(catalog_->Publish("tile", RandomBundle(SmallOptions(), 2), true), IsOk());
  EXPECT_FALSE(model.expired());
  EXPECT_EQ(in_flight->version(), 1);
  in_flight.reset();
  EXPECT_TRUE(model.expired());
}

TEST_F(CatalogTest, AVersionThatIsNoMoreInTheStoreAnswersNoMore) {
  Publish("tile");
  Publish("tile");
  ASSERT_THAT(catalog_->Acquire("tile", 1), IsOk());
  // By another server.
  ASSERT_THAT(store_->Delete("tile", 1), IsOk());
  ASSERT_THAT(catalog_->Refresh(), IsOk());
  EXPECT_THAT(catalog_->Acquire("tile", 1), StatusIs(absl::StatusCode::kNotFound, HasSubstr("version 1")));
  EXPECT_THAT(catalog_->Acquire("tile", 2), IsOk());
}

TEST_F(CatalogTest, AVersionThatRetiresWithTheNextOneAnswersNoMore) {
  StoreOptions options;
  options.keep_versions = 1;
  store_ = BundleStore::Open(folder_.path(), options).value();
  Open(kBackbone);
  for (unsigned version = 1; version <= 3; ++version) {
    ASSERT_THAT(catalog_->Publish("tile", RandomBundle(SmallOptions(), version), true), IsOk());
    if (version == 1) {
      ASSERT_THAT(catalog_->Acquire("tile", 1), IsOk());
    }
  }
  EXPECT_THAT(catalog_->Acquire("tile", 1), StatusIs(absl::StatusCode::kNotFound, HasSubstr("version 1")));
}

TEST_F(CatalogTest, AVersionThatAnotherServerRetiredCostsNoRequest) {
  CatalogOptions options;
  options.max_loaded = 1;
  Open(kBackbone, options);
  Publish("tile");
  Publish("other");
  ASSERT_THAT(catalog_->Acquire("tile", 0), IsOk());
  clock_.Advance(absl::Seconds(1));
  ASSERT_THAT(catalog_->Acquire("other", 0), IsOk());
  Publish("tile");
  ASSERT_THAT(store_->Delete("tile", 1), IsOk());
  // Not loaded any more, and not on the disk.
  const auto model = catalog_->Acquire("tile", 0);
  ASSERT_THAT(model, IsOk());
  EXPECT_EQ((*model)->version(), 2);
}

TEST_F(CatalogTest, WhatIsPublishedAnswersUnlessToldOtherwise) {
  ASSERT_THAT(catalog_->Publish("tile", RandomBundle(SmallOptions(), 1), true), IsOk());
  ASSERT_THAT(catalog_->Publish("tile", RandomBundle(SmallOptions(), 2), false), IsOk());
  EXPECT_EQ((*catalog_->Acquire("tile", 0))->version(), 1);
  ASSERT_THAT(catalog_->Activate("tile", 2), IsOk());
  EXPECT_EQ((*catalog_->Acquire("tile", 0))->version(), 2);
}

TEST_F(CatalogTest, AVersionThatCannotServeIsNotActivated) {
  Publish("tile");
  Publish("tile", BackboneOptions(), /*activate=*/false);
  Open(std::string(64, 'b'));
  EXPECT_THAT(catalog_->Activate("tile", 2),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("backbone")));
  EXPECT_THAT(catalog_->Activate("tile", 0), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("0")));
  EXPECT_EQ((*catalog_->Acquire("tile", 0))->version(), 1);
}

TEST_F(CatalogTest, AMovedThresholdIsAVersionWithTheSameDictionaries) {
  Publish("tile");
  ThresholdRequest request;
  request.category = "tile";
  request.limit = RawThreshold{123};
  const auto version = catalog_->SetThreshold(request);
  ASSERT_THAT(version, IsOk());
  EXPECT_EQ(*version, 2);
  const std::shared_ptr<const CategoryModel> model = *catalog_->Acquire("tile", 0);
  EXPECT_EQ(model->version(), 2);
  EXPECT_EQ(model->manifest().calibration.threshold, 123);
  EXPECT_EQ(model->manifest().provenance.create_time, clock_.WallNow());
  EXPECT_EQ(testing::ReadFile(ArraysFile("tile", 1)), testing::ReadFile(ArraysFile("tile", 2)));
  request.activate = false;
  request.version = 1;
  request.limit = FalseAlarmRate{0.05};
  EXPECT_EQ(*catalog_->SetThreshold(request), 3);
  EXPECT_EQ((*catalog_->Acquire("tile", 0))->version(), 2);
}

TEST_F(CatalogTest, ACategoryThatIsDeletedIsNotFound) {
  Publish("tile");
  Publish("tiles");
  ASSERT_THAT(catalog_->Acquire("tile", 0), IsOk());
  ASSERT_THAT(catalog_->DeleteCategory("tile"), IsOk());
  EXPECT_THAT(catalog_->Acquire("tile", 0), StatusIs(absl::StatusCode::kNotFound, HasSubstr("tile")));
  EXPECT_THAT(catalog_->Acquire("tile", 1), StatusIs(absl::StatusCode::kNotFound, HasSubstr("tile")));
  EXPECT_THAT(catalog_->Acquire("tiles", 0), IsOk());
}

TEST_F(CatalogTest, TheActiveVersionIsNotDeleted) {
  Publish("tile");
  EXPECT_THAT(catalog_->Delete("tile", 1), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("1")));
  EXPECT_THAT(catalog_->Acquire("tile", 0), IsOk());
}

}  // namespace
}  // namespace mlfsc
