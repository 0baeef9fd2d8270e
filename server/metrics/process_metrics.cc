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

}  // namespace

std::vector<prometheus::MetricFamily> ProcessMetrics::Collect() const {
  using prometheus::MetricType;
  std::vector<prometheus::MetricFamily> families;
  if (const std::vector<std::string> fields = StatFields(); fields.size() >= 22) {
    const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    families.push_back(Family("process_cpu_seconds_total", "Processor time, user and system, in seconds.",
                              MetricType::Counter, (Field(fields, 14) + Field(fields, 15)) / ticks));
    families.push_back(Family("process_start_time_seconds", "When the process began, seconds since 1970.",
                              MetricType::Gauge, BootTime() + Field(fields, 22) / ticks));
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
  return families;
}

}  // namespace mlfsc
