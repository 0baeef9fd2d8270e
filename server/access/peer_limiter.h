// No single client may take the whole server.
#ifndef MLFSC_SERVER_ACCESS_PEER_LIMITER_H_
#define MLFSC_SERVER_ACCESS_PEER_LIMITER_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/mutex.h"

namespace mlfsc {

// Who a call is counted for.
//
// `token`: a token that was found to be known, empty for none (one that nobody looked at could be made up
// anew for each call). `peer`: gRPC's name of the other end, "ipv4:127.0.0.1:5000". `forwarded_for`: the
// value of `x-forwarded-for` metadata, believed only when the peer's address is one of `trusted_proxies`; its
// last entry is the one that the proxy itself wrote. The token counts first, else the address, without the
// port.
std::string PeerKey(absl::string_view token, absl::string_view peer, absl::string_view forwarded_for,
                    const std::vector<std::string>& trusted_proxies);

// Counts the calls of each peer that are under way. Thread-safe; outlives its places.
class PeerLimiter {
 public:
  // One call under way; leaving is its destructor's work.
  class Place {
   public:
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    const std::string& peer() const { return peer_; }

   private:
    friend class PeerLimiter;
    Place(PeerLimiter* limiter, std::string peer) : limiter_(limiter), peer_(std::move(peer)) {}
    PeerLimiter* const limiter_;
    const std::string peer_;
  };

  // `max_calls`: of one peer at once; 0 = no limit.
  explicit PeerLimiter(int max_calls) : max_calls_(max_calls) {}

  // ResourceExhausted, with a retry hint, when the peer has `max_calls` under way.
  absl::StatusOr<std::unique_ptr<Place>> Enter(const std::string& peer);

 private:
  const int max_calls_;
  Mutex mutex_;
  // Only peers with calls under way: the map cannot outgrow the open calls.
  std::map<std::string, int> calls_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_ACCESS_PEER_LIMITER_H_
