#include "core/base/unshared.h"

#include <gtest/gtest.h>

#include "core/base/retry_hint.h"

namespace mlfsc {
namespace {

TEST(UnsharedTest, TheCopySaysTheSame) {
  EXPECT_EQ(Unshared(absl::OkStatus()), absl::OkStatus());
  const absl::Status status =
      WithRetryDelay(absl::ResourceExhaustedError("full"), absl::Seconds(12345) + absl::Nanoseconds(678));
  EXPECT_EQ(Unshared(status), status);
}

TEST(UnsharedTest, TheCopyHasATextOfItsOwn) {
  const absl::Status status = absl::InternalError("a text that is too long to be held in the status itself");
  EXPECT_NE(Unshared(status).message().data(), status.message().data());
}

}  // namespace
}  // namespace mlfsc
