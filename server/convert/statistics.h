// GetStatistics: what was counted, as the wire tells it.
#ifndef MLFSC_SERVER_CONVERT_STATISTICS_H_
#define MLFSC_SERVER_CONVERT_STATISTICS_H_

#include <string>

#include "absl/time/time.h"
#include "core/serving/serving_observer.h"
#include "core/serving/traffic_statistics.h"
#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc {

v1::CategoryStatistics ToProto(const std::string& category, const CategoryTraffic& traffic);

v1::QueueStatistics ToProto(Stage stage, int waiting, int capacity);

}  // namespace mlfsc

#endif  // MLFSC_SERVER_CONVERT_STATISTICS_H_
