#include "client/evaluation/paper_table.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace mlfsc::client {
namespace {

std::optional<double> ParseFigure(const std::string& text) {
  double value = 0;
  if (!absl::SimpleAtod(text, &value)) return std::nullopt;
  return value;
}

// Of `figures`, the one of a category and method; added when it is not there yet.
PaperFigures* FindOrAdd(const std::string& category, const std::string& method,
                        std::vector<PaperFigures>* figures) {
  const auto found = std::find_if(figures->begin(), figures->end(), [&](const PaperFigures& one) {
    return one.category == category && one.method == method;
  });
  if (found != figures->end()) return &*found;
  PaperFigures added;
  added.category = category;
  added.method = method;
  figures->push_back(added);
  return &figures->back();
}

std::vector<PaperFigures> Parse(const char* csv) {
  const std::vector<std::string> lines = absl::StrSplit(csv, '\n', absl::SkipEmpty());
  const std::vector<std::string> heading = absl::StrSplit(lines.front(), ',');
  std::vector<PaperFigures> figures;
  for (size_t l = 1; l < lines.size(); ++l) {
    const std::vector<std::string> cells = absl::StrSplit(lines[l], ',');
    for (size_t c = 2; c < cells.size() && c < heading.size(); ++c) {
      PaperFigures* one = FindOrAdd(cells[0], heading[c], &figures);
      const std::optional<double> value = ParseFigure(cells[c]);
      if (cells[1] == "r1") one->r1 = value;
      if (cells[1] == "r2") one->r2 = value;
      if (cells[1] == "auroc") one->auroc = value;
    }
  }
  return figures;
}

}  // namespace

const std::vector<PaperFigures>& PaperTable() {
  static const auto& table = *new std::vector<PaperFigures>(Parse(kPaperTable1));
  return table;
}

const PaperFigures* FindPaperFigures(const std::string& category, const std::string& method) {
  for (const PaperFigures& figures : PaperTable()) {
    if (figures.category == category && figures.method == method) return &figures;
  }
  return nullptr;
}

}  // namespace mlfsc::client
