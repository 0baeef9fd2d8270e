#include "client/commands/eval_tables.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/commands/option_names.h"
#include "client/commands/verdict_cell.h"
#include "client/terminal/table.h"

namespace mlfsc::client {
namespace {

constexpr Table::Align kRight = Table::Align::kRight;

std::string Percent(double share) { return absl::StrFormat("%.1f %%", 100 * share); }

std::string Area(const std::optional<double>& area) {
  return area.has_value() ? absl::StrFormat("%.4f", *area) : "-";
}

bool HasMasks(const Evaluation& evaluation) { return evaluation.measures.pixel_auroc.has_value(); }

void Embolden(std::vector<Cell>* row) {
  for (Cell& cell : *row) cell.color = Color::kBold;
}

std::vector<Cell> KindRow(const std::string& name, const VerdictCounts& verdicts,
                          const std::vector<std::optional<double>>& areas) {
  std::vector<Cell> row = {name, absl::StrCat(verdicts.pictures)};
  for (const std::optional<double>& area : areas) row.emplace_back(Area(area));
  row.emplace_back(Percent(verdicts.flagged_share()));
  row.emplace_back(Percent(verdicts.nok_share()));
  return row;
}

void PrintKinds(const Evaluation& evaluation, const Terminal& terminal) {
  const bool masks = HasMasks(evaluation);
  std::vector<Table::Column> columns = {
      {"PICTURES OF"}, {"NUMBER", kRight}, {"AUROC", kRight}, {"AP", kRight}};
  if (masks) {
    columns.push_back({"PIXEL AUROC", kRight});
    columns.push_back({"PRO", kRight});
  }
  columns.push_back({"FLAGGED", kRight});
  columns.push_back({"NOK", kRight});
  Table table(std::move(columns));
  const auto areas = [masks](const std::optional<double>& auroc, const std::optional<double>& precision,
                             const PixelMeasures& pixels) {
    std::vector<std::optional<double>> values = {auroc, precision};
    if (masks) values.insert(values.end(), {pixels.auroc, pixels.pro30});
    return values;
  };
  table.Add(KindRow(evaluation.good.kind, evaluation.good.verdicts, areas(std::nullopt, std::nullopt, {})));
  for (const KindEvaluation& kind : evaluation.kinds) {
    table.Add(
        KindRow(kind.kind, kind.verdicts, areas(kind.image_auroc, kind.average_precision, kind.pixels)));
  }
  const Measures& all = evaluation.measures;
  std::vector<Cell> row =
      KindRow("all defects", evaluation.defects,
              areas(all.image_auroc, all.average_precision, PixelMeasures{all.pixel_auroc, all.pro30}));
  Embolden(&row);
  table.Add(std::move(row));
  table.Print(terminal);
}

void PrintMeasures(const Evaluation& evaluation, const BootstrapOptions& bootstrap,
                   const Terminal& terminal) {
  std::vector<Table::Column> columns = {{"MEASURE"}, {"VALUE", kRight}};
  const bool intervals = bootstrap.samples > 0;
  if (intervals) columns.push_back({absl::StrFormat("%g %% INTERVAL", 100 * bootstrap.confidence)});
  Table table(std::move(columns));
  ForEachMeasure([&](const char*, const char* title, auto member, auto of_interval) {
    const std::optional<double>& value = evaluation.measures.*member;
    if (!value.has_value()) return;
    std::vector<Cell> row = {title, Area(value)};
    if (intervals) {
      const std::optional<Interval>& interval = evaluation.intervals.*of_interval;
      row.emplace_back(interval.has_value() ? absl::StrFormat("%.4f to %.4f", interval->low, interval->high)
                                            : "-");
    }
    table.Add(std::move(row));
  });
  table.Print(terminal);
}

void PrintThresholds(const Evaluation& evaluation, const Terminal& terminal) {
  Table table({{"THRESHOLD"},
               {"SCORE", kRight},
               {"R1 (GOOD RIGHT)", kRight},
               {"R2 (DEFECTS RIGHT)", kRight},
               {"MEAN", kRight},
               {"F1", kRight}});
  const auto add = [&table](const char* name, const OperatingPoint& point) {
    table.Add({name, absl::StrFormat("%.5g", point.threshold), Percent(point.r1), Percent(point.r2),
               Percent(point.mean()), Area(point.f1)});
  };
  add("calibrated on good pictures", evaluation.calibrated);
  add("best for these pictures", evaluation.best);
  table.Print(terminal);
}

void PrintLayers(const Evaluation& evaluation, const Terminal& terminal) {
  std::vector<Table::Column> columns = {{evaluation.views.empty() ? "AUROC OF LAYER" : "AUROC OF VIEW, LAYER"},
                                        {"all defects", kRight}};
  for (const KindEvaluation& kind : evaluation.kinds) columns.push_back({kind.kind, kRight});
  Table table(std::move(columns));
  for (const auto* parts : {&evaluation.views, &evaluation.layers}) {
    for (const LayerEvaluation& part : *parts) {
      std::vector<Cell> row = {part.layer, Area(part.image_auroc)};
      for (const std::optional<double>& kind : part.kinds) row.emplace_back(Area(kind));
      table.Add(std::move(row));
    }
  }
  table.Print(terminal);
}

void PrintClearestHeatmaps(const TestSetAnswers& answers, const Terminal& terminal) {
  std::vector<TestPicture> pictures;
  std::map<std::string, size_t> clearest;
  for (size_t i = 0; i < answers.pictures.size(); ++i) {
    pictures.push_back(answers.pictures[i].picture);
    size_t& best = clearest.emplace(pictures.back().kind, i).first->second;
    if (answers.pictures[i].inspection.raw_score() > answers.pictures[best].inspection.raw_score()) best = i;
  }
  Table table({{"CLEAREST OF"}, {"VERDICT"}, {"NORMALIZED", kRight}, {"HEATMAP"}});
  for (const std::string& kind : KindsOf(pictures)) {
    const auto found = clearest.find(kind);
    if (found == clearest.end()) continue;
    const v1::Inspection& inspection = answers.pictures[found->second].inspection;
    table.Add({kind, VerdictCell(inspection.verdict()),
               absl::StrFormat("%.3f", inspection.normalized_score()), answers.heatmaps[found->second]});
  }
  table.Print(terminal);
}

std::vector<Cell> SummaryRow(const std::string& name, const std::string& pictures, const Measures& measures) {
  std::vector<Cell> row = {name, pictures};
  for (const std::optional<double>& value :
       {measures.image_auroc, measures.average_precision, measures.pixel_auroc, measures.pro30, measures.f1,
        measures.false_alarms_at_recall95}) {
    row.emplace_back(Area(value));
  }
  return row;
}

void PrintThresholdSummary(const std::vector<CategoryEvaluation>& categories, const Terminal& terminal) {
  Table table({{"CATEGORY"},
               {"CALIBRATED: R1", kRight},
               {"R2", kRight},
               {"MEAN", kRight},
               {"BEST: R1", kRight},
               {"R2", kRight},
               {"MEAN", kRight}});
  OperatingPoint calibrated;
  OperatingPoint best;
  calibrated.r1 = calibrated.r2 = best.r1 = best.r2 = 0;
  const auto row = [](const std::string& name, const OperatingPoint& at, const OperatingPoint& best_at) {
    return std::vector<Cell>{name,
                             Percent(at.r1),
                             Percent(at.r2),
                             Percent(at.mean()),
                             Percent(best_at.r1),
                             Percent(best_at.r2),
                             Percent(best_at.mean())};
  };
  const auto share = 1.0 / static_cast<double>(categories.size());
  for (const CategoryEvaluation& one : categories) {
    const Evaluation& evaluation = one.evaluation;
    table.Add(row(one.category, evaluation.calibrated, evaluation.best));
    calibrated.r1 += share * evaluation.calibrated.r1;
    calibrated.r2 += share * evaluation.calibrated.r2;
    best.r1 += share * evaluation.best.r1;
    best.r2 += share * evaluation.best.r2;
  }
  std::vector<Cell> mean = row("mean", calibrated, best);
  Embolden(&mean);
  table.Add(std::move(mean));
  table.Print(terminal);
}

}  // namespace

void PrintEvaluation(const CategoryEvaluation& one, const BootstrapOptions& bootstrap,
                     const Terminal& terminal) {
  std::ostream& out = *terminal.out;
  out << one.category << " version " << one.version.version() << ": " << Describe(one.version.options())
      << "\n\n";
  PrintKinds(one.evaluation, terminal);
  out << '\n';
  PrintMeasures(one.evaluation, bootstrap, terminal);
  out << '\n';
  PrintThresholds(one.evaluation, terminal);
  if (!one.evaluation.layers.empty()) {
    out << '\n';
    PrintLayers(one.evaluation, terminal);
  }
  if (!one.answers.heatmaps.empty()) {
    out << '\n';
    PrintClearestHeatmaps(one.answers, terminal);
  }
}

void PrintSummary(const std::vector<CategoryEvaluation>& categories, const Terminal& terminal) {
  Table table({{"CATEGORY"},
               {"PICTURES", kRight},
               {"AUROC", kRight},
               {"AP", kRight},
               {"PIXEL AUROC", kRight},
               {"PRO", kRight},
               {"F1", kRight},
               {"FALSE AT 95 %", kRight}});
  std::vector<Measures> all;
  size_t pictures = 0;
  for (const CategoryEvaluation& one : categories) {
    const size_t count = one.answers.pictures.size();
    pictures += count;
    all.push_back(one.evaluation.measures);
    table.Add(SummaryRow(one.category, absl::StrCat(count), all.back()));
  }
  std::vector<Cell> mean = SummaryRow("mean", absl::StrCat(pictures), MeanOf(all));
  Embolden(&mean);
  table.Add(std::move(mean));
  table.Print(terminal);
  *terminal.out << '\n';
  PrintThresholdSummary(categories, terminal);
}

}  // namespace mlfsc::client
