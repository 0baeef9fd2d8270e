#include "core/bundle/bundle_store.h"

#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "tests/testing/bundles.h"
#include "tests/testing/golden.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

namespace fs = std::filesystem;
using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::RandomBundle;
using ::mlfsc::testing::ReadFile;
using ::mlfsc::testing::SmallOptions;
using ::mlfsc::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

void WriteText(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

class BundleStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<BundleStore> Open(StoreOptions options = {}) const {
    absl::StatusOr<std::unique_ptr<BundleStore>> store = BundleStore::Open(path(), options);
    EXPECT_THAT(store, IsOk());
    return *std::move(store);
  }
  std::string path() const { return folder_.path() + "/store"; }

  const testing::TemporaryFolder folder_;
  const Bundle bundle_ = RandomBundle(SmallOptions(), 1);
};

std::vector<int64_t> VersionsOf(const CategoryListing& listing) {
  std::vector<int64_t> versions;
  for (const VersionListing& version : listing.versions) versions.push_back(version.version);
  return versions;
}

TEST_F(BundleStoreTest, WhatIsPublishedIsLoadedByAnother) {
  ASSERT_THAT(Open()->Publish("bolt", bundle_, /*activate=*/true), IsOk());
  const absl::StatusOr<Bundle> loaded = Open()->Load("bolt", 1);
  ASSERT_THAT(loaded, IsOk());
  EXPECT_EQ(loaded->dictionaries[0].values, bundle_.dictionaries[0].values);
  EXPECT_EQ(loaded->manifest.calibration.threshold, bundle_.manifest.calibration.threshold);
  EXPECT_EQ(*Open()->ActiveVersion("bolt"), 1);
}

TEST_F(BundleStoreTest, EqualBundlesAreEqualFiles) {
  const auto store = Open();
  ASSERT_THAT(store->Publish("bolt", bundle_, true), IsOk());
  ASSERT_THAT(store->Publish("bolt", bundle_, true), IsOk());
  for (const char* file : {"bundle.safetensors", "manifest.json"}) {
    EXPECT_EQ(ReadFile(path() + "/bolt/1/" + file), ReadFile(path() + "/bolt/2/" + file));
  }
}

TEST_F(BundleStoreTest, ListsCategoriesByNameAndVersionsByAge) {
  const auto store = Open();
  for (int i = 0; i < 11; ++i) ASSERT_THAT(store->Publish("screw", bundle_, i == 0), IsOk());
  ASSERT_THAT(store->Publish("bolt", bundle_, false), IsOk());
  const auto listings = store->List();
  ASSERT_THAT(listings, IsOk());
  ASSERT_THAT(*listings, SizeIs(2));
  EXPECT_EQ((*listings)[0].category, "bolt");
  EXPECT_EQ((*listings)[0].active_version, 0);
  EXPECT_EQ((*listings)[1].category, "screw");
  EXPECT_EQ((*listings)[1].active_version, 1);
  EXPECT_THAT(VersionsOf((*listings)[1]), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
  EXPECT_EQ((*listings)[1].versions[0].manifest->provenance.pictures, 12);
}

TEST_F(BundleStoreTest, ATypingErrorInACategoryIsNoticed) {
  ASSERT_THAT(Open()->Publish("bolt", bundle_, true), IsOk());
  EXPECT_THAT(Open()->Get("blot"),
              StatusIs(absl::StatusCode::kNotFound, "there is no category 'blot'; did you mean bolt?"));
  EXPECT_THAT(Open()->Get("screw"), StatusIs(absl::StatusCode::kNotFound, "there is no category 'screw'"));
}

TEST_F(BundleStoreTest, ActivationGoesForwardsAndBack) {
  const auto store = Open();
  ASSERT_THAT(store->Publish("bolt", bundle_, true), IsOk());
  ASSERT_THAT(store->Publish("bolt", bundle_, false), IsOk());
  EXPECT_EQ(*store->ActiveVersion("bolt"), 1);
  EXPECT_THAT(store->Activate("bolt", 2), IsOk());
  EXPECT_EQ(*store->ActiveVersion("bolt"), 2);
  EXPECT_THAT(store->Activate("bolt", 1), IsOk());
  EXPECT_EQ(*store->ActiveVersion("bolt"), 1);
}

TEST_F(BundleStoreTest, ACategoryMayHaveNoActiveVersion) {
  const auto store = Open();
  ASSERT_THAT(store->Publish("bolt", bundle_, false), IsOk());
  EXPECT_EQ(*store->ActiveVersion("bolt"), 0);
}

TEST_F(BundleStoreTest, TheActiveVersionIsNotDeleted) {
  const auto store = Open();
  ASSERT_THAT(store->Publish("bolt", bundle_, true), IsOk());
  EXPECT_THAT(store->Delete("bolt", 1),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("is active")));
  EXPECT_THAT(store->Load("bolt", 1), IsOk());
}

