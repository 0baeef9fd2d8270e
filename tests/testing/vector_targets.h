// Tests that run on every instruction set that this processor has.
#ifndef MLFSC_TESTS_TESTING_VECTOR_TARGETS_H_
#define MLFSC_TESTS_TESTING_VECTOR_TARGETS_H_

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "hwy/highway.h"

namespace mlfsc::testing {

// A test with this parameter has its vectorised code run on that one instruction set.
class VectorTargetTest : public ::testing::TestWithParam<int64_t> {
 protected:
  VectorTargetTest() { hwy::GetChosenTarget().Update(GetParam()); }
  ~VectorTargetTest() override { hwy::GetChosenTarget().Update(hwy::SupportedTargets()); }
};

inline std::vector<int64_t> VectorTargets() { return hwy::SupportedAndGeneratedTargets(); }

inline std::string VectorTargetName(const ::testing::TestParamInfo<int64_t>& test) {
  return hwy::TargetName(test.param);
}

}  // namespace mlfsc::testing

#define INSTANTIATE_VECTOR_TARGETS(suite)                                                          \
  INSTANTIATE_TEST_SUITE_P(Targets, suite, ::testing::ValuesIn(::mlfsc::testing::VectorTargets()), \
                           ::mlfsc::testing::VectorTargetName)

#endif  // MLFSC_TESTS_TESTING_VECTOR_TARGETS_H_
