// The process itself: memory, processor time, threads, open files.
#ifndef MLFSC_SERVER_METRICS_PROCESS_METRICS_H_
#define MLFSC_SERVER_METRICS_PROCESS_METRICS_H_

#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

namespace mlfsc {

// Reads /proc/self at each scrape; a series whose file cannot be read is left out. Names and units are those
// of Prometheus's own client libraries. Thread-safe.
class ProcessMetrics : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_METRICS_PROCESS_METRICS_H_