TEST_F(BundleStoreTest, NumbersGoUpEvenAfterTheHighestWasDeleted) {
  const auto store = Open();
  for (int i = 0; i < 3; ++i) ASSERT_THAT(store->Publish("bolt", bundle_, i == 0), IsOk());
  ASSERT_THAT(store->Delete("bolt", 3), IsOk());
  ASSERT_THAT(store->Delete("bolt", 2), IsOk());
  EXPECT_THAT(VersionsOf(*store->Get("bolt")), ElementsAre(1));
  EXPECT_EQ(*Open()->Publish("bolt", bundle_, false), 4);
}

TEST_F(BundleStoreTest, NumbersGoUpEvenAfterEverythingWasDeleted) {
  const auto store = Open();
  ASSERT_THAT(store->Publish("bolt", bundle_, false), IsOk());
  ASSERT_THAT(store->Delete("bolt", 1), IsOk());
  EXPECT_THAT(store->Get("bolt"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("'bolt'")));
  EXPECT_THAT(store->ActiveVersion("bolt"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("'bolt'")));
  EXPECT_THAT(*store->List(), IsEmpty());
  EXPECT_EQ(*Open()->Publish("bolt", bundle_, false), 2);
}

TEST_F(BundleStoreTest, ADeletedCategoryIsGoneAndItsNumbersAreNotUsedAgain) {
  const auto store = Open();
  ASSERT_THAT(store->Publish("bolt", bundle_, true), IsOk());
  ASSERT_THAT(store->Publish("bolt", bundle_, false), IsOk());
  ASSERT_THAT(store->DeleteCategory("bolt"), IsOk());
  EXPECT_THAT(store->Get("bolt"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("'bolt'")));
  EXPECT_THAT(store->ActiveVersion("bolt"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("'bolt'")));
  EXPECT_THAT(store->Load("bolt", 1), StatusIs(absl::StatusCode::kNotFound, HasSubstr("1")));
  EXPECT_THAT(*store->List(), IsEmpty());
  EXPECT_THAT(store->DeleteCategory("bolt"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("'bolt'")));
  EXPECT_EQ(*store->Publish("bolt", bundle_, true), 3);
}

TEST_F(BundleStoreTest, ADeletionThatWasBegunHidesTheCategoryAndIsFinishedAtOpen) {
  const auto store = Open();
  ASSERT_THAT(store->Publish("bolt", bundle_, true), IsOk());
  fs::create_directory(path() + "/bolt/.deleted");
  EXPECT_THAT(store->ActiveVersion("bolt"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("'bolt'")));
  EXPECT_THAT(store->Load("bolt", 1), StatusIs(absl::StatusCode::kNotFound, HasSubstr("1")));
  EXPECT_THAT(*store->List(), IsEmpty());
  Open();
  for (const char* name : {"1", "active", ".deleted"})
    EXPECT_FALSE(fs::exists(path() + "/bolt/" + name)) << name;
}

TEST_F(BundleStoreTest, NumbersGoUpEvenAfterAVersionWasRemovedByHand) {
  const auto store = Open();
  for (int i = 0; i < 2; ++i) ASSERT_THAT(store->Publish("bolt", bundle_, false), IsOk());
  fs::remove_all(path() + "/bolt/2");
  EXPECT_EQ(*store->Publish("bolt", bundle_, false), 3);
}

