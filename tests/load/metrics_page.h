// A server's metrics as a Prometheus sees them.
#ifndef MLFSC_TESTS_LOAD_METRICS_PAGE_H_
#define MLFSC_TESTS_LOAD_METRICS_PAGE_H_

#include <string>
#include <vector>

namespace mlfsc::testing {

class MetricsPage {
 public:
  // GET /metrics on a port of this machine; empty when nobody answers.
  static MetricsPage Read(int port);

  explicit MetricsPage(std::string text) : text_(std::move(text)) {}

  // The sum of all series of `name` whose labels hold each of `labels` ("stage=\"features\""); 0 when there
  // is none.
  double Sum(const std::string& name, const std::vector<std::string>& labels = {}) const;

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_LOAD_METRICS_PAGE_H_
