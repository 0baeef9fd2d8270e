// Debian's nginx with the configuration of deploy/nginx, in front of replicas.
#ifndef MLFSC_TESTS_E2E_EDGE_H_
#define MLFSC_TESTS_E2E_EDGE_H_

#include <memory>
#include <string>
#include <vector>

#include "client/connection.h"
#include "tests/testing/certificates.h"
#include "tests/testing/server_process.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {

// Not thread-safe.
class Edge {
 public:
  // Serves when the constructor returns; ends the test program when it does not. Ports of 127.0.0.1: of all
  // replicas, and of those that may write.
  Edge(const std::vector<int>& replicas, const std::vector<int>& writers);

  // As a station is set up: TLS, the edge's certificate, the default retries.
  client::ConnectionOptions Station() const;

  // Of the calls of `method` that nginx has logged.
  struct Calls {
    int all = 0;
    // A replica answered OK.
    int ok = 0;
  };
  // Ends nginx, whose log is whole then.
  Calls StopAndCount(const std::string& method);

 private:
  const testing::TemporaryFolder folder_;
  const testing::Certificate certificate_ = testing::MakeCertificate("localhost");
  int port_ = 0;
  std::unique_ptr<testing::ServerProcess> process_;
};

}  // namespace mlfsc

#endif  // MLFSC_TESTS_E2E_EDGE_H_