TEST_F(BundleStoreTest, NumbersGoUpEvenAfterAVersionThatWasCopiedInWasDeleted) {
  const auto store = Open();
  ASSERT_THAT(store->Publish("bolt", bundle_, true), IsOk());
  fs::copy(path() + "/bolt/1", path() + "/bolt/7");
  EXPECT_THAT(store->Load("bolt", 7), IsOk());
  EXPECT_EQ(*store->ActiveVersion("bolt"), 1) << "a copy never activates itself";
  ASSERT_THAT(store->Delete("bolt", 7), IsOk());
  EXPECT_EQ(*store->Publish("bolt", bundle_, false), 8);
}

TEST_F(BundleStoreTest, ThereIsNoVersionBeyondEighteenDigits) {
  const auto store = Open();
  ASSERT_THAT(store->Publish("bolt", bundle_, true), IsOk());
  fs::create_directory(path() + "/bolt/999999999999999999");
  EXPECT_THAT(store->Publish("bolt", bundle_, false),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("999999999999999999")));
}

TEST_F(BundleStoreTest, WhatIsNotThereIsNotFound) {
  const auto store = Open();
  EXPECT_THAT(store->Get("bolt"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("'bolt'")));
  EXPECT_THAT(store->ActiveVersion("bolt"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("'bolt'")));
  ASSERT_THAT(store->Publish("nut", bundle_, true), IsOk());
  for (const char* category : {"bolt", "nut"}) {
    for (const int64_t version : {-1, 0, 2}) {
      const auto not_found = StatusIs(absl::StatusCode::kNotFound,
                                      AllOf(HasSubstr(category), HasSubstr(std::to_string(version))));
      EXPECT_THAT(store->Load(category, version), not_found);
      EXPECT_THAT(store->Activate(category, version), not_found);
      EXPECT_THAT(store->Delete(category, version), not_found);
    }
  }
  EXPECT_FALSE(fs::exists(path() + "/bolt")) << "asking makes no folder";
}

TEST_F(BundleStoreTest, NamesThatArePathsAreRefusedEverywhere) {
  const auto store = Open();
  for (const char* name :
       {"", ".", "..", "../bolt", "a/b", "/etc", ".lock", "-x", "a b", "a\nb", "\xc3\xa4", "a\\b"}) {
    const auto refused = StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("1 to 64"));
    EXPECT_THAT(ValidateCategoryName(name), refused) << name;
    EXPECT_THAT(store->Publish(name, bundle_, true), refused);
    EXPECT_THAT(store->Get(name), refused);
    EXPECT_THAT(store->ActiveVersion(name), refused);
    EXPECT_THAT(store->Load(name, 1), refused);
    EXPECT_THAT(store->Activate(name, 1), refused);
    EXPECT_THAT(store->Delete(name, 1), refused);
  }
}

TEST_F(BundleStoreTest, NamesHaveOneToSixtyFourCharacters) {
  EXPECT_THAT(ValidateCategoryName("0"), IsOk());
  EXPECT_THAT(ValidateCategoryName("Bolt_M8.left-hand"), IsOk());
  EXPECT_THAT(ValidateCategoryName(std::string(64, 'a')), IsOk());
  EXPECT_FALSE(ValidateCategoryName(std::string(65, 'a')).ok());
  EXPECT_FALSE(ValidateCategoryName(absl::string_view("a\0b", 3)).ok());
}

