#include "core/bundle/safetensors.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/bundle/quoted.h"
#include "core/bundle/safetensors_header.h"

namespace mlfsc {
namespace {

constexpr size_t kLengthBytes = 8;
// As the format's own reader has it: no honest header comes near.
constexpr uint64_t kMaxHeaderBytes = 100'000'000;
// Arrays begin where memory may be mapped and read in place.
constexpr size_t kAlignment = 8;

// Bytes of one value; 0 for an unknown type.
int64_t WidthOf(absl::string_view dtype) {
  if (dtype == "F64" || dtype == "I64") return 8;
  if (dtype == "F32" || dtype == "I32") return 4;
  if (dtype == "F16" || dtype == "BF16" || dtype == "I16") return 2;
  if (dtype == "I8" || dtype == "U8" || dtype == "BOOL") return 1;
  return 0;
}

std::string ShownShape(const std::vector<int64_t>& shape) {
  constexpr size_t kShown = 8;
  const size_t count = std::min(shape.size(), kShown);
  return absl::StrCat("[", absl::StrJoin(shape.begin(), shape.begin() + count, ", "),
                      shape.size() > kShown ? ", ...]" : "]");
}

// Whether dtype, shape and offsets agree, in a file with `available` bytes of arrays.
absl::Status CheckEntry(const std::string& name, const TensorEntry& entry, int64_t available) {
  const int64_t width = WidthOf(entry.dtype);
  if (width == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(Quoted(name), " has the unknown type ", Quoted(entry.dtype)));
  }
  if (entry.begin > entry.end || entry.end > available) {
    return absl::InvalidArgumentError(absl::StrCat(Quoted(name), " lies at bytes ", entry.begin, " to ",
                                                   entry.end, " of ", available,
                                                   " that the file has after its header"));
  }
  int64_t bytes = width;
  for (const int64_t extent : entry.shape) {
    if (__builtin_mul_overflow(bytes, extent, &bytes)) {
      return absl::InvalidArgumentError(
          absl::StrCat(Quoted(name), " has the shape ", ShownShape(entry.shape), ", beyond 2^63 - 1 bytes"));
    }
  }
  if (bytes != entry.end - entry.begin) {
    return absl::InvalidArgumentError(absl::StrCat(Quoted(name), " of shape ", ShownShape(entry.shape),
                                                   " takes ", bytes, " bytes as ", entry.dtype, " but has ",
                                                   entry.end - entry.begin));
  }
  return absl::OkStatus();
}

// Whether the entries cover all `available` bytes, each once.
absl::Status CheckCover(const SafetensorsHeader& header, int64_t available) {
  using Named = std::pair<const std::string, TensorEntry>;
  std::vector<const Named*> by_place;
  for (const Named& named : header.tensors) by_place.push_back(&named);
  std::sort(by_place.begin(), by_place.end(), [](const Named* a, const Named* b) {
    return std::make_pair(a->second.begin, a->second.end) < std::make_pair(b->second.begin, b->second.end);
  });
  int64_t covered = 0;
  for (const Named* named : by_place) {
    const TensorEntry& entry = named->second;
    if (entry.begin != covered) {
      return absl::InvalidArgumentError(
          absl::StrCat(Quoted(named->first), " begins at byte ", entry.begin, " where byte ", covered,
                       " is next: ", entry.begin < covered ? "arrays overlap" : "a hole"));
    }
    covered = entry.end;
  }
  if (covered != available) {
    return absl::InvalidArgumentError(
        absl::StrCat(available - covered, " bytes follow the last array at byte ", covered));
  }
  return absl::OkStatus();
}

float FromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

// IEEE 754 binary16.
float FromHalf(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
  const uint32_t exponent = (half >> 10) & 0x1fu;
  const uint32_t fraction = half & 0x3ffu;
  if (exponent == 0) {
    const float value = static_cast<float>(fraction) * 0x1p-24f;
    return sign != 0 ? -value : value;
  }
  const uint32_t widened = exponent == 0x1fu ? 0xffu : exponent + (127 - 15);
  return FromBits(sign | widened << 23 | fraction << 13);
}

float FromBfloat16(uint16_t bits) { return FromBits(static_cast<uint32_t>(bits) << 16); }

template <typename Stored, typename Convert>
std::vector<float> Converted(const std::string& bytes, const Convert& convert) {
  std::vector<float> values(bytes.size() / sizeof(Stored));
  for (size_t i = 0; i < values.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));
    values[i] = convert(stored);
  }
  return values;
}

}  // namespace

