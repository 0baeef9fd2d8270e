#include "server/metrics/metrics.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/metrics/metrics_endpoint.h"
#include "tests/testing/local_socket.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Page(const Metrics& metrics) {
  return prometheus::TextSerializer().Serialize(metrics.registry()->Collect());
}

// What a scrape of the port gets, headers and all.
std::string Scrape(int port) {
  testing::LocalSocket client(port);
  return client.Write("GET /metrics HTTP/1.0\r\n\r\n") ? client.ReadToEnd() : "";
}

TEST(MetricsTest, EndsOfDecodingProcessesAreCountedByCause) {
  Metrics metrics({});
  metrics.OnDecoderEnd(DecoderEndCause::kTime);
  EXPECT_THAT(Page(metrics), AllOf(HasSubstr(R"(mlfsc_decoder_restarts_total{cause="time"} 1)"),
                                   HasSubstr(R"(mlfsc_decoder_restarts_total{cause="crash"} 0)")));
}

TEST(MetricsTest, ACallIsCountedWhenItComesAndWhenItEnds) {
  Metrics metrics({});
  metrics.OnCallStarted("Score", "unary");
  metrics.OnCallEnded("Score", "unary", absl::StatusCode::kInvalidArgument, absl::Milliseconds(3));
  const std::string labels =
      R"(grpc_method="Score",grpc_service="mlfsc.v1.InspectionService",grpc_type="unary")";
  EXPECT_THAT(Page(metrics),
              AllOf(HasSubstr("grpc_server_started_total{" + labels + "} 1"),
                    HasSubstr(R"(grpc_server_handled_total{grpc_code="InvalidArgument",)" + labels + "} 1"),
                    HasSubstr("grpc_server_handling_seconds_count{" + labels + "} 1"),
                    HasSubstr("grpc_server_handling_seconds_bucket{" + labels + R"(,le="0.0025"} 0)"),
                    HasSubstr("grpc_server_handling_seconds_bucket{" + labels + R"(,le="0.005"} 1)")));
}

TEST(MetricsTest, EveryCodeOfAMethodIsThereFromItsFirstCallOn) {
  Metrics metrics({});
  metrics.OnCallStarted("Score", "unary");
  // A rate over a series that appears only with the first error would miss that error.
  EXPECT_THAT(Page(metrics),
              HasSubstr(R"(grpc_server_handled_total{grpc_code="Internal",grpc_method="Score")"));
}

TEST(MetricsTest, TheServingStagesReport) {
  Metrics metrics({});
  metrics.OnStage(Stage::kFeatures, absl::Milliseconds(90));
  metrics.OnBatch(Stage::kFeatures, 4);
  metrics.OnQueueDepth(Stage::kDecode, 7);
  metrics.OnDrop(Stage::kFeatures, DropReason::kFull);
  EXPECT_THAT(Page(metrics), AllOf(HasSubstr(R"(mlfsc_stage_seconds_bucket{stage="features",le="0.1"} 1)"),
                                   HasSubstr(R"(mlfsc_batch_size_sum{stage="features"} 4)"),
                                   HasSubstr(R"(mlfsc_queue_depth{stage="decode"} 7)"),
                                   HasSubstr(R"(mlfsc_rejected_total{reason="full",stage="features"} 1)")));
}

TEST(MetricsTest, ScoresAndVerdictsAreCountedByCategory) {
  Metrics metrics({});
  metrics.OnInspected("carpet", 0.97, Verdict::kNok, 0.09);
  metrics.OnInspected("carpet", 0.02, Verdict::kOk, 0.09);
  EXPECT_THAT(Page(metrics), AllOf(HasSubstr(R"(mlfsc_verdicts_total{category="carpet",verdict="NOK"} 1)"),
                                   HasSubstr(R"(mlfsc_verdicts_total{category="carpet",verdict="REVIEW"} 0)"),
                                   HasSubstr(R"(mlfsc_score_bucket{category="carpet",le="0.5"} 1)"),
                                   HasSubstr(R"(mlfsc_score_count{category="carpet"} 2)")));
}

