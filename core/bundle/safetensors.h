// Reader and writer of the safetensors format: 8 bytes of header length (little-endian), a JSON header, the
// arrays' bytes. https://github.com/huggingface/safetensors
#ifndef MLFSC_CORE_BUNDLE_SAFETENSORS_H_
#define MLFSC_CORE_BUNDLE_SAFETENSORS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mlfsc {

// One array; row-major, little-endian.
struct Tensor {
  // F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL.
  std::string dtype;
  std::vector<int64_t> shape;
  std::string bytes;

  int64_t size() const;
};

struct SafetensorsFile {
  // By name.
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

// InvalidArgument that says what is wrong. Never allocates more than a small multiple of `bytes`, whatever
// the header claims. Overlapping, unordered or out-of-range data, holes, repeated names and unknown types are
// refused.
absl::StatusOr<SafetensorsFile> ParseSafetensors(absl::string_view bytes);

// Deterministic: tensors and metadata in the order of their names.
std::string SerialiseSafetensors(const SafetensorsFile& file);

// F32, F16, BF16 or F64 to float32; InvalidArgument for another type.
absl::StatusOr<std::vector<float>> ToFloat32(const Tensor& tensor);
Tensor MakeFloat32Tensor(std::vector<int64_t> shape, const std::vector<float>& values);

}  // namespace mlfsc

#endif  // MLFSC_CORE_BUNDLE_SAFETENSORS_H_
