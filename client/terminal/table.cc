#include "client/terminal/table.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace mlfsc::client {

void Table::Print(const Terminal& terminal) const {
  std::vector<int> widths;
  for (const Column& column : columns_) widths.push_back(DisplayWidth(column.name));
  for (const std::vector<Cell>& row : rows_) {
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], DisplayWidth(row[c].text));
  }
  const auto print_row = [&](const std::vector<Cell>& row) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c) {
      const std::string space(widths[c] - DisplayWidth(row[c].text), ' ');
      const bool last = c + 1 == row.size();
      if (columns_[c].align == Align::kRight) line += space;
      line += Paint(terminal, row[c].color, row[c].text);
      if (columns_[c].align == Align::kLeft && !last) line += space;
      if (!last) line += "  ";
    }
    *terminal.out << absl::StripTrailingAsciiWhitespace(line) << '\n';
  };
  std::vector<Cell> names;
  for (const Column& column : columns_) names.emplace_back(column.name, Color::kDim);
  print_row(names);
  for (const std::vector<Cell>& row : rows_) print_row(row);
}

}  // namespace mlfsc::client