TEST(MetricsTest, TheExpectedScoreIsThatOfTheVersionThatAnsweredLast) {
  Metrics metrics({});
  metrics.OnInspected("carpet", 0.02, Verdict::kOk, 0.09);
  metrics.OnInspected("carpet", 0.02, Verdict::kOk, 0.125);
  EXPECT_THAT(Page(metrics), HasSubstr(R"(mlfsc_score_expected{category="carpet"} 0.125)"));
}

TEST(MetricsTest, NoClientsWordBecomesALabel) {
  Metrics metrics({});
  metrics.OnCallStarted("Score", "unary");
  metrics.OnCallEnded("Score", "unary", absl::StatusCode::kNotFound, absl::Milliseconds(1));
  const size_t before = Page(metrics).size();
  metrics.OnCallStarted("Score", "unary");
  metrics.OnCallEnded("Score", "unary", absl::StatusCode::kNotFound, absl::Milliseconds(1));
  EXPECT_EQ(Page(metrics).size(), before);
}

TEST(MetricsTest, SeriesStayWithinTheBoundOfTheDocumentation) {
  Metrics metrics({"1.2.3", "cpu", "abc"});
  for (const char* method : {"Train", "Score", "Heatmap", "ListCategories", "GetCategory", "ActivateVersion",
                             "DeleteVersion", "DeleteCategory", "ExportCategory", "ImportCategory",
                             "RecalibrateCategory", "SetThreshold", "GetStatistics"}) {
    metrics.OnCallStarted(method, "unary");
    metrics.OnCallEnded(method, "unary", absl::StatusCode::kOk, absl::Milliseconds(1));
  }
  for (size_t i = 0; i < 2 * Metrics::kMaxCategories; ++i) {
    metrics.OnActiveVersion("category-" + std::to_string(i), 1);
    metrics.OnInspected("category-" + std::to_string(i), 0.1, Verdict::kOk, 0.09);
  }
  const std::string page = Page(metrics);
  size_t series = 0;
  for (size_t at = 0; at < page.size(); at = page.find('\n', at) + 1) series += page[at] == '#' ? 0 : 1;
  // docs/metrics.md.
  EXPECT_LE(series, 12'000u);
  EXPECT_GE(series, 11'000u);
}

TEST(MetricsTest, OnlyTheActiveVersionHasAnInfoSeries) {
  Metrics metrics({});
  metrics.OnActiveVersion("carpet", 1);
  metrics.OnActiveVersion("carpet", 2);
  metrics.OnActiveVersion("carpet", 2);
  EXPECT_THAT(Page(metrics), AllOf(HasSubstr(R"(mlfsc_bundle_info{category="carpet",version="2"} 1)"),
                                   Not(HasSubstr(R"(version="1")"))));
}

TEST(MetricsTest, ACategoryWithoutAnActiveVersionHasNoInfoSeries) {
  Metrics metrics({});
  metrics.OnNoActiveVersion("never-activated");
  metrics.OnActiveVersion("carpet", 1);
  metrics.OnInspected("carpet", 0.5, Verdict::kReview, 0.09);
  metrics.OnNoActiveVersion("carpet");
  EXPECT_THAT(Page(metrics), AllOf(Not(HasSubstr("mlfsc_bundle_info{")), Not(HasSubstr("never-activated")),
                                   HasSubstr("mlfsc_score_count{category=\"carpet\"} 1")));
  metrics.OnActiveVersion("carpet", 1);
  EXPECT_THAT(Page(metrics), HasSubstr(R"(mlfsc_bundle_info{category="carpet",version="1"} 1)"));
}

TEST(MetricsTest, ADeletedCategoryLeavesNoSeries) {
  Metrics metrics({});
  metrics.OnActiveVersion("carpet", 1);
  metrics.OnInspected("carpet", 0.5, Verdict::kReview, 0.09);
  metrics.OnCategoryDeleted("carpet");
  EXPECT_THAT(Page(metrics), Not(HasSubstr("carpet")));
}

TEST(MetricsTest, CategoriesBeyondTheLimitShareOneSeries) {
  Metrics metrics({});
  for (size_t i = 0; i < Metrics::kMaxCategories + 20; ++i) {
    metrics.OnInspected("category-" + std::to_string(i), 0.1, Verdict::kOk, 0.09);
  }
  EXPECT_THAT(Page(metrics), AllOf(HasSubstr(R"x(mlfsc_verdicts_total{category="(other)",verdict="OK"} 20)x"),
                                   Not(HasSubstr("category-" + std::to_string(Metrics::kMaxCategories)))));
}

TEST(MetricsTest, TrainingsAreCountedByHowTheyEnd) {
  Metrics metrics({});
  metrics.OnTrainingStarted();
  metrics.OnTrainingStarted();
  metrics.OnSpool(12'345);
  metrics.OnTrainingEnded(absl::StatusCode::kOk, absl::Seconds(40), 110);
  EXPECT_THAT(Page(metrics),
              AllOf(HasSubstr("mlfsc_training_running 1"), HasSubstr("mlfsc_training_spool_bytes 12345"),
                    HasSubstr(R"(mlfsc_trainings_total{code="OK"} 1)"),
                    HasSubstr(R"(mlfsc_trainings_total{code="Internal"} 0)"),
                    HasSubstr("mlfsc_training_pictures_total 110")));
}

TEST(MetricsEndpointTest, AScrapeGetsTheServersAndTheProcesssSeries) {
  const Metrics metrics({"1.2.3", "cpu", "abc"});
  const auto endpoint = MetricsEndpoint::Start("127.0.0.1:0", metrics);
  ASSERT_THAT(endpoint, testing::IsOk());
  EXPECT_THAT(
      Scrape((*endpoint)->port()),
      AllOf(HasSubstr("200 OK"), HasSubstr(R"(version="1.2.3")"), HasSubstr("process_resident_memory_bytes"),
            HasSubstr("process_open_fds"), HasSubstr("process_cpu_seconds_total")));
}

TEST(MetricsEndpointTest, TheForwardPasssMemoryIsShownWhereThereIsOne) {
  const Metrics metrics({});
  const auto endpoint = MetricsEndpoint::Start("127.0.0.1:0", metrics, [] { return TorchMemory{5, 7}; });
  ASSERT_THAT(endpoint, testing::IsOk());
  EXPECT_THAT(Scrape((*endpoint)->port()), AllOf(HasSubstr(R"(mlfsc_torch_memory_bytes{state="used"} 5)"),
                                                 HasSubstr(R"(mlfsc_torch_memory_bytes{state="kept"} 7)")));
}

TEST(MetricsEndpointTest, ScrapersThatVanishInTheMidstOfARequestDoNotKeepOthersFromThePage) {
  const Metrics metrics({});
  const auto endpoint =
      MetricsEndpoint::Start("127.0.0.1:0", metrics, nullptr, /*patience=*/absl::Milliseconds(500));
  ASSERT_THAT(endpoint, testing::IsOk());
  // More than there are threads.
  std::vector<std::unique_ptr<testing::LocalSocket>> vanished;
  for (int i = 0; i < 5; ++i) {
    vanished.push_back(std::make_unique<testing::LocalSocket>((*endpoint)->port()));
    ASSERT_TRUE(vanished.back()->Write("GET /met"));
  }
  EXPECT_THAT(Scrape((*endpoint)->port()), HasSubstr("200 OK"));
}

TEST(ProcessMetricsTest, TheStartTimeIsNearAndNeverMoves) {
  const ProcessMetrics process(nullptr);
  const auto start_time = [&process] {
    for (const prometheus::MetricFamily& family : process.Collect()) {
      if (family.name == "process_start_time_seconds") return family.metric.front().gauge.value;
    }
    return 0.0;
  };
  const double now = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch());
  EXPECT_GT(start_time(), now - 24 * 3600);
  EXPECT_LE(start_time(), now + 2);
  EXPECT_EQ(start_time(), start_time());
}

TEST(MetricsEndpointTest, ATakenPortIsAnError) {
  const Metrics metrics({});
  const auto first = MetricsEndpoint::Start("127.0.0.1:0", metrics);
  ASSERT_THAT(first, testing::IsOk());
  const std::string address = "127.0.0.1:" + std::to_string((*first)->port());
  EXPECT_THAT(MetricsEndpoint::Start(address, metrics),
              testing::StatusIs(absl::StatusCode::kUnavailable, HasSubstr(address)));
}

}  // namespace
}  // namespace mlfsc
