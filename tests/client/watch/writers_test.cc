#include "client/watch/writers.h"

#include <fstream>
#include <memory>

#include <gtest/gtest.h>

#include "tests/testing/temporary_folder.h"

namespace mlfsc::client {
namespace {

class WritersTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }

  testing::TemporaryFolder folder_;
};

TEST_F(WritersTest, AFileIsWrittenUntilItIsClosed) {
  Writers writers(folder_.path());
  std::ofstream file(Path("a.png"));
  file << "half" << std::flush;
  writers.Update();
  EXPECT_EQ(writers.Of("a.png"), Writing::kYes);
  file.close();
  writers.Update();
  EXPECT_EQ(writers.Of("a.png"), Writing::kNo);
}

TEST_F(WritersTest, AWriterThatBeganBeforeIsSeenToo) {
  std::ofstream file(Path("a.png"));
  file << "half" << std::flush;
  std::ofstream(Path("b.png")) << "whole";
  Writers writers(folder_.path());
  EXPECT_EQ(writers.Of("a.png"), Writing::kYes);
  EXPECT_EQ(writers.Of("b.png"), Writing::kNo);
}

TEST_F(WritersTest, ManyFilesComeAndGo) {
  Writers writers(folder_.path());
  for (int i = 0; i < 2000; ++i) std::ofstream(Path(std::to_string(i))) << "whole";
  std::ofstream open(Path("open"));
  open << "half" << std::flush;
  writers.Update();
  EXPECT_EQ(writers.Of("1999"), Writing::kNo);
  EXPECT_EQ(writers.Of("open"), Writing::kYes);
}

TEST_F(WritersTest, OfWhatIsNotThereNothingIsKnown) {
  EXPECT_EQ(Writers(folder_.path()).Of("none"), Writing::kUnknown);
  EXPECT_EQ(Writers(Path("none")).Of("none"), Writing::kUnknown);
}

}  // namespace
}  // namespace mlfsc::client
