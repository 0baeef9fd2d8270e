// In which precision and by which algorithm features are computed: what a bundle records beside its backbone.
#ifndef MLFSC_MODELS_ARITHMETIC_H_
#define MLFSC_MODELS_ARITHMETIC_H_

#include <string>

#include "absl/status/statusor.h"
#include "core/features/feature_extractor.h"

namespace mlfsc {

// What of a CPU decides.
struct CpuTraits {
  // Multiplies bfloat16 itself (AVX512_BF16 or AMX); elsewhere LibTorch emulates it 30 to 100 times slower.
  bool bfloat16 = false;
  // Has vectors of at least 8 floats with fused multiply-add, or ARM's.
  bool wide_vectors = false;
};

CpuTraits ThisCpu();

// `precision`: auto, float32, bfloat16. `convolution`: auto, winograd, direct. Decided by the CPU's flags
// alone, never by a timing, so that two like machines give the same score.
//
// auto is float32: bfloat16 moves normalised scores by up to 0.003, more than the 0.002 that is let pass, and
// where it was measured Winograd's algorithm in float32 is faster (docs/benchmarks.md). It is Winograd's
// algorithm on a CPU with wide vectors, direct convolution on others and on a GPU. Winograd's algorithm
// computes in float32 on the CPU only.
//
// InvalidArgument for another word or two that exclude each other, FailedPrecondition for what this CPU or
// device has not.
absl::StatusOr<FeatureArithmetic> ChooseArithmetic(const std::string& precision,
                                                   const std::string& convolution, bool on_cpu,
                                                   const CpuTraits& cpu);

}  // namespace mlfsc

#endif  // MLFSC_MODELS_ARITHMETIC_H_
