// The page's server over a real connection, the inspection server behind it a fake.
#include "client/web/web_server.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/retry_hint.h"
#include "tests/testing/certificates.h"
#include "tests/testing/fake_stub.h"
#include "tests/testing/self_advancing_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc::client {
namespace {

using nlohmann::ordered_json;
using ::testing::HasSubstr;

v1::Category Tile(int64_t active) {
  v1::Category category;
  category.set_category("tile");
  category.set_active_version(active);
  for (int64_t i = 1; i <= 2; ++i) category.add_versions()->set_version(i);
  return category;
}

class WebServerTest : public ::testing::Test {
 protected:
  WebServerTest() {
    options_.port = 0;
    options_.server = "inspection:50051";
    options_.max_picture_bytes = 1 << 20;
    options_.guard.page_token = "page-secret";
  }

  void Start() {
    RetryOptions retry;
    retry.max_attempts = 1;
    absl::StatusOr<std::unique_ptr<WebServer>> server = WebServer::Start(
        options_, Client(MakeConnection(stub_, retry, &clock_, [] { return 0.0; })),
        {{"/", {"<html>", "text/html"}}, {"/page.js", {"let a", "text/javascript"}}}, Clock::Real());
    ASSERT_THAT(server, testing::IsOk());
    server_ = *std::move(server);
    http_ = std::make_unique<httplib::Client>("127.0.0.1", server_->port());
    http_->set_read_timeout(60);
  }

  static httplib::Headers OfThePage() { return {{"X-Mlfsc-Page", "page-secret"}}; }

  httplib::Result Get(const std::string& path) { return http_->Get(path, OfThePage()); }
  httplib::Result Post(const std::string& path, const std::string& body) {
    return http_->Post(path, OfThePage(), body, "application/octet-stream");
  }

  static ordered_json Json(const httplib::Result& result) {
    return result ? ordered_json::parse(result->body, nullptr, false) : ordered_json();
  }

