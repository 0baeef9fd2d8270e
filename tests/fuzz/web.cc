// What a browser sends to `mlfsc web`, or whoever reaches its port: JSON, the head of a request, whole
// requests.
#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <httplib.h>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/web/page_json.h"
#include "client/web/request_guard.h"
#include "client/web/web_page.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/testing/fake_stub.h"
#include "tests/testing/self_advancing_clock.h"

namespace mlfsc::fuzz {
namespace {

using client::RequestGuard;
using client::RequestHead;

const char kPageToken[] = "page-secret";
const char kAccessToken[] = "visitor-secret";

template <typename Parsed, typename Check>
void CheckParsed(const absl::StatusOr<Parsed>& parsed, const Check& check) {
  if (!parsed.ok()) return RequireRefusal(parsed.status());
  check(*parsed);
}

// As a number in JSON, so that one that was cut down on its way is noticed.
void CheckSame(const std::string& body, const char* field, int64_t value) {
  const auto json = nlohmann::ordered_json::parse(body, nullptr, false);
  const auto found = json.find(field);
  if (found == json.end() || !found->is_number_integer()) return;
  Require(*found == value, absl::StrCat(field, " is what was sent"));
}

void FuzzWebJson(absl::string_view input) {
  const std::string body(input);
  CheckParsed(client::ParseTraining(body), [&](const client::TrainingRequest& training) {
    CheckSame(body, "pictures", training.pictures);
    if (training.recalibrated_version.has_value())
      CheckSame(body, "recalibrate", *training.recalibrated_version);
    Require(training.start.SerializeAsString().size() < body.size() + 64,
            "a message no larger than its JSON");
  });
  CheckParsed(client::ParseThreshold("tile", body), [&](const v1::SetThresholdRequest& threshold) {
    CheckSame(body, "version", threshold.version());
    Require(threshold.limit_case() != v1::SetThresholdRequest::LIMIT_NOT_SET, "a limit");
  });
  CheckParsed(client::ParseVersion(body), [&](int64_t version) {
    Require(version >= 1, "a version that can be");
    CheckSame(body, "version", version);
  });
}

// Path, origin, site, page's token, authorization and encodings, a line each, then hosts.
void FuzzWebHead(absl::string_view input) {
  InputReader reader(input);
  RequestHead head;
  for (std::string* field : {&head.path, &head.origin, &head.sec_fetch_site, &head.page_token,
                             &head.authorization, &head.transfer_encoding, &head.content_encoding}) {
    *field = std::string(reader.Line());
  }
  while (!reader.Rest().empty()) head.hosts.emplace_back(reader.Line());
  const RequestGuard guard({{"inspection.local"}, kPageToken, kAccessToken});
  const std::optional<client::Refusal> refusal = guard.Check(head);
  if (refusal.has_value()) {
    Require(refusal->http_status >= 400 && refusal->http_status < 500, "the caller's fault");
    return;
  }
  Require(head.hosts.size() == 1, "one host");
  Require(head.origin.empty() || absl::EndsWith(head.origin, head.hosts.front()), "the page's own origin");
  Require(head.transfer_encoding.empty() && head.content_encoding.empty(), "a body as it is");
  if (!absl::StartsWith(head.path, "/api/")) return;
  Require(head.page_token == kPageToken, "the page's token");
  Require(head.authorization == absl::StrCat("Bearer ", kAccessToken), "the visitor's token");
  Require(head.sec_fetch_site.empty() || head.sec_fetch_site == "same-origin", "the page's own site");
}

// A connection whose client has sent `sent` and waits.
class Connection : public httplib::Stream {
 public:
  explicit Connection(absl::string_view sent) : rest_(sent) {}

  const std::string& answer() const { return answer_; }

