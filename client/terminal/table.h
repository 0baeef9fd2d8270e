// Rows and columns for people.
#ifndef MLFSC_CLIENT_TERMINAL_TABLE_H_
#define MLFSC_CLIENT_TERMINAL_TABLE_H_

#include <string>
#include <vector>

#include "client/terminal/terminal.h"

namespace mlfsc::client {

struct Cell {
  // Not explicit: most cells are words without a colour.
  Cell(const std::string& words, Color shade = Color::kNone) : text(Printable(words)), color(shade) {}
  Cell(const char* words) : text(words) {}

  std::string text;
  Color color = Color::kNone;
};

class Table {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string name;
    Align align = Align::kLeft;
  };

  explicit Table(std::vector<Column> columns);

  // As many cells as columns.
  void Add(std::vector<Cell> row) {
    Fit(row);
    rows_.push_back(std::move(row));
  }

  // Makes room for `row`, which is not printed, for those who cannot wait for the rows.
  void Fit(const std::vector<Cell>& row);
  // One line each, in the columns' widths so far; a wider cell moves the rest of its line.
  void PrintHeading(const Terminal& terminal) const;
  void PrintRow(const Terminal& terminal, const std::vector<Cell>& row) const;

  // Every column as wide as its widest cell, two spaces between columns, none at a line's end.
  void Print(const Terminal& terminal) const;

 private:
  const std::vector<Column> columns_;
  std::vector<int> widths_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_TERMINAL_TABLE_H_