  WebServerOptions options_;
  testing::SelfAdvancingClock clock_;
  std::shared_ptr<testing::FakeStub> stub_ = std::make_shared<testing::FakeStub>();
  std::unique_ptr<WebServer> server_;
  std::unique_ptr<httplib::Client> http_;
};

TEST_F(WebServerTest, ServesThePageUnderSafeHeaders) {
  Start();
  const httplib::Result page = http_->Get("/");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  EXPECT_EQ(page->body, "<html>");
  EXPECT_THAT(page->get_header_value("Content-Security-Policy"), HasSubstr("default-src 'none'"));
  EXPECT_THAT(page->get_header_value("Content-Security-Policy"), HasSubstr("frame-ancestors 'none'"));
  EXPECT_EQ(page->get_header_value("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(page->get_header_value("Cache-Control"), "no-store");
  EXPECT_FALSE(page->has_header("Access-Control-Allow-Origin"));
}

TEST_F(WebServerTest, NothingButThePageIsServed) {
  Start();
  for (const char* path : {"/none.js", "/../etc/passwd", "/%2e%2e/etc/passwd", "/page.js/", "//page.js"}) {
    const httplib::Result result = http_->Get(path);
    ASSERT_TRUE(result) << path;
    EXPECT_EQ(result->status, 404) << path;
  }
}

TEST_F(WebServerTest, ACallOfAnotherPageReachesNothing) {
  stub_->on_activate = [](const v1::ActivateVersionRequest&) -> absl::StatusOr<v1::Category> {
    ADD_FAILURE() << "reached";
    return Tile(1);
  };
  Start();
  const std::string body = R"({"version": 1})";
  const httplib::Result without_token = http_->Post("/api/categories/tile/activate", body, "text/plain");
  ASSERT_TRUE(without_token);
  EXPECT_EQ(without_token->status, 403);
  EXPECT_EQ(Json(without_token)["error"]["code"], "PAGE_TOKEN");
  const httplib::Result other_origin =
      http_->Post("/api/categories/tile/activate",
                  httplib::Headers{{"X-Mlfsc-Page", "page-secret"}, {"Origin", "http://evil.example"}}, body,
                  "text/plain");
  ASSERT_TRUE(other_origin);
  EXPECT_EQ(other_origin->status, 403);
  const httplib::Result rebound = http_->Get("/", httplib::Headers{{"Host", "evil.example"}});
  ASSERT_TRUE(rebound);
  EXPECT_EQ(rebound->status, 403);
}

TEST_F(WebServerTest, ListsCategoriesWithTheirCalibration) {
  stub_->on_list = [] {
    v1::ListCategoriesResponse response;
    *response.add_categories() = Tile(2);
    response.mutable_categories(0)->mutable_versions(1)->mutable_calibration()->set_threshold(12.5);
    response.mutable_categories(0)->set_error("odd");
    return response;
  };
  Start();
  const httplib::Result result = Get("/api/categories");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 200);
  const ordered_json category = Json(result)["categories"][0];
  EXPECT_EQ(category["category"], "tile");
  EXPECT_EQ(category["active_version"], 2);
  EXPECT_EQ(category["versions"][1]["calibration"]["threshold"], 12.5);
  EXPECT_EQ(category["error"], "odd");
}

TEST_F(WebServerTest, ScoresThePictureInTheBody) {
  stub_->on_score = [](const v1::ScoreRequest& request) {
    v1::ScoreResponse response;
    response.mutable_inspection()->set_category(request.category());
    response.mutable_inspection()->set_version(request.version());
    response.mutable_inspection()->set_raw_score(static_cast<double>(request.picture().encoded().size()));
    return response;
  };
  Start();
  const httplib::Result result = Post("/api/categories/tile/score?version=7", std::string("a\0b", 3));
  ASSERT_TRUE(result);
  EXPECT_EQ(Json(result)["category"], "tile");
  EXPECT_EQ(Json(result)["version"], 7);
  EXPECT_EQ(Json(result)["raw_score"], 3);
}

TEST_F(WebServerTest, TheBitDepthThatWasStatedGoesAlongWithEveryPicture) {
  options_.trainings.reading.bit_depth = 12;
  stub_->on_score = [](const v1::ScoreRequest& request) {
    EXPECT_EQ(request.picture().bit_depth(), 12);
    return v1::ScoreResponse();
  };
  stub_->on_heatmap = [](const v1::HeatmapRequest& request) {
    EXPECT_EQ(request.picture().bit_depth(), 12);
    return v1::HeatmapResponse();
  };
  stub_->on_list = [] { return v1::ListCategoriesResponse(); };
  stub_->on_train = [](int) { return testing::FakeTraining{100, {v1::TrainResponse()}, absl::OkStatus()}; };
  Start();
  EXPECT_EQ(Post("/api/categories/tile/score", "picture")->status, 200);
  EXPECT_EQ(Post("/api/categories/tile/heatmap", "picture")->status, 200);
  const ordered_json begun = Json(Post("/api/trainings", R"({"category": "tile", "pictures": 2})"));
  const std::string training = "/api/trainings/" + std::to_string(begun["id"].get<int>());
  for (const char* picture : {"0", "1"}) {
    const httplib::Result sent =
        http_->Put(training + "/pictures/" + picture, OfThePage(), "picture", "application/octet-stream");
    EXPECT_EQ(sent->status, 200) << sent->body;
  }
  while (!Json(Get(training))["done"]) {
  }
  ASSERT_EQ(stub_->trainings().size(), 1u);
  ASSERT_EQ(stub_->trainings()[0].size(), 3u);
  EXPECT_EQ(stub_->trainings()[0][1].picture().bit_depth(), 12);
}

TEST_F(WebServerTest, AHeatmapIsTheMapAloneAndThePictureComesAlongWhenItIsWanted) {
  stub_->on_heatmap = [](const v1::HeatmapRequest& request) {
    EXPECT_EQ(request.format(), v1::HeatmapRequest::COLOR_MAP_PNG);
    v1::HeatmapResponse response;
    response.set_map("map");
    if (request.with_picture()) response.set_picture("seen");
    return response;
  };
  Start();
  const auto alone = Json(Post("/api/categories/tile/heatmap", "picture"));
  EXPECT_EQ(alone["map"], "bWFw");
  EXPECT_EQ(alone["picture"], "");
  const auto both = Json(Post("/api/categories/tile/heatmap?with_picture=true", "picture"));
  EXPECT_EQ(both["map"], "bWFw");
  EXPECT_EQ(both["picture"], "c2Vlbg==");
}

TEST_F(WebServerTest, APictureOverTheLimitIsRefusedBeforeItIsRead) {
  stub_->on_score = [](const v1::ScoreRequest&) -> absl::StatusOr<v1::ScoreResponse> {
    ADD_FAILURE() << "reached";
    return v1::ScoreResponse();
  };
  Start();
  const httplib::Result result = Post("/api/categories/tile/score", std::string((1 << 20) + 1, 'x'));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 413);
  EXPECT_THAT(std::string(Json(result)["error"]["message"]), HasSubstr("1 MiB"));
}

TEST_F(WebServerTest, MovesTheThresholdAndGoesBack) {
  stub_->on_set_threshold = [](const v1::SetThresholdRequest& request) {
    EXPECT_EQ(request.category(), "tile");
    EXPECT_EQ(request.version(), 1);
    EXPECT_EQ(request.threshold(), 9.5);
    return Tile(2);
  };
  stub_->on_activate = [](const v1::ActivateVersionRequest& request) { return Tile(request.version()); };
  Start();
  EXPECT_EQ(
      Json(Post("/api/categories/tile/threshold", R"({"version": 1, "threshold": 9.5})"))["active_version"],
      2);
  EXPECT_EQ(Json(Post("/api/categories/tile/activate", R"({"version": 1})"))["active_version"], 1);
}

TEST_F(WebServerTest, DeletesVersionsAndCategories) {
  stub_->on_delete = [](const v1::DeleteVersionRequest& request) {
    EXPECT_EQ(request.version(), 2);
    return Tile(1);
  };
  stub_->on_delete_category =
      [](const v1::DeleteCategoryRequest& request) -> absl::StatusOr<v1::DeleteCategoryResponse> {
    return absl::NotFoundError("there is no category " + request.category());
  };
  Start();
  const httplib::Result version = http_->Delete("/api/categories/tile/versions/2", OfThePage());
  ASSERT_TRUE(version);
  EXPECT_EQ(version->status, 200);
  const httplib::Result category = http_->Delete("/api/categories/none", OfThePage());
  ASSERT_TRUE(category);
  EXPECT_EQ(category->status, 404);
  EXPECT_EQ(Json(category)["error"]["message"], "there is no category none");
}

TEST_F(WebServerTest, AServerThatIsAwayIsNotThePagesFault) {
  stub_->on_list = []() -> absl::StatusOr<v1::ListCategoriesResponse> {
    return absl::UnavailableError("away");
  };
  Start();
  const httplib::Result result = Get("/api/categories");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 503);
  EXPECT_EQ(Json(result)["error"]["code"], "UNAVAILABLE");
  EXPECT_EQ(Post("/api/trainings", R"({"category": "tile", "pictures": 2})")->status, 503);
}

