// The entry that libFuzzer calls: one target a program.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const mlfsc::fuzz::Target target = mlfsc::fuzz::FindTarget(MLFSC_FUZZ_TARGET);
  target(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
