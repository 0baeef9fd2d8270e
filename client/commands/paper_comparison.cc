#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "client/commands/eval_tables.h"
#include "client/evaluation/paper_table.h"
#include "client/terminal/table.h"

namespace mlfsc::client {
namespace {

struct Method {
  const char* name;
  const char* title;
};

// What the paper compares itself with, and what it is called here.
constexpr Method kMethods[] = {{"mlf_sc", "MLF-SC"},
                               {"sparse_coding", "SPARSE CODING"},
                               {"ae_ssim", "AE SSIM"},
                               {"ae_l2", "AE L2"},
                               {"anogan", "ANOGAN"},
                               {"cnn_feature_dictionary", "CNN DICT."},
                               {"texture_inspection", "TEXTURE I."}};

// R1 and R2 at the best threshold, as the paper has them.
struct Figures {
  std::optional<double> r1;
  std::optional<double> r2;
  std::optional<double> auroc;
};

using FigureMember = std::optional<double> Figures::*;

Figures FiguresOf(const Evaluation& evaluation) {
  if (!evaluation.both_sides()) return {};
  return {evaluation.best.r1, evaluation.best.r2, evaluation.measures.image_auroc};
}

Figures PaperFiguresOf(const std::string& category, const char* method) {
  const PaperFigures* found = FindPaperFigures(category, method);
  return found == nullptr ? Figures() : Figures{found->r1, found->r2, found->auroc};
}

std::string Figure(const std::optional<double>& value) {
  return value.has_value() ? absl::StrFormat("%.2f", *value) : "-";
}

Figures MeanOf(const std::vector<Figures>& all) {
  Figures mean;
  for (const FigureMember member : {&Figures::r1, &Figures::r2, &Figures::auroc}) {
    double sum = 0;
    int count = 0;
    for (const Figures& one : all) {
      if (!(one.*member).has_value()) continue;
      sum += *(one.*member);
      ++count;
    }
    if (count > 0) mean.*member = sum / count;
  }
  return mean;
}

// Three lines.
void AddRows(const std::string& category, const std::string& in_paper, const Figures& ours,
             const Figures& baseline, Table* table) {
  constexpr std::array<std::pair<const char*, FigureMember>, 3> kRows = {
      {{"R1", &Figures::r1}, {"R2", &Figures::r2}, {"AUROC", &Figures::auroc}}};
  for (size_t i = 0; i < kRows.size(); ++i) {
    const auto& [name, member] = kRows[i];
    std::vector<Cell> row = {i == 0 ? category : "", name, Cell(Figure(ours.*member), Color::kBold),
                             Figure(baseline.*member)};
    for (const Method& method : kMethods) {
      row.emplace_back(Figure(PaperFiguresOf(in_paper, method.name).*member));
    }
    table->Add(std::move(row));
  }
}

}  // namespace

void PrintBesidePaper(const std::vector<CategoryEvaluation>& categories, const Terminal& terminal) {
  std::vector<Table::Column> columns = {
      {"CATEGORY"}, {""}, {"OURS", Table::Align::kRight}, {"OUR PIXELS", Table::Align::kRight}};
  for (const Method& method : kMethods) columns.push_back({method.title, Table::Align::kRight});
  Table table(std::move(columns));
  std::vector<Figures> ours;
  std::vector<Figures> baselines;
  for (const CategoryEvaluation& one : categories) {
    ours.push_back(FiguresOf(one.evaluation));
    baselines.push_back(FiguresOf(one.baseline->evaluation));
    AddRows(one.category, one.category, ours.back(), baselines.back(), &table);
  }
  if (categories.size() > 1) AddRows("mean", "average", MeanOf(ours), MeanOf(baselines), &table);
  *terminal.out
      << "Beside table 1 of the paper: R1 and R2 at the best threshold. OURS and OUR PIXELS (sparse coding "
         "of the grey\npicture) were measured now, the others are published; its average is over its own "
         "five categories.\n\n";
  table.Print(terminal);
}

}  // namespace mlfsc::client
