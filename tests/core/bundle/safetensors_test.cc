#include "core/bundle/safetensors.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/bundle/allocation_meter.h"
#include "tests/testing/golden.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string WithHeaderLength(uint64_t length, const std::string& rest) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + rest;
}

std::string File(const std::string& header, size_t array_bytes) {
  return WithHeaderLength(header.size(), header + std::string(array_bytes, '\0'));
}

template <typename T>
Tensor TensorOf(const std::string& dtype, const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return {dtype, {static_cast<int64_t>(values.size())}, bytes};
}

SafetensorsFile SmallFile() {
  SafetensorsFile file;
  file.metadata = {{"architecture", "none"}, {"quote\"d", "new\nline, \u00fc"}};
  file.tensors["matrix"] = MakeFloat32Tensor({2, 3}, {1, -2, 3.5f, 0, 1e-30f, 4});
  file.tensors["empty"] = MakeFloat32Tensor({0, 3}, {});
  file.tensors["scalar"] = MakeFloat32Tensor({}, {7});
  file.tensors["whole"] = TensorOf<int64_t>("I64", {1, -1});
  return file;
}

TEST(SafetensorsTest, WhatIsWrittenIsReadAgain) {
  const SafetensorsFile file = SmallFile();
  const absl::StatusOr<SafetensorsFile> read = ParseSafetensors(SerialiseSafetensors(file));
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->metadata, file.metadata);
  ASSERT_THAT(read->tensors, SizeIs(file.tensors.size()));
  for (const auto& [name, tensor] : file.tensors) {
    EXPECT_EQ(read->tensors.at(name).dtype, tensor.dtype);
    EXPECT_EQ(read->tensors.at(name).shape, tensor.shape);
    EXPECT_EQ(read->tensors.at(name).bytes, tensor.bytes);
  }
}

TEST(SafetensorsTest, EqualFilesGiveEqualBytes) {
  EXPECT_EQ(SerialiseSafetensors(SmallFile()), SerialiseSafetensors(SmallFile()));
}

TEST(SafetensorsTest, ArraysBeginAtAMultipleOfEightBytes) {
  const std::string bytes = SerialiseSafetensors(SmallFile());
  uint64_t header_bytes;
  std::memcpy(&header_bytes, bytes.data(), 8);
  EXPECT_EQ(header_bytes % 8, 0u);
  EXPECT_EQ(bytes[8], '{');
}

TEST(SafetensorsTest, ReadsAFileOfTheReferenceWriter) {
  const SafetensorsFile golden = testing::ReadGolden("coding.safetensors");
  EXPECT_THAT(golden.tensors.at("pixel.dictionary").shape, ElementsAre(200, 256));
  EXPECT_THAT(testing::GoldenFloats(golden, "pixel.dictionary"), SizeIs(200 * 256));
}

TEST(SafetensorsTest, AnEmptyFileOfNoArraysIsAFile) {
  const absl::StatusOr<SafetensorsFile> read = ParseSafetensors(SerialiseSafetensors({}));
  ASSERT_THAT(read, IsOk());
  EXPECT_THAT(read->tensors, SizeIs(0));
}

TEST(SafetensorsTest, HalvesAreConvertedExactly) {
  const auto values =
      ToFloat32(TensorOf<uint16_t>("F16", {0x0000, 0x3c00, 0xc000, 0x0001, 0x83ff, 0x0400, 0x7bff, 0x7c00}));
  ASSERT_THAT(values, IsOk());
  EXPECT_THAT(*values, ElementsAre(0.0f, 1.0f, -2.0f, 0x1p-24f, -0x3ffp-24f, 0x1p-14f, 65504.0f,
                                   std::numeric_limits<float>::infinity()));
}

TEST(SafetensorsTest, HalvesKeepNotANumberAndTheSignOfZero) {
  const auto values = ToFloat32(TensorOf<uint16_t>("F16", {0x7e00, 0x8000}));
  ASSERT_THAT(values, IsOk());
  EXPECT_TRUE(std::isnan((*values)[0]));
  EXPECT_TRUE(std::signbit((*values)[1]));
}

