#include "server/convert/statistics.h"

#include "server/convert/time.h"

namespace mlfsc {

v1::CategoryStatistics ToProto(const std::string& category, const CategoryTraffic& traffic) {
  v1::CategoryStatistics proto;
  proto.set_category(category);
  proto.set_ok(traffic.verdicts[static_cast<size_t>(Verdict::kOk)]);
  proto.set_review(traffic.verdicts[static_cast<size_t>(Verdict::kReview)]);
  proto.set_nok(traffic.verdicts[static_cast<size_t>(Verdict::kNok)]);
  proto.mutable_score_histogram()->Add(traffic.scores.begin(), traffic.scores.end());
  for (const TrafficMinute& minute : traffic.minutes) {
    v1::TrafficMinute* added = proto.add_minutes();
    *added->mutable_start_time() = ToTimestamp(minute.start);
    added->set_pictures(minute.pictures);
    added->set_flagged(minute.flagged);
    added->set_mean_normalized_score(minute.score_sum / static_cast<double>(minute.pictures));
  }
  return proto;
}

v1::QueueStatistics ToProto(Stage stage, int waiting, int capacity) {
  v1::QueueStatistics proto;
  proto.set_stage(std::string(StageName(stage)));
  proto.set_waiting(waiting);
  proto.set_capacity(capacity);
  return proto;
}

}  // namespace mlfsc
