// LibTorch's exceptions end here.
#ifndef MLFSC_MODELS_TORCH_ERRORS_H_
#define MLFSC_MODELS_TORCH_ERRORS_H_

#include <exception>
#include <type_traits>

#include <c10/util/Exception.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace mlfsc {

// Calls `body` and returns what it returns; what it throws becomes Internal.
template <typename Body>
absl::StatusOr<std::invoke_result_t<Body>> CatchTorch(const Body& body) {
  try {
    return body();
  } catch (const c10::Error& error) {
    return absl::InternalError(absl::StrCat("LibTorch: ", error.what_without_backtrace()));
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("LibTorch: ", error.what()));
  }
}

}  // namespace mlfsc

#endif  // MLFSC_MODELS_TORCH_ERRORS_H_
