#include "client/web/page_files.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::UnorderedElementsAre;

class PageFilesTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& text) {
    const std::filesystem::path path = std::filesystem::path(folder_.path()) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }

  testing::TemporaryFolder folder_;
};

TEST_F(PageFilesTest, AreThePartsOfThePageAndNothingElse) {
  Write("index.html", "<html>");
  Write("page.js", "let a");
  Write("page.css", "a {}");
  Write("notes.md", "mine");
  Write("inside/more.js", "let b");
  const absl::StatusOr<PageFiles> files = ReadPageFiles(folder_.path(), "token");
  ASSERT_THAT(files, testing::IsOk());
  EXPECT_THAT(*files, UnorderedElementsAre(Key("/"), Key("/page.js"), Key("/page.css")));
  EXPECT_EQ(files->at("/page.js").content, "let a");
  EXPECT_EQ(files->at("/page.js").content_type, "text/javascript; charset=utf-8");
}

TEST_F(PageFilesTest, TheIndexCarriesThePagesToken) {
  Write("index.html", "<meta name=\"page-token\" content=\"PAGE_TOKEN\">");
  const absl::StatusOr<PageFiles> files = ReadPageFiles(folder_.path(), "s3cret");
  ASSERT_THAT(files, testing::IsOk());
  EXPECT_EQ(files->at("/").content, "<meta name=\"page-token\" content=\"s3cret\">");
}

TEST_F(PageFilesTest, AFolderWithoutAPageSaysHowToBuildOne) {
  const absl::StatusOr<PageFiles> files = ReadPageFiles(folder_.path(), "token");
  EXPECT_EQ(files.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(files.status().message()), HasSubstr("mlfsc_web_page"));
}

TEST_F(PageFilesTest, APageLiesBesideTheProgramOrAboveIt) {
  const std::string program = folder_.path() + "/usr/bin/mlfsc";
  EXPECT_EQ(FindPage(program), "");
  Write("usr/share/mlfsc/page/index.html", "<html>");
  EXPECT_EQ(FindPage(program), folder_.path() + "/usr/share/mlfsc/page");
}

}  // namespace
}  // namespace mlfsc::client
