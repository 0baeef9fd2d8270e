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

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as columns.
  void Add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }

  // Every column as wide as its widest cell, two spaces between columns, none at a line's end.
  void Print(const Terminal& terminal) const;

 private:
  const std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_TERMINAL_TABLE_H_
