#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/commands/commands.h"
#include "client/commands/connection_flags.h"
#include "client/commands/json.h"
#include "client/commands/times.h"
#include "client/terminal/table.h"

namespace mlfsc::client {
namespace {

constexpr int kBarLength = 40;

struct Flags {
  ConnectionFlags connection;
  std::string category;
  bool json = false;
};

// Minutes of one category, added up; in floating point, which whatever a server says cannot overflow.
struct LastHour {
  explicit LastHour(const v1::CategoryStatistics& category) {
    for (const v1::TrafficMinute& minute : category.minutes()) {
      pictures += static_cast<double>(minute.pictures());
      flagged += static_cast<double>(minute.flagged());
      score_sum += minute.mean_normalized_score() * static_cast<double>(minute.pictures());
    }
  }
  std::string FlaggedShare() const {
    if (pictures == 0) return "-";
    return absl::StrFormat("%.1f %%", 100.0 * flagged / pictures);
  }
  std::string MeanScore() const {
    return pictures == 0 ? "-" : absl::StrFormat("%.3f", score_sum / pictures);
  }

  double pictures = 0;
  double flagged = 0;
  double score_sum = 0;
};

void PrintCategories(const v1::GetStatisticsResponse& statistics, const Terminal& terminal) {
  Table table({{"CATEGORY"},
               {"OK", Table::Align::kRight},
               {"REVIEW", Table::Align::kRight},
               {"NOK", Table::Align::kRight},
               {"LAST HOUR", Table::Align::kRight},
               {"FLAGGED", Table::Align::kRight},
               {"MEAN SCORE", Table::Align::kRight}});
  for (const v1::CategoryStatistics& category : statistics.categories()) {
    const LastHour hour(category);
    table.Add({category.category(), absl::StrCat(category.ok()), absl::StrCat(category.review()),
               absl::StrCat(category.nok()), absl::StrFormat("%.0f", hour.pictures), hour.FlaggedShare(),
               hour.MeanScore()});
  }
  table.Print(terminal);
}

// A bar a bin, from the lowest to the highest that has pictures.
void PrintHistogram(const v1::CategoryStatistics& category, const Terminal& terminal) {
  const auto& bins = category.score_histogram();
  const auto has_pictures = [](int64_t pictures) { return pictures > 0; };
  const auto first = std::find_if(bins.begin(), bins.end(), has_pictures);
  if (first == bins.end()) return;
  const auto last = std::find_if(bins.rbegin(), bins.rend(), has_pictures).base();
  const auto most = static_cast<double>(*std::max_element(first, last));
  Table table({{"SCORE"}, {"PICTURES", Table::Align::kRight}, {""}});
  for (auto bin = first; bin != last; ++bin) {
    const double low = static_cast<double>(bin - bins.begin()) / bins.size();
    // At least one mark where there is a picture at all.
    const double marks = std::ceil(std::max(0.0, static_cast<double>(*bin)) * kBarLength / most);
    table.Add({absl::StrFormat("%.2f to %.2f", low, low + 1.0 / bins.size()), absl::StrCat(*bin),
               std::string(static_cast<size_t>(marks), '#')});
  }
  *terminal.out << '\n';
  table.Print(terminal);
}

void PrintServer(const v1::GetStatisticsResponse& statistics, const Terminal& terminal) {
  *terminal.out << "\nsince " << FormatLocal(statistics.start_time()) << "; waiting:";
  for (const v1::QueueStatistics& queue : statistics.queues()) {
    *terminal.out << ' ' << Printable(queue.stage()) << ' ' << queue.waiting() << " of " << queue.capacity()
                  << ',';
  }
  *terminal.out << " trainings: " << statistics.trainings() << '\n';
}

absl::StatusOr<int> Run(const Flags& flags, const Context& context) {
  absl::StatusOr<Client> client = flags.connection.Connect(context);
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::GetStatisticsResponse> statistics = client->GetStatistics(flags.category);
  if (!statistics.ok()) return statistics.status();
  if (flags.json) {
    PrintJson(ToJson(*statistics), context.terminal.out);
    return kExitOk;
  }
  PrintCategories(*statistics, context.terminal);
  if (!flags.category.empty()) {
    for (const v1::CategoryStatistics& category : statistics->categories()) {
      PrintHistogram(category, context.terminal);
    }
  }
  PrintServer(*statistics, context.terminal);
  return kExitOk;
}

}  // namespace

Command AddStatistics(CLI::App* app, const Context& context) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand(
      "statistics", "Verdicts and scores since the server began, what waits and what trains");
  command->add_option("CATEGORY", flags->category, "Only this one, with a histogram of its scores")
      ->type_name("");
  command->add_flag("--json", flags->json, "Print everything as JSON, the last hour by minute");
  flags->connection.AddTo(command);
  command->footer(
      "Examples:\n"
      "  mlfsc statistics\n"
      "  mlfsc statistics carpet --json");
  return {command, [flags, &context] { return Run(*flags, context); }};
}

}  // namespace mlfsc::client
