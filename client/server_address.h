// Where a server is, as people write it.
#ifndef MLFSC_CLIENT_SERVER_ADDRESS_H_
#define MLFSC_CLIENT_SERVER_ADDRESS_H_

#include <string>

#include "absl/status/status.h"

namespace mlfsc::client {

// OK for HOST:PORT, [IPv6]:PORT and gRPC's own schemes (dns, ipv4, ipv6, unix, unix-abstract, xds, vsock).
// InvalidArgument, with what to write instead, for a web address, a missing or impossible port, a path behind
// the port, an IPv6 address without its brackets. The table of both clients is
// tests/testdata/server_addresses.json.
absl::Status CheckServerAddress(const std::string& server);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_SERVER_ADDRESS_H_
