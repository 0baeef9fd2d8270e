#include "client/terminal/table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"

namespace mlfsc::client {

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (const Column& column : columns_) widths_.push_back(DisplayWidth(column.name));
}

void Table::Fit(const std::vector<Cell>& row) {
  for (size_t c = 0; c < row.size(); ++c) widths_[c] = std::max(widths_[c], DisplayWidth(row[c].text));
}

void Table::PrintHeading(const Terminal& terminal) const {
  std::vector<Cell> names;
  for (const Column& column : columns_) names.emplace_back(column.name, Color::kDim);
  PrintRow(terminal, names);
}

void Table::PrintRow(const Terminal& terminal, const std::vector<Cell>& row) const {
  std::string line;
  for (size_t c = 0; c < row.size(); ++c) {
    const std::string space(static_cast<size_t>(std::max(0, widths_[c] - DisplayWidth(row[c].text))), ' ');
    const bool last = c + 1 == row.size();
    if (columns_[c].align == Align::kRight) line += space;
    line += Paint(terminal, row[c].color, row[c].text);
    if (columns_[c].align == Align::kLeft && !last) line += space;
    if (!last) line += "  ";
  }
  *terminal.out << absl::StripTrailingAsciiWhitespace(line) << '\n';
}

void Table::Print(const Terminal& terminal) const {
  PrintHeading(terminal);
  for (const std::vector<Cell>& row : rows_) PrintRow(terminal, row);
}

}  // namespace mlfsc::client
