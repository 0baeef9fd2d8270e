#include "server/trace_context.h"

#include <string>

#include <gtest/gtest.h>

namespace mlfsc {
namespace {

constexpr char kTrace[] = "0af7651916cd43dd8448eb211c80319c";
constexpr char kParent[] = "b7ad6b7169203331";

std::string Header(const std::string& version, const std::string& trace, const std::string& parent,
                   const std::string& flags) {
  return version + "-" + trace + "-" + parent + "-" + flags;
}

TEST(TraceContextTest, TraceAndParentAreRead) {
  const std::optional<TraceContext> context = ParseTraceparent(Header("00", kTrace, kParent, "01"));
  ASSERT_TRUE(context.has_value());
  EXPECT_EQ(context->trace_id, kTrace);
  EXPECT_EQ(context->parent_id, kParent);
}

TEST(TraceContextTest, ALaterVersionMayHaveMoreFields) {
  EXPECT_TRUE(ParseTraceparent(Header("cc", kTrace, kParent, "01")).has_value());
  EXPECT_TRUE(ParseTraceparent(Header("cc", kTrace, kParent, "01-what-comes-then")).has_value());
  EXPECT_FALSE(ParseTraceparent(Header("cc", kTrace, kParent, "01.what")).has_value());
  EXPECT_FALSE(ParseTraceparent(Header("00", kTrace, kParent, "01-more")).has_value());
}

TEST(TraceContextTest, WhatIsNotValidIsNothing) {
  const std::string no_trace(32, '0');
  const std::string no_parent(16, '0');
  for (const std::string& header : {
           std::string(),
           std::string("00"),
           Header("ff", kTrace, kParent, "01"),
           Header("0x", kTrace, kParent, "01"),
           Header("00", no_trace, kParent, "01"),
           Header("00", kTrace, no_parent, "01"),
           Header("00", "0AF7651916CD43DD8448EB211C80319C", kParent, "01"),
           Header("00", "0af7651916cd43dd8448eb211c80319\n", kParent, "01"),
           Header("00", kTrace, "b7ad6b716920333 ", "01"),
           Header("00", kTrace, kParent, "0g"),
           Header("00", kTrace, kParent, "1"),
           std::string("00_") + kTrace + "-" + kParent + "-01",
           std::string("00-") + kTrace + "_" + kParent + "-01",
           std::string("00-") + kTrace + "-" + kParent + "_01",
       }) {
    EXPECT_FALSE(ParseTraceparent(header).has_value()) << header;
  }
}

}  // namespace
}  // namespace mlfsc
