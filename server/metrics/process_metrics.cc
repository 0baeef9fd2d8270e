#include "server/metrics/process_metrics.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>

#include <sys/resource.h>
#include <unistd.h>

namespace mlfsc {
namespace {

prometheus::MetricFamily Family(std::string name, std::string help, prometheus::MetricType type,
                                double value) {
  prometheus::MetricFamily family;
  family.name = std::move(name);
  family.help = std::move(help);
  family.type = type;
  prometheus::ClientMetric metric;
  if (type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  family.metric.push_back(std::move(metric));
  return family;
}

// Fields of /proc/self/stat after the command's closing bracket: [0] is the state (field 3 of proc(5)).
std::vector<std::string> StatFields() {
  std::ifstream in("/proc/self/stat");
  std::string line;
  std::getline(in, line);
  const size_t bracket = line.rfind(')');
  if (bracket == std::string::npos) return {};
  std::istringstream rest(line.substr(bracket + 1));
  std::vector<std::string> fields;
  for (std::string field; rest >> field;) fields.push_back(field);
  return fields;
}

// proc(5), numbered from 1.
double Field(const std::vector<std::string>& fields, size_t number) { return std::stod(fields[number - 3]); }

double BootTime() {
  std::ifstream in("/proc/stat");
  for (std::string key; in >> key;) {
    double value = 0;
    if (key == "btime" && in >> value) return value;
    in.ignore(1 << 16, '\n');
  }
  return 0;
}

double Ticks() { return static_cast<double>(sysconf(_SC_CLK_TCK)); }

// Seconds since 1970; 0 when it cannot be told.
double StartTime() {
  const std::vector<std::string> fields = StatFields();
  return fields.size() < 20 ? 0 : BootTime() + Field(fields, 22) / Ticks();
}

prometheus::MetricFamily Family(const TorchMemory& memory) {
  prometheus::MetricFamily family;
  family.name = "mlfsc_torch_memory_bytes";
  family.help = "Host memory of LibTorch: in tensors (used), and freed but kept for the next pass (kept).";
  family.type = prometheus::MetricType::Gauge;
  for (const auto& [state, bytes] : {std::pair("used", memory.used), std::pair("kept", memory.kept)}) {
    prometheus::ClientMetric& metric = family.metric.emplace_back();
    metric.label.push_back({"state", state});
    metric.gauge.value = static_cast<double>(bytes);
  }
  return family;
}

}  // namespace

ProcessMetrics::ProcessMetrics(std::function<TorchMemory()> torch_memory)
    : torch_memory_(std::move(torch_memory)), start_time_(StartTime()) {}

std::vector<prometheus::MetricFamily> ProcessMetrics::Collect() const {
  using prometheus::MetricType;
  std::vector<prometheus::MetricFamily> families;
  if (const std::vector<std::string> fields = StatFields(); fields.size() >= 22) {
    families.push_back(Family("process_cpu_seconds_total", "Processor time, user and system, in seconds.",
                              MetricType::Counter, (Field(fields, 14) + Field(fields, 15)) / Ticks()));
    families.push_back(Family("process_start_time_seconds", "When the process began, seconds since 1970.",
                              MetricType::Gauge, start_time_));
    families.push_back(
        Family("process_virtual_memory_bytes", "Address space.", MetricType::Gauge, Field(fields, 23)));
    families.push_back(Family("process_resident_memory_bytes", "Memory in use.", MetricType::Gauge,
                              Field(fields, 24) * static_cast<double>(sysconf(_SC_PAGESIZE))));
    families.push_back(Family("process_threads", "Threads.", MetricType::Gauge, Field(fields, 20)));
  }
  std::error_code error;
  int open_files = 0;
  for (auto entry = std::filesystem::directory_iterator("/proc/self/fd", error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    ++open_files;
  }
  if (!error) families.push_back(Family("process_open_fds", "Open files.", MetricType::Gauge, open_files));
  if (struct rlimit limit; getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    families.push_back(Family("process_max_fds", "Files that may be open.", MetricType::Gauge,
                              static_cast<double>(limit.rlim_cur)));
  }
  if (torch_memory_) families.push_back(Family(torch_memory_()));
  return families;
}

}  // namespace mlfsc
