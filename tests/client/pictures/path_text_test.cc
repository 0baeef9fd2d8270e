#include "client/pictures/path_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "core/base/utf8.h"
#include "tests/testing/golden.h"

namespace mlfsc::client {
namespace {

TEST(PathTextTest, EveryPathIsTextThatOpensItAgain) {
  const nlohmann::json table =
      nlohmann::json::parse(testing::ReadFile(std::string(MLFSC_TESTDATA) + "/path_texts.json"));
  ASSERT_GT(table["paths"].size(), 10u);
  for (const nlohmann::json& one : table["paths"]) {
    const std::string path = absl::HexStringToBytes(one["bytes"].get<std::string>());
    EXPECT_EQ(PathText(path), one["text"]);
    EXPECT_EQ(PathFromText(one["text"].get<std::string>()), path);
  }
}

TEST(PathTextTest, AnyBytesAreTextThatIsPlainAndComeBack) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string path = {'a', static_cast<char>(first), static_cast<char>(second)};
      ASSERT_TRUE(IsPlainText(PathText(path))) << first << ' ' << second;
      ASSERT_EQ(PathFromText(PathText(path)), path) << first << ' ' << second;
    }
  }
}

TEST(PathTextTest, AnEscapeThatIsCutShortIsTakenAsItIs) {
  EXPECT_EQ(PathFromText("file:a%"), "a%");
  EXPECT_EQ(PathFromText("file:a%f"), "a%f");
  EXPECT_EQ(PathFromText("file:a%zz"), "a%zz");
  EXPECT_EQ(PathFromText("file:a%fc"), "a\xfc");
}

}  // namespace
}  // namespace mlfsc::client
