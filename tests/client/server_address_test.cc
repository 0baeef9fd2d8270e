#include "client/server_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/testing/golden.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc::client {
namespace {

TEST(ServerAddressTest, WhatIsNoAddressIsToldWhatToWriteInstead) {
  const nlohmann::json table =
      nlohmann::json::parse(testing::ReadFile(std::string(MLFSC_TESTDATA) + "/server_addresses.json"));
  ASSERT_GT(table["addresses"].size(), 20u);
  for (const nlohmann::json& one : table["addresses"]) {
    const std::string server = one["server"];
    if (one["fault"].is_null()) {
      EXPECT_THAT(CheckServerAddress(server), testing::IsOk()) << server;
    } else {
      EXPECT_THAT(CheckServerAddress(server),
                  testing::StatusIs(absl::StatusCode::kInvalidArgument,
                                    "server '" + server + "' " + one["fault"].get<std::string>()));
    }
  }
}

}  // namespace
}  // namespace mlfsc::client
