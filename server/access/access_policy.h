// What the bearer of a token may do.
#ifndef MLFSC_SERVER_ACCESS_ACCESS_POLICY_H_
#define MLFSC_SERVER_ACCESS_ACCESS_POLICY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/access/token_file.h"

namespace mlfsc {

enum class Right {
  // Score, Heatmap, and reading what categories there are.
  kScore,
  // All that, and training, activating and deleting.
  kChange,
};

// Decides what a call may do. Without any token file everyone may do everything. Thread-safe.
class AccessPolicy {
 public:
  // Tokens of `score` have Right::kScore, tokens of `change` both rights. Either may be null: nobody has that
  // file's rights then, unless both are.
  AccessPolicy(std::unique_ptr<TokenFile> score, std::unique_ptr<TokenFile> change);

  // `authorization`: the value of the call's `authorization` metadata, "Bearer TOKEN"; empty when there is
  // none. Returns the token, the same for every spelling of it; empty where no token is asked for.
  // Unauthenticated without a known token; PermissionDenied when the token has not the right.
  absl::StatusOr<std::string> Check(absl::string_view authorization, Right right) const;

 private:
  const std::unique_ptr<TokenFile> score_;
  const std::unique_ptr<TokenFile> change_;
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_ACCESS_ACCESS_POLICY_H_
