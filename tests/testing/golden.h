// Reference values that PyTorch and scikit-learn computed (tests/testdata/make_golden.py).
#ifndef MLFSC_TESTS_TESTING_GOLDEN_H_
#define MLFSC_TESTS_TESTING_GOLDEN_H_

#include <string>
#include <vector>

#include "core/bundle/safetensors.h"

namespace mlfsc::testing {

// The whole of a file; ends the test program when it cannot be read.
std::string ReadFile(const std::string& path);

// A file of tests/testdata: "coding.safetensors".
SafetensorsFile ReadGolden(const std::string& name);

// One array of it as float32; ends the test program when it is not there.
std::vector<float> GoldenFloats(const SafetensorsFile& golden, const std::string& name);

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_TESTING_GOLDEN_H_