TEST_F(BundleStoreTest, ABundleThatCouldNotBeLoadedIsNotPublished) {
  Bundle bundle = bundle_;
  bundle.dictionaries[0].values[5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(Open()->Publish("bolt", bundle, true), StatusIs(absl::StatusCode::kInternal, HasSubstr("nan")));
  EXPECT_TRUE(fs::is_empty(path()));
}

TEST_F(BundleStoreTest, EachDamageHasItsMessageAndTheOthersServeOn) {
  const auto store = Open();
  for (int i = 0; i < 6; ++i) ASSERT_THAT(store->Publish("bolt", bundle_, true), IsOk());
  const std::string category = path() + "/bolt/";
  fs::resize_file(category + "1/bundle.safetensors", 100);
  std::string flipped = ReadFile(category + "2/bundle.safetensors");
  flipped.back() ^= 1;
  WriteText(category + "2/bundle.safetensors", flipped);
  fs::remove(category + "3/manifest.json");
  fs::remove(category + "4/bundle.safetensors");
  WriteText(category + "5/manifest.json", R"({"format":"mlfsc-bundle","format_version":9})");

  const auto damaged = [&](int version, const char* what) {
    return StatusIs(absl::StatusCode::kDataLoss,
                    AllOf(HasSubstr("'bolt' version " + std::to_string(version)), HasSubstr(what)));
  };
  EXPECT_THAT(store->Load("bolt", 1), damaged(1, "bundle.safetensors has 100 bytes"));
  EXPECT_THAT(store->Load("bolt", 2), damaged(2, "bundle.safetensors has the checksum"));
  EXPECT_THAT(store->Load("bolt", 3), damaged(3, "manifest.json is missing"));
  EXPECT_THAT(store->Load("bolt", 4), damaged(4, "bundle.safetensors is missing"));
  EXPECT_THAT(store->Load("bolt", 5),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("format version 9")));
  EXPECT_THAT(store->Load("bolt", 6), IsOk());

  const auto listing = store->Get("bolt");
  ASSERT_THAT(listing, IsOk());
  EXPECT_THAT(VersionsOf(*listing), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(listing->versions[2].manifest, damaged(3, "manifest.json is missing"));
  EXPECT_THAT(listing->versions[5].manifest, IsOk());

  EXPECT_THAT(store->Activate("bolt", 2), damaged(2, "checksum")) << "what cannot be loaded cannot answer";
  EXPECT_EQ(*store->ActiveVersion("bolt"), 6);
  EXPECT_THAT(store->Delete("bolt", 3), IsOk()) << "what is damaged can be deleted";
}

TEST_F(BundleStoreTest, ADamagedActiveFileIsNamedAndMendedByActivate) {
  const auto store = Open();
  ASSERT_THAT(store->Publish("bolt", bundle_, true), IsOk());
  for (const char* text : {"", "x", "-1", "01", "1 ", "1000000000000000000", "1\n2\n"}) {
    WriteText(path() + "/bolt/active", text);
    const auto damaged = StatusIs(absl::StatusCode::kDataLoss, HasSubstr(path() + "/bolt/active is damaged"));
    EXPECT_THAT(store->ActiveVersion("bolt"), damaged) << text;
    const auto listings = store->List();
    ASSERT_THAT(listings, IsOk());
    EXPECT_THAT((*listings)[0].status, damaged);
    EXPECT_THAT(VersionsOf((*listings)[0]), ElementsAre(1));
    EXPECT_THAT(store->Delete("bolt", 1), damaged) << "it may be the active one";
  }
  fs::remove(path() + "/bolt/active");
  fs::create_symlink(path() + "/elsewhere", path() + "/bolt/active");
  EXPECT_THAT(store->ActiveVersion("bolt"), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("/bolt/active")));
  EXPECT_THAT(store->Activate("bolt", 1), IsOk());
  EXPECT_EQ(*store->ActiveVersion("bolt"), 1);
}