  bool is_readable() const override { return !rest_.empty(); }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, size_t size) override {
    const size_t count = std::min(size, rest_.size());
    std::copy_n(rest_.begin(), count, to);
    rest_.remove_prefix(count);
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char* from, size_t size) override {
    answer_.append(from, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return -1; }

 private:
  absl::string_view rest_;
  std::string answer_;
};

class HttpServer : public httplib::Server {
 public:
  void Take(httplib::Stream* stream) {
    bool closed = false;
    process_request(*stream, /*close_connection=*/true, closed, nullptr);
  }
};

std::shared_ptr<testing::FakeStub> InspectionServer(std::atomic<bool>* reached) {
  auto stub = std::make_shared<testing::FakeStub>();
  const auto answer = [reached](const auto& request) -> absl::StatusOr<v1::Category> {
    *reached = true;
    Require(!request.category().empty() && request.category().size() <= 64, "a category that can be");
    v1::Category category;
    category.set_category(request.category());
    return category;
  };
  stub->on_activate = answer;
  stub->on_delete = answer;
  stub->on_set_threshold = answer;
  stub->on_list = [reached]() -> absl::StatusOr<v1::ListCategoriesResponse> {
    *reached = true;
    return v1::ListCategoriesResponse();
  };
  stub->on_import = [reached](const v1::ImportCategoryRequest::Start&,
                              const std::string&) -> absl::StatusOr<v1::ImportCategoryResponse> {
    *reached = true;
    return v1::ImportCategoryResponse();
  };
  stub->on_export = [reached](const v1::ExportCategoryRequest&) {
    *reached = true;
    return std::pair<std::vector<std::string>, absl::Status>({"a", "file"}, absl::OkStatus());
  };
  stub->on_score = [reached](const v1::ScoreRequest&) -> absl::StatusOr<v1::ScoreResponse> {
    *reached = true;
    return v1::ScoreResponse();
  };
  stub->on_heatmap = [reached](const v1::HeatmapRequest&) -> absl::StatusOr<v1::HeatmapResponse> {
    *reached = true;
    return v1::HeatmapResponse();
  };
  return stub;
}

// The page in front of a fake inspection server. One for all inputs: its routes are regular expressions, slow
// to make. What it keeps from one input to the next are its last trainings, which a fake clock ends at once.
class Page {
 public:
  Page() { page_.AddTo(&http_); }

  std::string Answer(absl::string_view sent) {
    reached_ = false;
    Connection connection(sent);
    http_.Take(&connection);
    return connection.answer();
  }
  bool reached() const { return reached_; }

 private:
  static client::WebPageOptions Options() {
    client::WebPageOptions options;
    options.max_picture_bytes = 4096;
    options.guard.page_token = kPageToken;
    return options;
  }
  static client::RetryOptions OneAttempt() {
    client::RetryOptions retry;
    retry.max_attempts = 1;
    return retry;
  }

  std::atomic<bool> reached_{false};
  testing::SelfAdvancingClock clock_;
  client::WebPage page_{Options(),
                        client::Client(client::MakeConnection(InspectionServer(&reached_), OneAttempt(),
                                                              &clock_, [] { return 0.0; })),
                        {{"/", {"<html>", "text/html"}}, {"/page.js", {"let a", "text/javascript"}}},
                        &clock_};
  HttpServer http_;
};

void FuzzWebHttp(absl::string_view input) {
  static auto& page = *new Page;
  const std::string answer = page.Answer(input);
  Require(!page.reached() || absl::StrContains(input, kPageToken),
          "only the page reaches the inspection server");
  Require(answer.empty() || absl::StartsWith(answer, "HTTP/1.1 "), "an answer in HTTP");
  Require(std::count(answer.begin(), answer.end(), '\r') < 40, "no headers but the server's own");
}

std::string Call(const std::string& method, const std::string& path, const std::string& body = "") {
  return absl::StrCat(method, " ", path, " HTTP/1.1\r\nHost: localhost:8080\r\nX-Mlfsc-Page: ", kPageToken,
                      "\r\nContent-Length: ", body.size(), "\r\n\r\n", body);
}

Seeds WebJsonSeeds() {
  return {{R"({"category": "tile", "pictures": 60, "skip_bad_pictures": true, "keep_active": false, "options":
{"feature_source": "pixels", "input_size": 256, "false_alarm_rate": 0.01, "coder": "omp", "score_method": "sum"}})",
           R"({"version": 2, "threshold": 12.5, "keep_active": true})",
           R"({"version": 0, "false_alarm_rate": 0.01})", R"({"version": 3})", "[]", "{}"},
          {"category", "pictures", "options", "feature_source", "pyramid", "input_size", "4294967298",
           "18446744073709551615", "-9223372036854775808", "1e400", "null", "\\ud800", "threshold"}};
}

