#include "client/commands/eval_tables.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/commands/verdict_cell.h"
#include "client/terminal/table.h"

namespace mlfsc::client {
namespace {

std::string Percent(double share) { return absl::StrFormat("%.1f %%", 100 * share); }

std::string Area(const std::optional<double>& area) {
  return area.has_value() ? absl::StrFormat("%.4f", *area) : "-";
}

std::vector<Cell> Row(const std::string& name, const VerdictCounts& verdicts,
                      const std::optional<double>& image_auroc, const std::optional<double>& pixel_auroc) {
  return {name,
          absl::StrCat(verdicts.pictures),
          Area(image_auroc),
          Area(pixel_auroc),
          Percent(verdicts.flagged_share()),
          Percent(verdicts.nok_share())};
}

void PrintKinds(const Evaluation& evaluation, const Terminal& terminal) {
  Table table({{"PICTURES OF"},
               {"NUMBER", Table::Align::kRight},
               {"IMAGE AUROC", Table::Align::kRight},
               {"PIXEL AUROC", Table::Align::kRight},
               {"FLAGGED", Table::Align::kRight},
               {"NOK", Table::Align::kRight}});
  table.Add(Row(evaluation.good.kind, evaluation.good.verdicts, std::nullopt, std::nullopt));
  for (const KindEvaluation& kind : evaluation.kinds) {
    table.Add(Row(kind.kind, kind.verdicts, kind.image_auroc, kind.pixel_auroc));
  }
  std::vector<Cell> all =
      Row("all defects", evaluation.defects, evaluation.image_auroc, evaluation.pixel_auroc);
  for (Cell& cell : all) cell.color = Color::kBold;
  table.Add(std::move(all));
  table.Print(terminal);
}

void PrintThresholds(const Evaluation& evaluation, const Terminal& terminal) {
  Table table({{"THRESHOLD"},
               {"SCORE", Table::Align::kRight},
               {"R1 (GOOD RIGHT)", Table::Align::kRight},
               {"R2 (DEFECTS RIGHT)", Table::Align::kRight},
               {"MEAN", Table::Align::kRight}});
  const auto add = [&table](const char* name, const OperatingPoint& point) {
    table.Add({name, absl::StrFormat("%.5g", point.threshold), Percent(point.r1), Percent(point.r2),
               Percent(point.mean())});
  };
  add("calibrated on good pictures", evaluation.calibrated);
  add("best for these pictures", evaluation.best);
  table.Print(terminal);
}

}  // namespace

void PrintEvaluation(const Evaluation& evaluation, const Terminal& terminal) {
  PrintKinds(evaluation, terminal);
  *terminal.out << '\n';
  PrintThresholds(evaluation, terminal);
}

void PrintClearestHeatmaps(const TestSetAnswers& answers, const Terminal& terminal) {
  std::vector<TestPicture> pictures;
  std::map<std::string, size_t> clearest;
  for (size_t i = 0; i < answers.pictures.size(); ++i) {
    pictures.push_back(answers.pictures[i].picture);
    size_t& best = clearest.emplace(pictures.back().kind, i).first->second;
    if (answers.pictures[i].inspection.raw_score() > answers.pictures[best].inspection.raw_score()) best = i;
  }
  Table table({{"CLEAREST OF"}, {"VERDICT"}, {"NORMALIZED", Table::Align::kRight}, {"HEATMAP"}});
  for (const std::string& kind : KindsOf(pictures)) {
    const auto found = clearest.find(kind);
    if (found == clearest.end()) continue;
    const v1::Inspection& inspection = answers.pictures[found->second].inspection;
    table.Add({kind, VerdictCell(inspection.verdict()),
               absl::StrFormat("%.3f", inspection.normalized_score()), answers.heatmaps[found->second]});
  }
  table.Print(terminal);
}

}  // namespace mlfsc::client
