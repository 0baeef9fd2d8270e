#include "tests/e2e/edge.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/testing/golden.h"

namespace mlfsc {
namespace {

// The rest of an nginx.conf around deploy/nginx/mlfsc.conf. One process, so that nothing outlives a test that
// is killed.
constexpr char kMain[] = R"(
daemon off;
master_process off;
error_log stderr notice;
pid nginx.pid;
events { worker_connections 512; }
http {
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  include mlfsc.conf;
}
)";

// nginx cannot tell which port it got.
int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd, generic, size) != 0 || getsockname(fd, generic, &size) != 0) std::abort();
  close(fd);
  return ntohs(address.sin_port);
}

std::string Upstream(const std::string& name, const std::vector<int>& ports) {
  std::string text = absl::StrCat("upstream ", name, " {\n  zone ", name, " 64k;\n");
  for (const int port : ports) {
    // As deploy/nginx/mlfsc/replicas.conf has it.
    absl::StrAppend(&text, "  server 127.0.0.1:", port, " max_fails=1 fail_timeout=2s;\n");
  }
  return text + "  keepalive 64;\n  keepalive_timeout 20s;\n}\n";
}

}  // namespace

Edge::Edge(const std::vector<int>& replicas, const std::vector<int>& writers) : port_(FreePort()) {
  const std::string folder = folder_.path();
  std::filesystem::create_directory(folder + "/mlfsc");
  std::filesystem::copy_file(MLFSC_SOURCE_DIR "/deploy/nginx/mlfsc.conf", folder + "/mlfsc.conf");
  std::ofstream(folder + "/nginx.conf") << kMain;
  std::ofstream(folder + "/mlfsc/replicas.conf")
      << Upstream("mlfsc_replicas", replicas) << Upstream("mlfsc_writers", writers);
  std::ofstream(folder + "/edge.pem") << certificate_.certificate;
  std::ofstream(folder + "/edge.key") << certificate_.key;
  std::ofstream(folder + "/mlfsc/edge.conf")
      << "listen 127.0.0.1:" << port_
      << " ssl http2;\nssl_certificate edge.pem;\nssl_certificate_key edge.key;\naccess_log " << folder
      << "/calls.log mlfsc;\n";
  process_ = std::make_unique<testing::ServerProcess>(
      "/usr/sbin/nginx", std::vector<std::string>{"-p", folder, "-c", folder + "/nginx.conf"});
  if (!process_->AwaitLog("OS: ")) {
    std::cerr << process_->log();
    std::abort();
  }
}

client::ConnectionOptions Edge::Station() const {
  client::ConnectionOptions options;
  options.channel.server = absl::StrCat("127.0.0.1:", port_);
  options.channel.tls = true;
  options.channel.authority = certificate_.certificate;
  options.channel.server_name = "localhost";
  return options;
}

Edge::Calls Edge::StopAndCount(const std::string& method) {
  process_->Signal(SIGQUIT);
  process_->Wait();
  process_ = nullptr;
  std::istringstream log(testing::ReadFile(folder_.path() + "/calls.log"));
  const std::string uri = absl::StrCat("\"/mlfsc.v1.InspectionService/", method, "\"");
  Calls calls;
  for (std::string line; std::getline(log, line);) {
    if (!absl::StrContains(line, uri)) continue;
    ++calls.all;
    calls.ok += absl::StrContains(line, " grpc_status=0 ") ? 1 : 0;
  }
  return calls;
}

}  // namespace mlfsc
