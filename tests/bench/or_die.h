// For benchmarks: what fails ends the program with its message.
#ifndef MLFSC_TESTS_BENCH_OR_DIE_H_
#define MLFSC_TESTS_BENCH_OR_DIE_H_

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mlfsc {

inline void OrDie(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

template <typename T>
T OrDie(absl::StatusOr<T> value) {
  OrDie(value.status());
  return *std::move(value);
}

}  // namespace mlfsc

#endif  // MLFSC_TESTS_BENCH_OR_DIE_H_
