#include "client/terminal/table.h"

#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace mlfsc::client {
namespace {

std::string Print(const Table& table, bool color = false) {
  std::ostringstream out;
  Terminal terminal;
  terminal.out = &out;
  terminal.color = color;
  table.Print(terminal);
  return out.str();
}

TEST(TableTest, ColumnsAreAsWideAsTheirWidestCell) {
  Table table({{"NAME"}, {"SCORE", Table::Align::kRight}, {"NOTE"}});
  table.Add({"Prüfling", "1.5", "-"});
  table.Add({"b", "12345.5", "long"});
  EXPECT_EQ(Print(table),
            "NAME        SCORE  NOTE\n"
            "Prüfling      1.5  -\n"
            "b         12345.5  long\n");
}

TEST(TableTest, ColoursDoNotCountAsWidth) {
  Table table({{"A"}, {"B"}});
  table.Add({Cell("NOK", Color::kRed), "x"});
  EXPECT_EQ(Print(table, true), "\033[2mA\033[0m    \033[2mB\033[0m\n\033[31mNOK\033[0m  x\n");
}

TEST(TableTest, AnEmptyCellAtTheEndLeavesNoSpaces) {
  Table table({{"A"}, {"B"}});
  table.Add({"longer", ""});
  EXPECT_EQ(Print(table), "A       B\nlonger\n");
}

TEST(TableTest, WithoutRowsThereAreStillTheNames) { EXPECT_EQ(Print(Table({{"A"}, {"B"}})), "A  B\n"); }

}  // namespace
}  // namespace mlfsc::client
