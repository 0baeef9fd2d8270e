// Where a line of code lives: which folder may include which. The arrows of ARCHITECTURE.md, held true.
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/golden.h"

namespace mlfsc {
namespace {

using ::testing::IsEmpty;

struct Rule {
  // Own folders that may be included, as path prefixes.
  std::set<std::string> folders;
  // Outside headers that may not be, as a regular expression on the include's path.
  std::string forbidden;
};

const char kTorch[] = "torch/|ATen/|c10/";
const char kWire[] = "grpc|google/protobuf|mlfsc/v1/|google/rpc/|prometheus/";

// By folder; the longest prefix of a file's path decides.
const std::map<std::string, Rule>& Rules() {
  static const auto& rules = *new std::map<std::string, Rule>{
      // The way of one picture is the order of the folders: each may use those before it.
      {"core/base/", {{"core/base/"}, std::string(kTorch) + "|" + kWire}},
      {"core/image/", {{"core/base/", "core/image/"}, std::string(kTorch) + "|" + kWire}},
      {"core/decoding/",
       {{"core/base/", "core/image/", "core/decoding/"}, std::string(kTorch) + "|" + kWire}},
      // The program of pictures from strangers: the less it holds, the less there is to take.
      {"decoder/",
       {{"core/base/", "core/image/", "core/decoding/exchange.h", "decoder/"},
        std::string(kTorch) + "|" + kWire}},
      {"core/features/",
       {{"core/base/", "core/image/", "core/features/"}, std::string(kTorch) + "|" + kWire}},
      {"core/coding/",
       {{"core/base/", "core/image/", "core/features/", "core/coding/"}, std::string(kTorch) + "|" + kWire}},
      {"core/scoring/",
       {{"core/base/", "core/image/", "core/features/", "core/coding/", "core/scoring/"},
        std::string(kTorch) + "|" + kWire}},
      {"core/bundle/",
       {{"core/base/", "core/image/", "core/features/", "core/coding/", "core/scoring/", "core/bundle/"},
        std::string(kTorch) + "|" + kWire}},
      {"core/training/",
       {{"core/base/", "core/image/", "core/features/", "core/coding/", "core/scoring/", "core/bundle/",
         "core/training/"},
        std::string(kTorch) + "|" + kWire}},
      {"core/serving/", {{"core/"}, std::string(kTorch) + "|" + kWire}},
      {"models/", {{"core/", "models/"}, kWire}},
      {"models/winograd/", {{"core/", "models/"}, std::string(kTorch) + "|" + kWire}},
      {"server/", {{"core/", "server/"}, kTorch}},
      {"server/main.cc", {{"core/", "server/", "models/"}, kTorch}},
      // core/image for reading pictures, and what that itself stands on; nothing else.
      {"client/", {{"client/", "core/image/", "core/base/"}, kTorch}},
  };
  return rules;
}

std::string ReadSource(const std::filesystem::path& path) { return testing::ReadFile(path.string()); }

const Rule* RuleFor(const std::string& path) {
  const Rule* best = nullptr;
  size_t length = 0;
  for (const auto& [prefix, rule] : Rules()) {
    if (path.compare(0, prefix.size(), prefix) == 0 && prefix.size() > length) {
      best = &rule;
      length = prefix.size();
    }
  }
  return best;
}

bool StartsWithOneOf(const std::string& text, const std::set<std::string>& prefixes) {
  for (const std::string& prefix : prefixes) {
    if (text.compare(0, prefix.size(), prefix) == 0) return true;
  }
  return false;
}

// What `rule` says against the includes of one file.
std::vector<std::string> Breaches(const std::string& path, const std::string& source, const Rule& rule) {
  static const std::regex include(R"(#include\s+[<"]([^>"]+)[>"])");
  const std::regex forbidden("^(" + rule.forbidden + ")");
  static const std::set<std::string> own = {"core/", "decoder/", "models/", "server/", "client/", "tests/"};
  std::vector<std::string> breaches;
  for (std::sregex_iterator it(source.begin(), source.end(), include), end; it != end; ++it) {
    const std::string header = (*it)[1];
    const bool ours = StartsWithOneOf(header, own);
    if (ours ? !StartsWithOneOf(header, rule.folders) : std::regex_search(header, forbidden)) {
      breaches.push_back(path + " includes " + header);
    }
  }
  return breaches;
}

TEST(WhereALineLivesTest, EveryFolderIncludesOnlyWhatItMay) {
  const std::filesystem::path root = MLFSC_SOURCE_DIR;
  std::vector<std::string> breaches;
  int files = 0;
  for (const char* folder : {"core", "decoder", "models", "server", "client"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".h" && extension != ".cc") continue;
      const std::string path = std::filesystem::relative(entry.path(), root).generic_string();
      const Rule* rule = RuleFor(path);
      ASSERT_NE(rule, nullptr) << path << " is in a folder without a rule";
      for (const std::string& breach : Breaches(path, ReadSource(entry.path()), *rule))
        breaches.push_back(breach);
      ++files;
    }
  }
  EXPECT_THAT(breaches, IsEmpty());
  EXPECT_GT(files, 50);
}

TEST(WhereALineLivesTest, ABreachIsSeen) {
  EXPECT_THAT(
      Breaches("core/coding/a.cc", "#include \"core/serving/inspector.h\"\n", *RuleFor("core/coding/a.cc")),
      ::testing::SizeIs(1));
  EXPECT_THAT(Breaches("server/service.cc", "#include <torch/torch.h>\n", *RuleFor("server/service.cc")),
              ::testing::SizeIs(1));
  EXPECT_THAT(Breaches("core/base/clock.cc", "#include <vector>\n", *RuleFor("core/base/clock.cc")),
              IsEmpty());
}

}  // namespace
}  // namespace mlfsc
