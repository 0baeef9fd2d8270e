#include "core/base/unshared.h"

#include <new>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"

namespace mlfsc {

absl::Status Unshared(const absl::Status& status) {
  try {
    absl::Status copy(status.code(), status.message());
    status.ForEachPayload([&copy](absl::string_view type_url, const absl::Cord& payload) {
      // By way of a string, because copies of a Cord share, too.
      copy.SetPayload(type_url, absl::Cord(std::string(payload)));
    });
    return copy;
  } catch (const std::bad_alloc&) {
    return absl::Status(status.code(), "");
  }
}

}  // namespace mlfsc
