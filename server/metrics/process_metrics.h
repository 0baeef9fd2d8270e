// The process itself: memory, processor time, threads, open files; and LibTorch's share of the memory.
#ifndef MLFSC_SERVER_METRICS_PROCESS_METRICS_H_
#define MLFSC_SERVER_METRICS_PROCESS_METRICS_H_

#include <cstddef>
#include <functional>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

namespace mlfsc {

// Host memory of the forward pass, in bytes.
struct TorchMemory {
  // In tensors.
  size_t used = 0;
  // Freed, and kept for the next pass.
  size_t kept = 0;
};

// Reads /proc/self at each scrape; a series whose file cannot be read is left out. Names and units are those
// of Prometheus's own client libraries. Thread-safe.
class ProcessMetrics : public prometheus::Collectable {
 public:
  // `torch_memory`: thread-safe; null where there is no LibTorch.
  explicit ProcessMetrics(std::function<TorchMemory()> torch_memory);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::function<TorchMemory()> torch_memory_;
  // Read once: the kernel counts it from the boot time, which moves when the clock is set, and a process that
  // began at two times would look like one that was restarted.
  const double start_time_;
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_METRICS_PROCESS_METRICS_H_