TEST(SafetensorsTest, Bfloat16AndDoublesAreConverted) {
  const auto brain = ToFloat32(TensorOf<uint16_t>("BF16", {0x3f80, 0xc040, 0x0000}));
  ASSERT_THAT(brain, IsOk());
  EXPECT_THAT(*brain, ElementsAre(1.0f, -3.0f, 0.0f));
  const auto doubles = ToFloat32(TensorOf<double>("F64", {0.1, -5}));
  ASSERT_THAT(doubles, IsOk());
  EXPECT_THAT(*doubles, ElementsAre(0.1f, -5.0f));
}

TEST(SafetensorsTest, WholeNumbersAreNoFloats) {
  EXPECT_THAT(ToFloat32(TensorOf<int64_t>("I64", {1})),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'I64'")));
}

TEST(SafetensorsTest, AnArrayWhoseBytesDoNotFitItsShapeIsNotConverted) {
  EXPECT_THAT(ToFloat32({"F32", {2}, "abcd"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("[2]")));
}

struct Hostile {
  const char* name;
  std::string bytes;
  const char* message;
};

std::string NameOf(const ::testing::TestParamInfo<Hostile>& hostile) { return hostile.param.name; }

class HostileSafetensorsTest : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostileSafetensorsTest, IsRefusedAndSaysWhy) {
  EXPECT_THAT(ParseSafetensors(GetParam().bytes),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(GetParam().message)));
}

constexpr char kArray[] = R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";

