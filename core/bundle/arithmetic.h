// With which arithmetic a version was learnt, and what follows where another one scores.
#ifndef MLFSC_CORE_BUNDLE_ARITHMETIC_H_
#define MLFSC_CORE_BUNDLE_ARITHMETIC_H_

#include <string>

#include "core/bundle/bundle.h"
#include "core/features/feature_extractor.h"

namespace mlfsc {

// By how much a raw score may differ, as a share of it, between two instruction sets or two convolutions of
// the same precision: what scripts/bench arithmetic, which measures it, holds to.
inline constexpr double kScoreBound = 1e-4;
// By how much a normalised score may differ between float32 and bfloat16: likewise, as measured.
inline constexpr double kPrecisionBound = 0.01;

// "float32, winograd, AVX2"; "unknown" for a version that was made before any of it was recorded.
std::string ArithmeticName(const Provenance& learnt);

// What to tell of a version where features are computed by `here` on `instruction_set`: empty when it was
// learnt so, or when nobody knows.
std::string ArithmeticNote(const Provenance& learnt, const FeatureArithmetic& here,
                           const std::string& instruction_set);

}  // namespace mlfsc

#endif  // MLFSC_CORE_BUNDLE_ARITHMETIC_H_