TEST_F(WebServerTest, AFullQueueSaysWhenToComeBack) {
  stub_->on_score = [](const v1::ScoreRequest&) -> absl::StatusOr<v1::ScoreResponse> {
    return WithRetryDelay(absl::ResourceExhaustedError("the queue is full"), absl::Seconds(2));
  };
  Start();
  const httplib::Result result = Post("/api/categories/tile/score", "picture");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 429);
  EXPECT_EQ(Json(result)["error"]["retry_after"], 2);
}

TEST_F(WebServerTest, TrainsFromPicturesThatArriveOneByOne) {
  stub_->on_list = [] { return v1::ListCategoriesResponse(); };
  stub_->on_train = [](int) {
    testing::FakeTraining training;
    training.responses.resize(1);
    training.responses[0].mutable_result()->mutable_version()->set_version(5);
    return training;
  };
  Start();
  const httplib::Result begun = Post("/api/trainings", R"({"category": "tile", "pictures": 2})");
  ASSERT_TRUE(begun);
  ASSERT_EQ(begun->status, 200) << begun->body;
  const std::string training = "/api/trainings/" + std::to_string(Json(begun)["id"].get<int>());
  for (const char* picture : {"0", "1"}) {
    const httplib::Result put =
        http_->Put(training + "/pictures/" + picture, OfThePage(), "picture", "application/octet-stream");
    ASSERT_TRUE(put);
    ASSERT_EQ(put->status, 200) << put->body;
  }
  ordered_json state;
  do state = Json(Get(training));
  while (!state["done"]);
  EXPECT_EQ(state["result"]["version"], 5);
  EXPECT_EQ(Json(Get("/api/trainings"))["trainings"].size(), 1);
}

