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

// Whether the pixels' figures are of a part of the defective pictures.
bool OfAPart(const Evaluation& evaluation) {
  return HasMasks(evaluation) && evaluation.with_mask < evaluation.defects.pictures;
}

std::string Part(int with_mask, int pictures) { return absl::StrCat(with_mask, " of ", pictures); }

// Shares and areas of a side without pictures are none.
std::string PercentOf(int pictures, double share) { return pictures == 0 ? "-" : Percent(share); }

void Embolden(std::vector<Cell>* row) {
  for (Cell& cell : *row) cell.color = Color::kBold;
}

std::vector<Cell> KindRow(const std::string& name, const VerdictCounts& verdicts,
                          const std::vector<std::optional<double>>& areas, const std::string& part = "") {
  std::vector<Cell> row = {name, absl::StrCat(verdicts.pictures)};
  if (!part.empty()) row.emplace_back(part);
  for (const std::optional<double>& area : areas) row.emplace_back(Area(area));
  row.emplace_back(PercentOf(verdicts.pictures, verdicts.flagged_share()));
  row.emplace_back(PercentOf(verdicts.pictures, verdicts.nok_share()));
  return row;
}

void PrintKinds(const Evaluation& evaluation, const Terminal& terminal) {
  const bool masks = HasMasks(evaluation);
  const bool part = OfAPart(evaluation);
  const auto part_of = [part](const std::string& words) { return part ? words : std::string(); };
  std::vector<Table::Column> columns = {{"PICTURES OF"}, {"NUMBER", kRight}};
  if (part) columns.push_back({"WITH MASK", kRight});
  columns.push_back({"AUROC", kRight});
  columns.push_back({"AP", kRight});
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
  table.Add(KindRow(evaluation.good.kind, evaluation.good.verdicts, areas(std::nullopt, std::nullopt, {}),
                    part_of("-")));
  for (const KindEvaluation& kind : evaluation.kinds) {
    table.Add(KindRow(kind.kind, kind.verdicts, areas(kind.image_auroc, kind.average_precision, kind.pixels),
                      part_of(Part(kind.with_mask, kind.verdicts.pictures))));
  }
  const Measures& all = evaluation.measures;
  std::vector<Cell> row =
      KindRow("all defects", evaluation.defects,
              areas(all.image_auroc, all.average_precision, PixelMeasures{all.pixel_auroc, all.pro30}),
              part_of(Part(evaluation.with_mask, evaluation.defects.pictures)));
  Embolden(&row);
  table.Add(std::move(row));
  table.Print(terminal);
  if (part) {
    *terminal.out << "Pixel figures are of the " << Part(evaluation.with_mask, evaluation.defects.pictures)
                  << " defective pictures that have a mask.\n";
  }
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
    const bool pixels = member == &Measures::pixel_auroc || member == &Measures::pro30;
    const std::string part =
        pixels && OfAPart(evaluation)
            ? absl::StrCat(" (", Part(evaluation.with_mask, evaluation.defects.pictures), ")")
            : "";
    std::vector<Cell> row = {absl::StrCat(title, part), Area(value)};
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
  const bool both = evaluation.both_sides();
  const auto add = [&](const char* name, const OperatingPoint& point) {
    table.Add({name, absl::StrFormat("%.5g", point.threshold),
               PercentOf(evaluation.good.verdicts.pictures, point.r1),
               PercentOf(evaluation.defects.pictures, point.r2), both ? Percent(point.mean()) : "-",
               both ? Area(point.f1) : "-"});
  };
  add("calibrated on good pictures", evaluation.calibrated);
  if (both) add("best for these pictures", evaluation.best);
  table.Print(terminal);
}

void PrintLayers(const Evaluation& evaluation, const Terminal& terminal) {
  std::vector<Table::Column> columns = {
      {evaluation.views.empty() ? "AUROC OF LAYER" : "AUROC OF VIEW, LAYER"}, {"all defects", kRight}};
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
               absl::StrFormat("%.3f", inspection.normalized_score()), answers.heatmaps[found->second].heatmap});
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

// R1, R2 and their mean at the calibrated and at the best threshold, as far as there are pictures for them.
std::vector<std::optional<double>> ThresholdShares(const Evaluation& evaluation) {
  const bool good = evaluation.good.verdicts.pictures > 0;
  const bool both = evaluation.both_sides();
  const auto only = [](bool known, double value) {
    return known ? std::optional<double>(value) : std::nullopt;
  };
  return {only(good, evaluation.calibrated.r1),
          only(evaluation.defects.pictures > 0, evaluation.calibrated.r2),
          only(both, evaluation.calibrated.mean()),
          only(both, evaluation.best.r1),
          only(both, evaluation.best.r2),
          only(both, evaluation.best.mean())};
}

std::vector<Cell> ShareRow(const std::string& name, const std::vector<std::optional<double>>& shares) {
  std::vector<Cell> row = {name};
  for (const std::optional<double>& share : shares)
    row.emplace_back(share.has_value() ? Percent(*share) : "-");
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
  std::vector<double> sums(6, 0);
  std::vector<int> counts(6, 0);
  for (const CategoryEvaluation& one : categories) {
    const std::vector<std::optional<double>> shares = ThresholdShares(one.evaluation);
    table.Add(ShareRow(one.category, shares));
    for (size_t i = 0; i < shares.size(); ++i) {
      sums[i] += shares[i].value_or(0);
      counts[i] += shares[i].has_value() ? 1 : 0;
    }
  }
  std::vector<std::optional<double>> means(sums.size());
  for (size_t i = 0; i < sums.size(); ++i) {
    if (counts[i] > 0) means[i] = sums[i] / counts[i];
  }
  std::vector<Cell> mean = ShareRow("mean", means);
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
  for (const CategoryEvaluation& one : categories) {
    const Evaluation& evaluation = one.evaluation;
    if (!OfAPart(evaluation)) continue;
    *terminal.out << one.category << ": pixel figures are of "
                  << Part(evaluation.with_mask, evaluation.defects.pictures) << " defective pictures\n";
  }
  *terminal.out << '\n';
  PrintThresholdSummary(categories, terminal);
}

}  // namespace mlfsc::client
