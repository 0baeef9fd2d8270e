#include "core/base/utf8.h"

#include <string>

#include <gtest/gtest.h>

namespace mlfsc {
namespace {

std::string Encode(uint32_t code_point) {
  if (code_point < 0x80) return {static_cast<char>(code_point)};
  const auto tail = [code_point](int shift) { return static_cast<char>(0x80 | (code_point >> shift & 0x3F)); };
  if (code_point < 0x800) return {static_cast<char>(0xC0 | code_point >> 6), tail(0)};
  if (code_point < 0x10000) return {static_cast<char>(0xE0 | code_point >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | code_point >> 18), tail(12), tail(6), tail(0)};
}

TEST(Utf8Test, EveryCharacterIsRead) {
  for (uint32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    const std::string text = Encode(code_point);
    const Utf8Character character = FirstCharacter(text + "x");
    const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    ASSERT_EQ(character.valid, !surrogate) << code_point;
    if (surrogate) continue;
    ASSERT_EQ(character.code_point, code_point);
    ASSERT_EQ(character.bytes, text.size());
    if (text.size() > 1) {
      ASSERT_FALSE(FirstCharacter(text.substr(0, text.size() - 1)).valid);
    }
  }
}

TEST(Utf8Test, WhatIsNoCharacterIsOneByte) {
  for (const char* text : {"\x80", "\xBF", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xF0\x80\x80\xAF",
                           "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xFF", "\xC3(", "\xE2\x82(", "\xED\xA0\x80"}) {
    EXPECT_FALSE(FirstCharacter(text).valid) << text;
    EXPECT_EQ(FirstCharacter(text).bytes, 1u) << text;
    EXPECT_FALSE(IsPlainText(text)) << text;
  }
}

TEST(Utf8Test, ControlCharactersAreNotPlain) {
  EXPECT_TRUE(IsPlainText(""));
  EXPECT_TRUE(IsPlainText("M\xC3\xBCller 1 \xE2\x82\xAC"));
  for (const char* text : {"\n", "\t", "\x1B", "\x7F", "\xC2\x80", "\xC2\x9B", "\xE2\x80\xA8", "\xE2\x80\xAE", "\xE2\x81\xA6"}) {
    EXPECT_FALSE(IsPlainText(std::string("a") + text)) << text;
  }
}

}  // namespace
}  // namespace mlfsc
