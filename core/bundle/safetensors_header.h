// The JSON header of a safetensors file, read without trust: nothing is built but what the format knows.
#ifndef MLFSC_CORE_BUNDLE_SAFETENSORS_HEADER_H_
#define MLFSC_CORE_BUNDLE_SAFETENSORS_HEADER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mlfsc {

// What the header says of one array.
struct TensorEntry {
  std::string dtype;
  std::vector<int64_t> shape;
  // Of its bytes, from the end of the header.
  int64_t begin = 0;
  int64_t end = 0;
};

struct SafetensorsHeader {
  std::map<std::string, TensorEntry> tensors;
  std::map<std::string, std::string> metadata;
};

// InvalidArgument unless `json` is one object of the format's own form: names are unique at every level,
// nesting is at most three deep, shapes and offsets are whole numbers from 0 that fit int64, every entry has
// its three fields and no other. Says nothing about whether the numbers agree with each other.
absl::StatusOr<SafetensorsHeader> ParseSafetensorsHeader(absl::string_view json);

}  // namespace mlfsc

#endif  // MLFSC_CORE_BUNDLE_SAFETENSORS_HEADER_H_
