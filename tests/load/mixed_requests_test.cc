#include "tests/load/mixed_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/load/metrics_page.h"

namespace mlfsc::testing {
namespace {

using ::testing::IsEmpty;

// `scripts/bench mixed` sends 50,000 and looks at the memory, too.
TEST(MixedRequestsTest, EachIsAnsweredOnceAndWithItsOwnAnswer) {
  LoadServer server(StubServerBinary(), {"--input_sizes=128", "--feature_queue=24", "--max_batch=8"});
  MixedRequests requests(&server, {/*at_once=*/48, /*seed=*/1});
  requests.Run(1500);
  const MixedReport report = requests.report();
  EXPECT_EQ(report.sent, 1500);
  EXPECT_EQ(report.unanswered, 0);
  EXPECT_EQ(report.wrong, 0);
  EXPECT_THAT(report.examples, IsEmpty());
  EXPECT_EQ(report.started, report.ended);
  // That all that can happen did.
  EXPECT_GT(report.answers.at("score").at("OK"), 0);
  EXPECT_GT(report.answers.at("cancelled after 0 to 8 ms").at("CANCELLED"), 0);
  EXPECT_GT(report.answers.at("deadline of 0 to 8 ms").at("DEADLINE_EXCEEDED"), 0);
  EXPECT_GT(report.answers.at("broken picture").at("INVALID_ARGUMENT"), 0);
  EXPECT_GT(report.answers.at("disconnected").at("gone"), 0);
  const MetricsPage page = MetricsPage::Read(server.metrics_port());
  EXPECT_EQ(page.Sum("mlfsc_queue_depth"), 0);
  EXPECT_EQ(page.Sum("mlfsc_training_running"), 0);
  EXPECT_EQ(server.Stop(), 0);
}

}  // namespace
}  // namespace mlfsc::testing
