// LibTorch's exceptions end here.
#ifndef MLFSC_MODELS_TORCH_ERRORS_H_
#define MLFSC_MODELS_TORCH_ERRORS_H_

#include <exception>
#include <new>
#include <type_traits>

#include <c10/util/Exception.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/cancellation.h"

namespace mlfsc {

// What LibTorch says when memory runs out, on the host and on a GPU.
inline bool IsAboutMemory(absl::string_view words) {
  return absl::StrContains(words, "can't allocate memory") || absl::StrContains(words, "out of memory");
}

// Calls `body` and returns what it returns; what it throws becomes ResourceExhausted when memory ran out,
// else Internal. WorkCancelled goes on.
template <typename Body>
absl::StatusOr<std::invoke_result_t<Body>> CatchTorch(const Body& body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("LibTorch: memory ran out");
  } catch (const c10::Error& error) {
    if (IsAboutMemory(error.what_without_backtrace())) {
      return absl::ResourceExhaustedError(absl::StrCat("LibTorch: ", error.what_without_backtrace()));
    }
    return absl::InternalError(absl::StrCat("LibTorch: ", error.what_without_backtrace()));
  } catch (const WorkCancelled&) {
    throw;
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("LibTorch: ", error.what()));
  }
}

}  // namespace mlfsc

#endif  // MLFSC_MODELS_TORCH_ERRORS_H_
