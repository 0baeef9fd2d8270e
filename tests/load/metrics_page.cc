#include "tests/load/metrics_page.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "tests/testing/local_socket.h"

namespace mlfsc::testing {

MetricsPage MetricsPage::Read(int port) {
  LocalSocket socket(port);
  std::string answer;
  if (socket.Write("GET /metrics HTTP/1.0\r\n\r\n")) answer = socket.ReadToEnd();
  const size_t body = answer.find("\r\n\r\n");
  return MetricsPage(body == std::string::npos ? "" : answer.substr(body + 4));
}

double MetricsPage::Sum(const std::string& name, const std::vector<std::string>& labels) const {
  double sum = 0;
  for (const absl::string_view line : absl::StrSplit(text_, '\n')) {
    if (!absl::StartsWith(line, name)) continue;
    const absl::string_view rest = line.substr(name.size());
    if (rest.empty() || (rest[0] != '{' && rest[0] != ' ')) continue;
    const bool matches = std::all_of(labels.begin(), labels.end(), [rest](const std::string& label) {
      return absl::StrContains(rest, label);
    });
    if (matches) sum += std::atof(std::string(line.substr(line.rfind(' '))).c_str());
  }
  return sum;
}

}  // namespace mlfsc::testing
