// A watched folder with its CSV file and journal.
#ifndef MLFSC_TESTS_CLIENT_WATCH_LEDGER_TEST_H_
#define MLFSC_TESTS_CLIENT_WATCH_LEDGER_TEST_H_

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "client/watch/ledger.h"
#include "tests/testing/golden.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc::client {

class LedgerTest : public ::testing::Test {
 protected:
  LedgerTest() {
    std::filesystem::create_directory(folder_);
    options_.folder = folder_;
    options_.category = "cloth";
    options_.csv = temporary_.path() + "/scores.csv";
    options_.csv_heading = "picture,placed,content";
    options_.csv_cell = [](const std::string& text) { return text; };
    options_.journal = folder_ + "/.journal";
  }

  PictureFile Arrive(const std::string& name, const std::string& bytes = "picture") {
    std::ofstream(folder_ + "/" + name, std::ios::trunc) << bytes;
    return *LookAt(folder_, name);
  }

  std::unique_ptr<Ledger> Open() {
    absl::StatusOr<std::unique_ptr<Ledger>> ledger = Ledger::Open(options_);
    EXPECT_THAT(ledger, testing::IsOk());
    EXPECT_THAT((*ledger)->Update({}), testing::IsOk());
    return *std::move(ledger);
  }

  // As a watcher does, long after the file was written.
  absl::Status Record(Ledger* ledger, const PictureFile& file, const std::string& group) const {
    const std::string bytes = testing::ReadFile(folder_ + "/" + file.name);
    const absl::Time read_at = absl::Now() + absl::Hours(1);
    const absl::Status recorded =
        ledger->Record({file, HashOf(bytes), read_at}, group, file.name + ",", "," + bytes);
    ledger->Release(file);
    return recorded;
  }

  std::string Csv() const { return testing::ReadFile(options_.csv); }
  std::string Heading() const { return options_.csv_heading + "\n"; }

  testing::TemporaryFolder temporary_;
  const std::string folder_ = temporary_.path() + "/in";
  const std::string sorted_ = temporary_.path() + "/sorted";
  LedgerOptions options_;
};

}  // namespace mlfsc::client

#endif  // MLFSC_TESTS_CLIENT_WATCH_LEDGER_TEST_H_