TEST_F(WebServerTest, RecalibratesWhereAVersionIsNamed) {
  stub_->on_list = [] { return v1::ListCategoriesResponse(); };
  stub_->on_recalibrate = [](int) {
    testing::FakeTraining training;
    training.messages_taken = 0;
    training.status = absl::NotFoundError("tile has no version 7");
    return training;
  };
  Start();
  const httplib::Result begun =
      Post("/api/trainings",
           R"({"category": "tile", "pictures": 2, "recalibrate": 7, "skip_bad_pictures": true})");
  ASSERT_TRUE(begun);
  ASSERT_EQ(begun->status, 200) << begun->body;
  EXPECT_EQ(Json(begun)["recalibrate"], 7);
  const std::string training = "/api/trainings/" + std::to_string(Json(begun)["id"].get<int>());
  ordered_json state;
  do state = Json(Get(training));
  while (!state["done"]);
  EXPECT_EQ(state["error"]["message"], "tile has no version 7");
}

TEST_F(WebServerTest, AVersionLeavesAsAFileAndComesBack) {
  stub_->on_export = [](const v1::ExportCategoryRequest& request) {
    EXPECT_EQ(request.category(), "tile");
    EXPECT_EQ(request.version(), 2);
    return std::make_pair(std::vector<std::string>{"first ", std::string("se\0cond", 7)}, absl::OkStatus());
  };
  std::string imported;
  stub_->on_import = [&imported](const v1::ImportCategoryRequest::Start& start, const std::string& data) {
    EXPECT_EQ(start.category(), "felt");
    EXPECT_TRUE(start.keep_active());
    imported = data;
    v1::ImportCategoryResponse response;
    response.set_category("felt");
    response.mutable_version()->set_version(1);
    return response;
  };
  Start();
  const httplib::Result file = Get("/api/categories/tile/versions/2/bundle");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->status, 200);
  EXPECT_EQ(file->get_header_value("Content-Type"), "application/octet-stream");
  const httplib::Result added = Post("/api/import?category=felt&keep_active=true", file->body);
  ASSERT_TRUE(added);
  EXPECT_EQ(Json(added)["category"], "felt");
  EXPECT_EQ(Json(added)["version"]["version"], 1);
  EXPECT_EQ(imported, std::string("first se\0cond", 13));
}

TEST_F(WebServerTest, AnExportThatFailsHalfwayIsAnErrorAndNoFile) {
  stub_->on_export = [](const v1::ExportCategoryRequest&) {
    return std::make_pair(std::vector<std::string>{"half"}, absl::DataLossError("checksum"));
  };
  Start();
  const httplib::Result file = Get("/api/categories/tile/versions/2/bundle");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->status, 500);
  EXPECT_EQ(Json(file)["error"]["message"], "checksum");
}

