#include "server/access/access_policy.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace mlfsc {

AccessPolicy::AccessPolicy(std::unique_ptr<TokenFile> score, std::unique_ptr<TokenFile> change)
    : score_(std::move(score)), change_(std::move(change)) {}

absl::StatusOr<std::string> AccessPolicy::Check(absl::string_view authorization, Right right) const {
  if (score_ == nullptr && change_ == nullptr) return std::string();
  constexpr absl::string_view kScheme = "bearer ";
  if (authorization.empty())
    return absl::UnauthenticatedError("this server asks for a token: authorization: Bearer TOKEN");
  if (!absl::StartsWithIgnoreCase(authorization, kScheme)) {
    return absl::UnauthenticatedError("the authorization metadata is not of the form: Bearer TOKEN");
  }
  const absl::string_view token = absl::StripAsciiWhitespace(authorization.substr(kScheme.size()));
  // Both files are looked at whatever the first says, so that the time taken tells nothing.
  const bool may_score = score_ != nullptr && score_->Holds(token);
  const bool may_change = change_ != nullptr && change_->Holds(token);
  if (!may_score && !may_change) return absl::UnauthenticatedError("the token is not known to this server");
  if (right == Right::kChange && !may_change) {
    return absl::PermissionDeniedError("the token may score, but not change categories");
  }
  return std::string(token);
}

}  // namespace mlfsc
