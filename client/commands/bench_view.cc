#include "client/commands/bench_view.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/commands/option_names.h"
#include "client/terminal/table.h"

namespace mlfsc::client {
namespace {

constexpr int kRows = 12;
constexpr int kBarCells = 40;

struct NamedShare {
  const char* title;
  const char* json;
  double share;
};

constexpr NamedShare kPercentiles[] = {{"P50", "p50", 0.5},
                                       {"P90", "p90", 0.9},
                                       {"P95", "p95", 0.95},
                                       {"P99", "p99", 0.99},
                                       {"P99.9", "p99_9", 0.999}};

std::string Milliseconds(absl::Duration duration) {
  const double ms = absl::ToDoubleMilliseconds(duration);
  return absl::StrFormat("%.*f", ms < 10 ? 2 : ms < 100 ? 1 : 0, ms);
}

std::string Limit(absl::Duration limit) { return absl::StrFormat("%g", absl::ToDoubleMilliseconds(limit)); }

// `count` of `most` as blocks, in eighths.
std::string Bar(int64_t count, int64_t most) {
  constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  if (count == 0 || most == 0) return "";
  const int64_t eighths = std::max<int64_t>(1, count * kBarCells * 8 / most);
  std::string bar;
  for (int64_t i = 0; i < eighths / 8; ++i) bar += "█";
  return bar + kEighths[eighths % 8];
}

std::string Errors(const LoadResult& result) {
  return absl::StrJoin(result.errors, ", ", [](std::string* out, const auto& entry) {
    absl::StrAppend(out, entry.second, " ", entry.first);
  });
}

// Mean milliseconds of an answer in each stage, as the server tells them.
std::vector<std::pair<const char*, double>> StageMeans(const LoadResult& result) {
  const auto answers = static_cast<double>(std::max<int64_t>(1, result.latencies.count()));
  const v1::StageTimes& sums = result.stage_sums;
  return {{"decode", sums.decode() / answers},     {"queue", sums.queue() / answers},
          {"features", sums.features() / answers}, {"coding", sums.coding() / answers},
          {"scoring", sums.scoring() / answers},   {"total", sums.total() / answers}};
}

void PrintLatencies(const LoadResult& result, const Terminal& terminal) {
  constexpr Table::Align kRight = Table::Align::kRight;
  std::vector<Table::Column> columns = {{"MILLISECONDS"}, {"MEAN", kRight}};
  std::vector<Cell> row = {"latency", Milliseconds(result.latencies.mean())};
  for (const NamedShare& percentile : kPercentiles) {
    columns.push_back({percentile.title, kRight});
    row.emplace_back(Milliseconds(result.latencies.Percentile(percentile.share)));
  }
  columns.push_back({"MAX", kRight});
  row.emplace_back(Milliseconds(result.latencies.max()));
  Table table(std::move(columns));
  table.Add(std::move(row));
  table.Print(terminal);
}

void PrintStages(const LoadResult& result, const Terminal& terminal) {
  std::vector<Table::Column> columns = {{"IN THE SERVER, MEAN"}};
  std::vector<Cell> row = {"milliseconds"};
  for (const auto& [name, mean] : StageMeans(result)) {
    columns.push_back({name, Table::Align::kRight});
    row.emplace_back(absl::StrFormat("%.2f", mean));
  }
  Table table(std::move(columns));
  table.Add(std::move(row));
  table.Print(terminal);
}

}  // namespace

std::string Describe(const LoadOptions& load) {
  if (load.rate <= 0) return absl::StrCat("closed loop, ", load.in_flight, " in flight");
  return absl::StrFormat("open loop, %g a second %s, at most %d in flight", load.rate,
                         load.random_gaps ? "at random" : "evenly", load.in_flight);
}

std::vector<std::string> HistogramLines(const LatencyHistogram& latencies) {
  const std::vector<absl::Duration> limits = RoundLimits(latencies, kRows);
  std::vector<std::string> lines;
  std::vector<int64_t> counts;
  for (size_t i = 0; i + 1 < limits.size(); ++i) {
    counts.push_back(latencies.CountBetween(limits[i], limits[i + 1]));
  }
  const int64_t most = counts.empty() ? 0 : *std::max_element(counts.begin(), counts.end());
  for (size_t i = 0; i < counts.size(); ++i) {
    lines.push_back(absl::StrFormat("%6s to %6s ms %8d  %s", Limit(limits[i]), Limit(limits[i + 1]),
                                    counts[i], Bar(counts[i], most)));
  }
  return lines;
}

std::vector<std::string> LiveLines(const BenchTitle& title, const LoadResult& so_far) {
  const absl::Duration whole = title.load.warm_up + title.load.duration;
  const char* phase = so_far.whole_time < title.load.warm_up ? ", warming up"
                      : so_far.whole_time > whole            ? ", waiting for the last answers"
                                                             : "";
  std::vector<std::string> lines = {absl::StrFormat("%s  %s of %s%s", Describe(title.load),
                                                    FormatSeconds(absl::ToDoubleSeconds(so_far.whole_time)),
                                                    FormatSeconds(absl::ToDoubleSeconds(whole)), phase)};
  lines.push_back(absl::StrFormat(
      "%d answers, %.1f a second, p50 %s ms, p99 %s ms%s", so_far.latencies.count(), so_far.throughput(),
      Milliseconds(so_far.latencies.Percentile(0.5)), Milliseconds(so_far.latencies.Percentile(0.99)),
      so_far.errors.empty() ? "" : absl::StrCat(", errors: ", Errors(so_far))));
  for (std::string& line : HistogramLines(so_far.latencies)) lines.push_back(std::move(line));
  return lines;
}

void PrintBench(const BenchTitle& title, const LoadResult& result, const Terminal& terminal) {
  std::ostream& out = *terminal.out;
  out << title.category << " on " << title.server << ": " << Describe(title.load) << "\n\n";
  for (const std::string& line : HistogramLines(result.latencies)) out << line << '\n';
  if (result.latencies.count() > 0) {
    out << '\n';
    PrintLatencies(result, terminal);
    out << '\n';
    PrintStages(result, terminal);
    out << '\n';
  }
  out << absl::StreamFormat("%d requests in %.1f s, %.1f answers a second", result.requests(),
                            absl::ToDoubleSeconds(result.counted_time), result.throughput());
  if (title.load.rate > 0) out << absl::StreamFormat(", %d sent late", result.late);
  if (result.errors.empty()) {
    out << ", no errors\n";
    return;
  }
  out << ", " << Paint(terminal, Color::kRed, absl::StrCat("errors: ", Errors(result))) << '\n';
  *terminal.err << "mlfsc: the first error: " << Printable(result.first_error) << '\n';
}

nlohmann::ordered_json BenchJson(const BenchTitle& title, const LoadResult& result) {
  using Json = nlohmann::ordered_json;
  Json json = {{"server", title.server}, {"category", title.category}, {"version", title.version}};
  json["loop"] = title.load.rate > 0 ? "open" : "closed";
  json["in_flight"] = title.load.in_flight;
  json["rate"] = title.load.rate > 0 ? Json(title.load.rate) : Json(nullptr);
  json["seconds"] = absl::ToDoubleSeconds(result.counted_time);
  json["requests"] = result.requests();
  json["answers"] = result.latencies.count();
  json["answers_per_second"] = result.throughput();
  json["late"] = result.late;
  json["errors"] = Json::object();
  for (const auto& [code, count] : result.errors) json["errors"][code] = count;
  json["verdicts"] = Json::object();
  for (const auto& [verdict, count] : result.verdicts) json["verdicts"][Name(verdict)] = count;
  Json& latency = json["latency_ms"];
  latency["min"] = absl::ToDoubleMilliseconds(result.latencies.min());
  latency["mean"] = absl::ToDoubleMilliseconds(result.latencies.mean());
  for (const NamedShare& percentile : kPercentiles) {
    latency[percentile.json] = absl::ToDoubleMilliseconds(result.latencies.Percentile(percentile.share));
  }
  latency["max"] = absl::ToDoubleMilliseconds(result.latencies.max());
  json["histogram"] = Json::array();
  const std::vector<absl::Duration> limits = RoundLimits(result.latencies, kRows);
  for (size_t i = 0; i + 1 < limits.size(); ++i) {
    json["histogram"].push_back({{"low_ms", absl::ToDoubleMilliseconds(limits[i])},
                                 {"high_ms", absl::ToDoubleMilliseconds(limits[i + 1])},
                                 {"count", result.latencies.CountBetween(limits[i], limits[i + 1])}});
  }
  json["server_mean_ms"] = Json::object();
  for (const auto& [name, mean] : StageMeans(result)) json["server_mean_ms"][name] = mean;
  return json;
}

}  // namespace mlfsc::client