INSTANTIATE_TEST_SUITE_P(
    Lengths, HostileSafetensorsTest,
    ::testing::Values(Hostile{"Empty", "", "0 bytes"}, Hostile{"Short", "1234567", "7 bytes"},
                      Hostile{"HeaderBeyondTheFile", WithHeaderLength(3, "{}"), "claims 3 bytes"},
                      Hostile{"HugeHeader", WithHeaderLength(~0ull, "{}"), "claims 18446744073709551615"},
                      Hostile{"NoHeader", WithHeaderLength(0, "{}"), "not valid JSON"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Json, HostileSafetensorsTest,
    ::testing::Values(
        Hostile{"NotJson", File("{]", 0), "not valid JSON at its byte 2"},
        Hostile{"TwoDocuments", File("{}{}", 0), "not valid JSON"},
        Hostile{"NotUtf8", File("{\"\xff\":1}", 0), "not valid JSON"},
        Hostile{"NotAnObject", File("[]", 0), "an array, not an object"},
        Hostile{"DeepArrays", File(std::string(1'000'000, '['), 0), "not an object"},
        Hostile{"DeepObjects",
                [] {
                  std::string nested;
                  for (int i = 0; i < 100'000; ++i) nested += "{\"dtype\":";
                  return File(nested, 0);
                }(),
                "an object in 'dtype' of 'dtype'"},
        Hostile{"DeepShape", File(R"({"a":{"shape":[[1]]}})", 0), "an array in 'shape' of 'a'"},
        Hostile{"RepeatedArray", File(std::string("{") + kArray + "," + kArray + "}", 8),
                "'a' is there twice"},
        Hostile{"RepeatedField", File(R"({"a":{"dtype":"F32","dtype":"F64"}})", 0), "'dtype' is there twice"},
        Hostile{"RepeatedMetadata", File(R"({"__metadata__":{"k":"1","k":"2"}})", 0), "'k' is there twice"},
        Hostile{"RepeatedMetadataObject", File(R"({"__metadata__":{},"__metadata__":{}})", 0), "twice"},
        Hostile{"MetadataOfNumbers", File(R"({"__metadata__":{"k":1}})", 0), "a number in 'k'"},
        Hostile{"UnknownField", File(R"({"a":{"color":"F32"}})", 0), "unknown field 'color'"},
        Hostile{"MissingField", File(R"({"a":{"dtype":"F32","shape":[0]}})", 0), "lacks one of"},
        Hostile{"ThreeOffsets", File(R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0,0]}})", 0),
                "3 data_offsets"},
        Hostile{"NegativeExtent", File(R"({"a":{"shape":[-1]}})", 0), "a negative number in 'shape'"},
        Hostile{"FractionalExtent", File(R"({"a":{"shape":[1.5]}})", 0), "a fraction in 'shape'"},
        Hostile{"ExtentBeyond63Bits", File(R"({"a":{"shape":[18446744073709551615]}})", 0), "beyond 2^63"},
        Hostile{"ExtentBeyond64Bits", File(R"({"a":{"shape":[99999999999999999999]}})", 0), "a fraction"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Places, HostileSafetensorsTest,
    ::testing::Values(
        Hostile{"UnknownType", File(R"({"a":{"dtype":"F8","shape":[8],"data_offsets":[0,8]}})", 8), "'F8'"},
        Hostile{"ShapeOverflow",
                File(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}})", 8),
                "[4294967296, 4294967296], beyond"},
        Hostile{"ShapeOverflowToNothing",
                File(R"({"a":{"dtype":"F32","shape":[9223372036854775807,2,0],"data_offsets":[0,0]}})", 0),
                "beyond"},
        Hostile{"ShapeTooLarge", File(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8),
                "takes 12 bytes as F32 but has 8"},
        Hostile{"Backwards", File(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", 8),
                "bytes 8 to 0"},
        Hostile{"BeyondTheFile", File(std::string("{") + kArray + "}", 7), "bytes 0 to 8 of 7"},
        Hostile{"TrailingBytes", File(std::string("{") + kArray + "}", 9), "1 bytes follow"},
        Hostile{
            "Hole",
            File(std::string("{") + kArray + R"(,"b":{"dtype":"U8","shape":[1],"data_offsets":[9,10]}})", 10),
            "a hole"},
        Hostile{
            "Overlap",
            File(std::string("{") + kArray + R"(,"b":{"dtype":"U8","shape":[8],"data_offsets":[4,12]}})", 12),
            "overlap"},
        Hostile{
            "SamePlace",
            File(std::string("{") + kArray + R"(,"b":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})", 8),
            "overlap"}),
    NameOf);

// A file that a parser may hold: its arrays once more, and for each header byte what a map's node, a name and
// three small containers take when spread over the shortest entry (some 50 bytes).
int64_t AllowedBytes(const std::string& bytes) { return 16 * static_cast<int64_t>(bytes.size()) + 16384; }

TEST(SafetensorsTest, ManySmallEntriesTakeASmallMultipleOfTheFile) {
  SafetensorsFile file;
  for (int i = 0; i < 2000; ++i) file.tensors[std::to_string(i)] = MakeFloat32Tensor({0}, {});
  const std::string bytes = SerialiseSafetensors(file);
  const testing::AllocationMeter meter;
  ASSERT_THAT(ParseSafetensors(bytes), IsOk());
  EXPECT_LT(meter.peak_bytes(), AllowedBytes(bytes));
}

std::string Mutated(std::string bytes, std::mt19937& random) {
  const auto below = [&](size_t limit) { return static_cast<size_t>(random() % limit); };
  switch (below(5)) {
    case 0:  // Bits flipped anywhere.
      for (size_t flips = 1 + below(4); flips > 0; --flips) {
        bytes[below(bytes.size())] ^= static_cast<char>(1 << below(8));
      }
      return bytes;
    case 1:  // A digit or a bracket of the header changed.
      bytes[8 + below(300)] = "0123456789[]{}\",:-.e"[below(20)];
      return bytes;
    case 2:
      return bytes.substr(0, below(bytes.size()));
    case 3:  // Another header length.
      return WithHeaderLength(below(2) == 0 ? below(1000) : uint64_t{random()} << below(33), bytes.substr(8));
    default: {  // A stretch of it said twice.
      const size_t from = 8 + below(bytes.size() - 8);
      const std::string stretch = bytes.substr(from, 1 + below(100));
      return bytes.insert(8 + below(bytes.size() - 8), stretch);
    }
  }
}

TEST(SafetensorsTest, MutatedFilesAreReadWholeOrRefusedWithinAFewTimesTheirSize) {
  const std::string bytes = SerialiseSafetensors(SmallFile());
  std::mt19937 random(1);
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string mutated = Mutated(bytes, random);
    const testing::AllocationMeter meter;
    const absl::StatusOr<SafetensorsFile> read = ParseSafetensors(mutated);
    EXPECT_LT(meter.peak_bytes(), AllowedBytes(mutated));
    if (!read.ok()) {
      ++refused;
      EXPECT_EQ(read.status().code(), absl::StatusCode::kInvalidArgument);
      continue;
    }
    for (const auto& [name, tensor] : read->tensors) {
      EXPECT_EQ(ToFloat32(tensor).ok(), tensor.dtype[0] == 'F' || tensor.dtype == "BF16") << name;
    }
  }
  EXPECT_GT(refused, 10'000);
}

}  // namespace
}  // namespace mlfsc
