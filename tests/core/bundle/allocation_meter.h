// How much memory a piece of code holds at most: for tests that hand hostile input to a parser.
#ifndef MLFSC_TESTS_CORE_BUNDLE_ALLOCATION_METER_H_
#define MLFSC_TESTS_CORE_BUNDLE_ALLOCATION_METER_H_

#include <cstdint>

namespace mlfsc::testing {

// Watches operator new of the whole test program, which links allocation_meter.cc. One at a time.
class AllocationMeter {
 public:
  AllocationMeter();

  // The most bytes held at once since construction, beyond what was held then.
  int64_t peak_bytes() const;

 private:
  const int64_t held_before_;
};

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_CORE_BUNDLE_ALLOCATION_METER_H_