int64_t Tensor::size() const {
  int64_t values = 1;
  for (const int64_t extent : shape) values *= extent;
  return values;
}

absl::StatusOr<SafetensorsFile> ParseSafetensors(absl::string_view bytes) {
  if (bytes.size() < kLengthBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("file has ", bytes.size(), " bytes; a header length takes ", kLengthBytes));
  }
  uint64_t length = 0;
  for (size_t i = 0; i < kLengthBytes; ++i) {
    length |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  bytes.remove_prefix(kLengthBytes);
  if (length > kMaxHeaderBytes || length > bytes.size()) {
    return absl::InvalidArgumentError(absl::StrCat("header claims ", length, " bytes; ", bytes.size(),
                                                   " follow, and the limit is ", kMaxHeaderBytes));
  }
  const absl::StatusOr<SafetensorsHeader> header = ParseSafetensorsHeader(bytes.substr(0, length));
  if (!header.ok()) return header.status();
  bytes.remove_prefix(length);

  const int64_t available = static_cast<int64_t>(bytes.size());
  for (const auto& [name, entry] : header->tensors) {
    if (const absl::Status status = CheckEntry(name, entry, available); !status.ok()) return status;
  }
  if (const absl::Status status = CheckCover(*header, available); !status.ok()) return status;

  SafetensorsFile file;
  file.metadata = header->metadata;
  for (const auto& [name, entry] : header->tensors) {
    file.tensors[name] = {entry.dtype, entry.shape,
                          std::string(bytes.substr(entry.begin, entry.end - entry.begin))};
  }
  return file;
}

std::string SerialiseSafetensors(const SafetensorsFile& file) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  size_t end = 0;
  for (const auto& [name, tensor] : file.tensors) {
    const size_t begin = end;
    end += tensor.bytes.size();
    header[name] = {{"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {begin, end}}};
  }
  std::string json = header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  json.append((kAlignment - json.size() % kAlignment) % kAlignment, ' ');

  std::string bytes;
  bytes.reserve(kLengthBytes + json.size() + end);
  for (size_t i = 0; i < kLengthBytes; ++i) {
    bytes.push_back(static_cast<char>(static_cast<uint64_t>(json.size()) >> (8 * i) & 0xff));
  }
  bytes += json;
  for (const auto& [name, tensor] : file.tensors) bytes += tensor.bytes;
  return bytes;
}

absl::StatusOr<std::vector<float>> ToFloat32(const Tensor& tensor) {
  const int64_t width = WidthOf(tensor.dtype);
  if (width * tensor.size() != static_cast<int64_t>(tensor.bytes.size())) {
    return absl::InvalidArgumentError(absl::StrCat("array of shape ", ShownShape(tensor.shape), " and type ",
                                                   Quoted(tensor.dtype), " has ", tensor.bytes.size(),
                                                   " bytes"));
  }
  if (tensor.dtype == "F32") return Converted<float>(tensor.bytes, [](float value) { return value; });
  if (tensor.dtype == "F16") return Converted<uint16_t>(tensor.bytes, FromHalf);
  if (tensor.dtype == "BF16") return Converted<uint16_t>(tensor.bytes, FromBfloat16);
  if (tensor.dtype == "F64") {
    return Converted<double>(tensor.bytes, [](double value) { return static_cast<float>(value); });
  }
  return absl::InvalidArgumentError(
      absl::StrCat("array has the type ", Quoted(tensor.dtype), "; wanted is F16, BF16, F32 or F64"));
}

Tensor MakeFloat32Tensor(std::vector<int64_t> shape, const std::vector<float>& values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return {"F32", std::move(shape), std::move(bytes)};
}

}  // namespace mlfsc