Seeds WebHeadSeeds() {
  const std::string secrets = absl::StrCat(kPageToken, "\nBearer ", kAccessToken, "\n\n\n");
  return {{absl::StrCat("/api/categories\nhttp://localhost:8080\nsame-origin\n", secrets, "localhost:8080"),
           absl::StrCat("/\n\n\n\n\n\n\n[::1]:8080"),
           absl::StrCat("/api/server\n\n\n", secrets, "inspection.local"),
           absl::StrCat("/api/server\n\n\n", secrets, "127.0.0.1:1\nevil.example")},
          {kPageToken, kAccessToken, "Bearer ", "http://", "https://", "same-origin", "cross-site", "[", "]",
           "inspection.local", "localhost", "127.0.0.1"}};
}

Seeds WebHttpSeeds() {
  Seeds seeds;
  for (const char* path : {"/", "/page.js", "/api/server", "/api/categories", "/api/statistics",
                           "/api/trainings", "/api/trainings/1", "/%2e%2e/etc/passwd"}) {
    seeds.inputs.push_back(Call("GET", path));
  }
  seeds.inputs.push_back(Call("POST", "/api/categories/tile/score?version=1", "BM"));
  seeds.inputs.push_back(Call("POST", "/api/categories/tile/heatmap?with_picture=true", "BM"));
  seeds.inputs.push_back(Call("POST", "/api/categories/tile/activate", R"({"version": 1})"));
  seeds.inputs.push_back(Call("POST", "/api/categories/tile/threshold", R"({"version": 1, "threshold": 2})"));
  seeds.inputs.push_back(Call("DELETE", "/api/categories/tile"));
  seeds.inputs.push_back(Call("DELETE", "/api/categories/tile/versions/1"));
  seeds.inputs.push_back(Call("POST", "/api/trainings", R"({"category": "tile", "pictures": 2})"));
  seeds.inputs.push_back(
      Call("POST", "/api/trainings", R"({"category": "tile", "pictures": 2, "recalibrate": 1})"));
  seeds.inputs.push_back(Call("GET", "/api/categories/tile/versions/1/bundle"));
  seeds.inputs.push_back(Call("POST", "/api/import?category=tile&keep_active=true", "file"));
  seeds.inputs.push_back(Call("PUT", "/api/trainings/1/pictures/0", "BM"));
  seeds.inputs.push_back(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n");
  seeds.inputs.push_back("GET / HTTP/1.0\r\nHost: localhost\r\nRange: bytes=0-1,3-4\r\n\r\n");
  seeds.inputs.push_back(
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; "
      "boundary=x\r\nContent-Length: "
      "60\r\n\r\n--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--\r\n");
  seeds.words = {kPageToken,
                 "Host: ",
                 "Content-Length: ",
                 "Transfer-Encoding: chunked\r\n",
                 "Range: bytes=",
                 "Expect: 100-continue\r\n",
                 "Content-Type: multipart/form-data; boundary=",
                 "Origin: ",
                 "Sec-Fetch-Site: ",
                 "Content-Encoding: gzip\r\n",
                 "Connection: close\r\n",
                 "%00",
                 "%2e%2e",
                 "\r\n",
                 "GET ",
                 "PUT ",
                 "PRI ",
                 "OPTIONS ",
                 "18446744073709551615",
                 "-1"};
  return seeds;
}

const RegisterTarget web_json("web_json", FuzzWebJson);
const RegisterSeeds web_json_seeds("web_json", WebJsonSeeds);
const RegisterTarget web_head("web_head", FuzzWebHead);
const RegisterSeeds web_head_seeds("web_head", WebHeadSeeds);
const RegisterTarget web_http("web_http", FuzzWebHttp);
const RegisterSeeds web_http_seeds("web_http", WebHttpSeeds);

}  // namespace
}  // namespace mlfsc::fuzz