TEST_F(BundleStoreTest, LinksAndOddFilesAreIgnoredOrRefused) {
  const auto store = Open();
  ASSERT_THAT(store->Publish("bolt", bundle_, true), IsOk());
  WriteText(path() + "/notes.txt", "x");
  WriteText(path() + "/file", "x");
  fs::create_directory(path() + "/lost+found");
  fs::create_directory_symlink(path() + "/bolt", path() + "/link");
  fs::create_directory_symlink(path() + "/bolt/1", path() + "/bolt/2");
  fs::create_directory(path() + "/bolt/03");
  WriteText(path() + "/bolt/4", "x");
  fs::create_directory(path() + "/bolt/5");
  fs::create_symlink(path() + "/bolt/1/manifest.json", path() + "/bolt/5/manifest.json");

  const auto listings = store->List();
  ASSERT_THAT(listings, IsOk());
  ASSERT_THAT(*listings, SizeIs(1));
  EXPECT_THAT(VersionsOf((*listings)[0]), ElementsAre(1, 5));
  EXPECT_THAT(store->Load("link", 1), StatusIs(absl::StatusCode::kNotFound, HasSubstr("'link'")));
  EXPECT_THAT(store->Get("file"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("'file'")));
  EXPECT_THAT(store->Load("bolt", 2), StatusIs(absl::StatusCode::kNotFound, HasSubstr("version 2")));
  EXPECT_THAT(store->Load("bolt", 5), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("manifest.json")));
  for (const char* name : {"link", "file"}) {
    EXPECT_THAT(store->Publish(name, bundle_, true),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("is no folder")));
  }
  EXPECT_EQ(*store->Publish("bolt", bundle_, false), 6) << "above every name that looks like a version";
}

TEST_F(BundleStoreTest, LeftoversOfAKilledWriterAreRemovedAtOpen) {
  ASSERT_THAT(Open()->Publish("bolt", bundle_, true), IsOk());
  fs::create_directories(path() + "/bolt/.tmp-version/deep");
  WriteText(path() + "/bolt/.tmp-active", "2\n");
  fs::create_directory(path() + "/new");
  WriteText(path() + "/new/.lock", "");
  fs::create_directory(path() + "/newer");
  const auto store = Open();
  EXPECT_FALSE(fs::exists(path() + "/bolt/.tmp-version"));
  EXPECT_FALSE(fs::exists(path() + "/bolt/.tmp-active"));
  EXPECT_FALSE(fs::exists(path() + "/new"));
  EXPECT_FALSE(fs::exists(path() + "/newer"));
  EXPECT_THAT(store->Load("bolt", 1), IsOk());
}

TEST_F(BundleStoreTest, WhatALivingWriterOwnsIsNotRemovedAtOpen) {
  const auto store = Open();
  ASSERT_THAT(store->Publish("bolt", bundle_, true), IsOk());
  {
    const auto lock = FileSystem::Real()->Lock(path() + "/bolt/.lock", absl::ZeroDuration());
    ASSERT_THAT(lock, IsOk());
    fs::create_directory(path() + "/bolt/.tmp-version");
    Open();
    EXPECT_TRUE(fs::exists(path() + "/bolt/.tmp-version"));
  }
  ASSERT_THAT(store->Publish("bolt", bundle_, true), IsOk());
  EXPECT_FALSE(fs::exists(path() + "/bolt/.tmp-version"));
}

TEST_F(BundleStoreTest, AChangeWaitsForAnothersTurnOnlySoLongAndNamesIt) {
  ASSERT_THAT(Open()->Publish("bolt", bundle_, true), IsOk());
  StoreOptions options;
  options.lock_timeout = absl::Milliseconds(20);
  const auto store = *BundleStore::Open(path(), options);
  const auto lock = FileSystem::Real()->Lock(path() + "/bolt/.lock", absl::ZeroDuration());
  ASSERT_THAT(lock, IsOk());
  const auto held = StatusIs(absl::StatusCode::kUnavailable,
                             AllOf(HasSubstr("bolt/.lock"), HasSubstr(absl::StrCat("process ", getpid())),
                                   HasSubstr("gave up after 20ms")));
  EXPECT_THAT(store->Activate("bolt", 1), held);
  EXPECT_THAT(store->Publish("bolt", bundle_, true), held);
  EXPECT_THAT(store->DeleteCategory("bolt"), held);
  EXPECT_THAT(store->Publish("nut", bundle_, true), IsOk());
  EXPECT_THAT(store->Get("bolt"), IsOk());
}

