#include "core/base/contained.h"

#include <exception>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/cancellation.h"

namespace mlfsc {
namespace {

// OpenCV's and LibTorch's exceptions for it are known by their words alone here, where nothing of theirs is
// included.
bool IsAboutMemory(absl::string_view words) {
  return absl::StrContains(words, "Insufficient memory") || absl::StrContains(words, "can't allocate memory");
}

// How std::thread says that the system gives no more of them.
bool IsNoThread(const std::exception& error) {
  const auto* of_system = dynamic_cast<const std::system_error*>(&error);
  return of_system != nullptr && of_system->code() == std::errc::resource_unavailable_try_again;
}

}  // namespace

absl::Status StatusOrBare(absl::StatusCode code, absl::string_view words) noexcept {
  try {
    return absl::Status(code, words);
  } catch (const std::exception&) {
    return absl::Status(code, "");
  }
}

absl::Status StatusOfException(absl::string_view doing) noexcept {
  absl::StatusCode code = absl::StatusCode::kInternal;
  try {
    try {
      throw;
    } catch (const std::bad_alloc&) {
      code = absl::StatusCode::kResourceExhausted;
      return absl::Status(code, absl::StrCat("memory ran out while ", doing));
    } catch (const WorkCancelled&) {
      code = absl::StatusCode::kCancelled;
      return absl::Status(code, absl::StrCat("cancelled while ", doing));
    } catch (const std::exception& error) {
      if (IsAboutMemory(error.what())) {
        code = absl::StatusCode::kResourceExhausted;
        return absl::Status(code, absl::StrCat("memory ran out while ", doing));
      }
      if (IsNoThread(error)) {
        code = absl::StatusCode::kResourceExhausted;
        return absl::Status(code, absl::StrCat("no thread could be started while ", doing,
                                               ": the limit of processes is reached (pids.max of the control group, ulimit -u)"));
      }
      return absl::Status(code, absl::StrCat("failed while ", doing, ": ", error.what()));
    } catch (...) {
      return absl::Status(code, absl::StrCat("failed while ", doing));
    }
  } catch (...) {
    return absl::Status(code, "");
  }
}

}  // namespace mlfsc
