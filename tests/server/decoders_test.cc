#include "server/decoders.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::StatusIs;

class FindDecoderTest : public ::testing::Test {
 protected:
  void Put(const std::string& path) {
    const std::filesystem::path file = folder_.path() + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << "program";
  }

  const testing::TemporaryFolder folder_;
  const std::string server_ = folder_.path() + "/usr/bin/mlfsc-server";
};

TEST_F(FindDecoderTest, ItIsWhereItWasInstalled) {
  Put("/usr/libexec/mlfsc-decoder");
  EXPECT_EQ(*FindDecoder(server_), folder_.path() + "/usr/libexec/mlfsc-decoder");
}

TEST_F(FindDecoderTest, OneBesideTheServerComesFirst) {
  Put("/usr/libexec/mlfsc-decoder");
  Put("/usr/bin/mlfsc-decoder");
  EXPECT_EQ(*FindDecoder(server_), folder_.path() + "/usr/bin/mlfsc-decoder");
}

TEST_F(FindDecoderTest, WhereThereIsNoneThePlacesAreNamed) {
  EXPECT_THAT(FindDecoder(server_),
              StatusIs(absl::StatusCode::kNotFound,
                       AllOf(HasSubstr(folder_.path() + "/usr/bin"), HasSubstr("/usr/libexec"))));
}

}  // namespace
}  // namespace mlfsc
