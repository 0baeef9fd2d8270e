#include "models/arithmetic.h"

#include <hwy/targets.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#if HWY_ARCH_X86
#include <cpuid.h>
#endif

namespace mlfsc {
namespace {

constexpr char kAuto[] = "auto";
constexpr char kFloat32[] = "float32";
constexpr char kBfloat16[] = "bfloat16";
constexpr char kWinograd[] = "winograd";
constexpr char kDirect[] = "direct";

#if HWY_ARCH_X86
bool HasBfloat16() {
  constexpr unsigned kFeatures = 7;
  constexpr unsigned kAmxBf16 = 1U << 22;    // of EDX, subleaf 0
  constexpr unsigned kAvx512Bf16 = 1U << 5;  // of EAX, subleaf 1
  // Without AVX-512 that the system saves, its instructions cannot be used whatever the CPU says.
  if ((hwy::SupportedTargets() & HWY_AVX3) == 0) return false;
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid_count(kFeatures, 0, &a, &b, &c, &d) == 0) return false;
  if ((d & kAmxBf16) != 0) return true;
  return __get_cpuid_count(kFeatures, 1, &a, &b, &c, &d) != 0 && (a & kAvx512Bf16) != 0;
}
#else
bool HasBfloat16() { return false; }
#endif

}  // namespace

CpuTraits ThisCpu() {
  return {HasBfloat16(), (hwy::SupportedTargets() & (HWY_AVX2 | HWY_AVX3 | HWY_NEON)) != 0};
}

absl::StatusOr<FeatureArithmetic> ChooseArithmetic(const std::string& precision,
                                                   const std::string& convolution, bool on_cpu,
                                                   const CpuTraits& cpu) {
  if (precision != kAuto && precision != kFloat32 && precision != kBfloat16) {
    return absl::InvalidArgumentError(
        absl::StrCat("precision is ", precision, "; it must be auto, float32 or bfloat16"));
  }
  if (convolution != kAuto && convolution != kWinograd && convolution != kDirect) {
    return absl::InvalidArgumentError(
        absl::StrCat("convolution is ", convolution, "; it must be auto, winograd or direct"));
  }
  const bool half = precision == kBfloat16;
  const bool winograd = convolution == kWinograd;
  if (half && winograd) {
    return absl::InvalidArgumentError(
        "precision is bfloat16 and convolution is winograd; winograd computes in float32 only");
  }
  if (!on_cpu && (half || winograd)) {
    return absl::FailedPreconditionError(
        absl::StrCat(half ? "precision is bfloat16" : "convolution is winograd",
                     "; that is for the CPU, and features are computed on a GPU here"));
  }
  if (half && !cpu.bfloat16) {
    return absl::FailedPreconditionError(
        "precision is bfloat16; this CPU has neither avx512_bf16 nor amx_bf16 and would emulate it");
  }
  const bool by_winograd = winograd || (convolution == kAuto && !half && on_cpu && cpu.wide_vectors);
  return FeatureArithmetic{half ? kBfloat16 : kFloat32, by_winograd ? kWinograd : kDirect};
}

}  // namespace mlfsc