TEST_F(WebServerTest, FilesOfVersionsHaveALimitBothWays) {
  const std::string mebibyte(1 << 20, 'x');
  stub_->on_export = [&](const v1::ExportCategoryRequest&) {
    return std::make_pair(std::vector<std::string>{mebibyte, "x"}, absl::OkStatus());
  };
  stub_->on_import = [](const v1::ImportCategoryRequest::Start&,
                        const std::string&) -> absl::StatusOr<v1::ImportCategoryResponse> {
    ADD_FAILURE() << "reached";
    return v1::ImportCategoryResponse();
  };
  Start();
  const httplib::Result file = Get("/api/categories/tile/versions/2/bundle");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->status, 409);
  EXPECT_THAT(std::string(Json(file)["error"]["message"]), HasSubstr("more than 1 MiB"));
  const httplib::Result added = Post("/api/import", mebibyte + "x");
  ASSERT_TRUE(added);
  EXPECT_EQ(added->status, 413);
  EXPECT_THAT(std::string(Json(added)["error"]["message"]), HasSubstr("`mlfsc import` takes larger ones"));
}

TEST_F(WebServerTest, AnotherPageNeitherTakesNorBringsVersions) {
  stub_->on_export = [](const v1::ExportCategoryRequest&) {
    ADD_FAILURE() << "reached";
    return std::make_pair(std::vector<std::string>(), absl::OkStatus());
  };
  stub_->on_import = [](const v1::ImportCategoryRequest::Start&,
                        const std::string&) -> absl::StatusOr<v1::ImportCategoryResponse> {
    ADD_FAILURE() << "reached";
    return v1::ImportCategoryResponse();
  };
  Start();
  EXPECT_EQ(http_->Get("/api/categories/tile/versions/2/bundle")->status, 403);
  EXPECT_EQ(http_->Post("/api/import", "file", "application/octet-stream")->status, 403);
}

TEST_F(WebServerTest, TellsTheTrafficAndTheServer) {
  stub_->on_statistics = [](const v1::GetStatisticsRequest&) {
    v1::GetStatisticsResponse response;
    response.add_categories()->set_nok(4);
    return response;
  };
  Start();
  EXPECT_EQ(Json(Get("/api/statistics"))["categories"][0]["nok"], 4);
  EXPECT_EQ(Json(Get("/api/server"))["server"], "inspection:50051");
  EXPECT_EQ(Json(Get("/api/server"))["max_picture_bytes"], 1 << 20);
}

TEST_F(WebServerTest, APortIsNotShared) {
  Start();
  options_.port = server_->port();
  const absl::StatusOr<std::unique_ptr<WebServer>> second =
      WebServer::Start(options_, Client(MakeConnection(stub_, {}, &clock_, [] { return 0.0; })), {}, &clock_);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(WebServerTest, ServesThePageOverHttpsToWhomTrustsItsCertificate) {
  const testing::Certificate certificate = testing::MakeCertificate("localhost");
  const testing::TemporaryFolder folder;
  options_.certificate = folder.path() + "/page.pem";
  options_.key = folder.path() + "/page.key";
  std::ofstream(options_.certificate) << certificate.certificate;
  std::ofstream(options_.key) << certificate.key;
  Start();
  httplib::SSLClient https("localhost", server_->port());
  // Not every machine knows its own name.
  https.set_hostname_addr_map({{"localhost", "127.0.0.1"}});
  https.set_ca_cert_path(options_.certificate.c_str());
  https.enable_server_certificate_verification(true);
  const httplib::Result page = https.Get("/");
  ASSERT_TRUE(page) << httplib::to_string(page.error());
  EXPECT_EQ(page->body, "<html>");
  EXPECT_FALSE(http_->Get("/"));
}

TEST_F(WebServerTest, ACertificateThatIsNoneIsRefused) {
  options_.certificate = "/dev/null";
  options_.key = "/dev/null";
  const absl::StatusOr<std::unique_ptr<WebServer>> server =
      WebServer::Start(options_, Client(MakeConnection(stub_, {}, &clock_, [] { return 0.0; })), {}, &clock_);
  EXPECT_EQ(server.status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace mlfsc::client
