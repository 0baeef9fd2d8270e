// The vector instructions that features, codes and scores are computed with.
#ifndef MLFSC_CORE_CODING_INSTRUCTION_SET_H_
#define MLFSC_CORE_CODING_INSTRUCTION_SET_H_

#include <string>

#include "absl/status/status.h"

namespace mlfsc {

// Highway's name of the best set that this processor has and this program was built for: "AVX2", "AVX3"
// (which is AVX-512), "SSE4", "NEON". Thread-safe.
std::string InstructionSet();

// Has everything use no better set than `name` (of any case; "auto" for the best). To be called before there
// are threads and before anything was computed. InvalidArgument, with the names that there are, for another
// one.
absl::Status LimitInstructionSet(const std::string& name);

}  // namespace mlfsc

#endif  // MLFSC_CORE_CODING_INSTRUCTION_SET_H_
