#include "client/terminal/terminal.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlfsc::client {
namespace {

TEST(TerminalTest, ColoursAreLeftOutWhereNotWanted) {
  Terminal terminal;
  EXPECT_EQ(Paint(terminal, Color::kRed, "NOK"), "NOK");
  terminal.color = true;
  EXPECT_EQ(Paint(terminal, Color::kRed, "NOK"), "\033[31mNOK\033[0m");
  EXPECT_EQ(Paint(terminal, Color::kNone, "NOK"), "NOK");
}

TEST(TerminalTest, WidthCountsCharactersNotBytes) {
  EXPECT_EQ(DisplayWidth("Müller"), 6);
  EXPECT_EQ(DisplayWidth(""), 0);
}

TEST(TerminalTest, TextFromElsewhereDoesNotMoveTheCursor) {
  EXPECT_EQ(Printable("Müller 1"), "Müller 1");
  EXPECT_EQ(Printable("a\nb\r\nc"), "a b  c");
  EXPECT_EQ(Printable("\x1b[2J\x07\x7f"), "?[2J??");
  // CSI as one character, in UTF-8.
  EXPECT_EQ(Printable("\xc2\x9b"
                      "2J"),
            "?2J");
}

TEST(TerminalTest, WhatIsNoUtf8IsShownByItsNumber) {
  EXPECT_EQ(Printable("gr\xfcn.png"), "gr\\xFCn.png");
  EXPECT_EQ(Printable("\xc2"), "\\xC2");
  // CSI of terminals that take single bytes.
  EXPECT_EQ(Printable("\x9b"
                      "2J"),
            "\\x9B2J");
  EXPECT_EQ(DisplayWidth(Printable("gr\xfcn.png")), 11);
}

TEST(TerminalTest, NoMarkTurnsALineAround) {
  EXPECT_EQ(Printable("a\xe2\x80\xaegnp.exe"), "a?gnp.exe");
  EXPECT_EQ(Printable("a\xe2\x81\xa6 b\xe2\x80\xa8"), "a? b?");
}

TEST(TerminalTest, SecondsReadLikeAClock) {
  EXPECT_EQ(FormatSeconds(0), "0:00");
  EXPECT_EQ(FormatSeconds(7.4), "0:07");
  EXPECT_EQ(FormatSeconds(59.6), "1:00");
  EXPECT_EQ(FormatSeconds(3723), "1:02:03");
  EXPECT_EQ(FormatSeconds(-1), "0:00");
}

}  // namespace
}  // namespace mlfsc::client
