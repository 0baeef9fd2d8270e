#include "core/bundle/bundle_archive.h"

#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/bundle/safetensors.h"
#include "tests/core/bundle/allocation_meter.h"
#include "tests/testing/bundles.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::AllocationMeter;
using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::RandomBundle;
using ::mlfsc::testing::SmallOptions;
using ::mlfsc::testing::StatusIs;
using ::testing::HasSubstr;

std::string Archive() { return SerialiseArchive({"bolt", 3, RandomBundle(SmallOptions(), 1)}); }

// The archive as a safetensors file, to be tampered with.
SafetensorsFile Opened() { return ParseSafetensors(Archive()).value(); }

auto RefusedFor(const std::string& cause) {
  return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(cause));
}

TEST(BundleArchiveTest, WhatIsExportedIsTheSameBundleAgain) {
  const auto archived = ParseArchive(Archive());
  ASSERT_THAT(archived, IsOk());
  EXPECT_EQ(archived->category, "bolt");
  EXPECT_EQ(archived->version, 3);
  const BundleFiles before = SerialiseBundle(RandomBundle(SmallOptions(), 1));
  const BundleFiles after = SerialiseBundle(archived->bundle);
  EXPECT_EQ(after.arrays, before.arrays);
  EXPECT_EQ(after.manifest, before.manifest);
  EXPECT_EQ(SerialiseArchive(*archived), Archive());
}

TEST(BundleArchiveTest, NamesThatArePathsAreRefused) {
  for (const char* name : {"../bolt", "/etc/passwd", "a/b", ".", "", ".hidden"}) {
    SafetensorsFile file = Opened();
    file.metadata["category"] = name;
    EXPECT_THAT(ParseArchive(SerialiseSafetensors(file)), RefusedFor("category is called")) << name;
  }
  SafetensorsFile file = Opened();
  file.metadata["version"] = "../1";
  EXPECT_THAT(ParseArchive(SerialiseSafetensors(file)), RefusedFor("version is '../1'"));
}

TEST(BundleArchiveTest, OtherFilesAreRefused) {
  EXPECT_THAT(ParseArchive(""), RefusedFor("0 bytes"));
  EXPECT_THAT(ParseArchive(std::string(1000, 'x')), RefusedFor("header claims"));
  EXPECT_THAT(ParseArchive(SerialiseBundle(RandomBundle(SmallOptions(), 1)).arrays), RefusedFor("no format"));
  SafetensorsFile file = Opened();
  file.metadata["format"] = "other";
  EXPECT_THAT(ParseArchive(SerialiseSafetensors(file)), RefusedFor("'other'"));
  file = Opened();
  file.metadata.erase("manifest");
  EXPECT_THAT(ParseArchive(SerialiseSafetensors(file)), RefusedFor("no manifest"));
}

TEST(BundleArchiveTest, NothingMoreMayBeInIt) {
  SafetensorsFile file = Opened();
  file.metadata["more"] = "";
  EXPECT_THAT(ParseArchive(SerialiseSafetensors(file)), RefusedFor("'more'"));
  file = Opened();
  file.tensors["more"] = MakeFloat32Tensor({1}, {1});
  EXPECT_THAT(ParseArchive(SerialiseSafetensors(file)), RefusedFor("bytes; the manifest says"));
  EXPECT_THAT(ParseArchive(Archive() + "x"), RefusedFor("the file is no exported category"));
}

TEST(BundleArchiveTest, AnotherBundlesArraysAreRefused) {
  SafetensorsFile file = Opened();
  file.tensors = ParseSafetensors(SerialiseBundle(RandomBundle(SmallOptions(), 2)).arrays)->tensors;
  EXPECT_THAT(ParseArchive(SerialiseSafetensors(file)), RefusedFor("checksum"));
}

TEST(BundleArchiveTest, EveryTruncationIsRefused) {
  const std::string archive = Archive();
  for (size_t size = 0; size < archive.size(); ++size) {
    ASSERT_THAT(ParseArchive(archive.substr(0, size)), RefusedFor("no exported category")) << size;
  }
}

TEST(BundleArchiveTest, AMutatedFileIsRefusedOrTheSameAndTakesLittleMemory) {
  std::mt19937 random(1);
  const std::string archive = Archive();
  for (int i = 0; i < 2000; ++i) {
    std::string mutated = archive;
    // Most in the header, where a change does most.
    const size_t places = i % 4 == 0 ? archive.size() : 1500;
    for (int flips = 1 + i % 3; flips > 0; --flips) {
      mutated[random() % places] = static_cast<char>(random());
    }
    const AllocationMeter meter;
    const auto archived = ParseArchive(mutated);
    // Copies of the arrays, the JSON tree of the manifest, and messages.
    EXPECT_LT(meter.peak_bytes(), static_cast<int64_t>(8 * mutated.size() + (1 << 17)));
    if (archived.ok()) {
      EXPECT_EQ(SerialiseBundle(archived->bundle).arrays,
                SerialiseBundle(RandomBundle(SmallOptions(), 1)).arrays);
    }
  }
}

}  // namespace
}  // namespace mlfsc