TEST_F(BundleStoreTest, NobodyWaitsForATurnInAServerThatEnds) {
  ASSERT_THAT(Open()->Publish("bolt", bundle_, true), IsOk());
  StoreOptions options;
  options.lock_timeout = absl::Hours(1);
  const auto store = Open(options);
  const auto lock = FileSystem::Real()->Lock(path() + "/bolt/.lock", absl::ZeroDuration());
  ASSERT_THAT(lock, IsOk());
  std::thread change([&] {
    EXPECT_THAT(store->Activate("bolt", 1), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("ending")));
  });
  store->StopWaiting();
  change.join();
}

TEST_F(BundleStoreTest, OpenMakesTheFolderAndThoseAboveIt) {
  const auto store = BundleStore::Open(folder_.path() + "/a/b/c/", {});
  ASSERT_THAT(store, IsOk());
  EXPECT_EQ(*(*store)->Publish("bolt", bundle_, true), 1);
}

TEST_F(BundleStoreTest, AStoreThatIsAFileCannotBeOpened) {
  WriteText(path(), "x");
  EXPECT_THAT(BundleStore::Open(path()), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(path())));
  EXPECT_THAT(BundleStore::Open(path() + "/below"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(path())));
}

TEST_F(BundleStoreTest, OnlyTheNewestVersionsAndTheActiveOneAreKept) {
  StoreOptions options;
  options.keep_versions = 2;
  const auto store = Open(options);
  ASSERT_THAT(store->Publish("bolt", bundle_, true), IsOk());
  for (int i = 0; i < 4; ++i) ASSERT_THAT(store->Publish("bolt", bundle_, false), IsOk());
  EXPECT_THAT(VersionsOf(*store->Get("bolt")), ElementsAre(1, 4, 5));
  ASSERT_THAT(store->Publish("bolt", bundle_, true), IsOk());
  EXPECT_THAT(VersionsOf(*store->Get("bolt")), ElementsAre(5, 6));
  ASSERT_THAT(store->Activate("bolt", 5), IsOk());
}

TEST_F(BundleStoreTest, OneCategoryTooManyIsRefusedAndTheOthersGoOn) {
  StoreOptions options;
  options.max_categories = 2;
  const auto store = Open(options);
  for (const char* category : {"bolt", "nut"}) ASSERT_THAT(store->Publish(category, bundle_, true), IsOk());
  EXPECT_THAT(store->Publish("cog", bundle_, true),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("the limit is 2")));
  EXPECT_THAT(store->CheckPublish("cog"), StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("2")));
  EXPECT_EQ(*store->Publish("nut", bundle_, true), 2);
  ASSERT_THAT(store->DeleteCategory("bolt"), IsOk());
  EXPECT_THAT(store->Publish("cog", bundle_, true), IsOk());
}

TEST_F(BundleStoreTest, AReadOnlyStoreReadsAndWritesNothing) {
  ASSERT_THAT(Open()->Publish("bolt", bundle_, true), IsOk());
  fs::create_directory(path() + "/bolt/.tmp-version");
  StoreOptions options;
  options.read_only = true;
  const auto store = Open(options);
  const auto refused =
      StatusIs(absl::StatusCode::kFailedPrecondition, AllOf(HasSubstr(path()), HasSubstr("read-only")));
  EXPECT_THAT(store->Publish("bolt", bundle_, true), refused);
  EXPECT_THAT(store->Activate("bolt", 1), refused);
  EXPECT_THAT(store->Delete("bolt", 1), refused);
  EXPECT_TRUE(fs::exists(path() + "/bolt/.tmp-version")) << "it cleans nothing either";
  EXPECT_EQ(*store->ActiveVersion("bolt"), 1);
  EXPECT_THAT(store->Load("bolt", 1), IsOk());
  EXPECT_THAT(*store->List(), SizeIs(1));
}

TEST_F(BundleStoreTest, AReadOnlyStoreMakesNoFolder) {
  StoreOptions options;
  options.read_only = true;
  EXPECT_THAT(BundleStore::Open(path(), options),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(path())));
  EXPECT_FALSE(fs::exists(path()));
}

}  // namespace
}  // namespace mlfsc
