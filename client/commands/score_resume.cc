#include "client/commands/score_resume.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <map>

#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "client/commands/csv.h"
#include "client/commands/score_output.h"

namespace mlfsc::client {
namespace {

absl::Status Wrong(const std::string& path, size_t line, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(path, " line ", line, ": ", what));
}

absl::Status CheckCategory(const std::string& path, size_t line, const std::string& found,
                           const std::string& wanted) {
  // A picture that could not be scored has none.
  if (found.empty() || found == wanted) return absl::OkStatus();
  return Wrong(path, line, absl::StrCat("of the category ", found, ", not ", wanted));
}

absl::Status ReadCsv(const std::string& path, const std::string& text, const std::string& category,
                     EarlierOutput* output) {
  const std::vector<std::string> heading = ParseCsv(ScoreCsvHeading()).records.front();
  const CsvRecords csv = ParseCsv(text);
  for (size_t i = 0; i < csv.records.size(); ++i) {
    const std::vector<std::string>& record = csv.records[i];
    // Several outputs, one behind the other, have several.
    if (record == heading) continue;
    if (i == 0 || record.size() != heading.size()) {
      return Wrong(path, i + 1, "not a row of `mlfsc score --csv` or --jsonl, which --resume goes on with");
    }
    if (absl::Status status = CheckCategory(path, i + 1, record[1], category); !status.ok()) return status;
    output->pictures.push_back(record[0]);
  }
  output->whole = csv.ends.empty() ? 0 : static_cast<int64_t>(csv.ends.back());
  return absl::OkStatus();
}

absl::Status ReadJsonLines(const std::string& path, const std::string& text, const std::string& category,
                           EarlierOutput* output) {
  size_t begin = 0;
  for (size_t line = 1; begin < text.size(); ++line) {
    const size_t end = text.find('\n', begin);
    if (end == std::string::npos) return absl::OkStatus();
    const nlohmann::json json = nlohmann::json::parse(text.data() + begin, text.data() + end, nullptr, false);
    if (!json.is_object() || !json.contains("picture") || !json["picture"].is_string()) {
      return Wrong(path, line, "not a line of `mlfsc score --jsonl`");
    }
    const std::string found =
        json.contains("category") && json["category"].is_string() ? json["category"].get<std::string>() : "";
    if (absl::Status status = CheckCategory(path, line, found, category); !status.ok()) return status;
    output->pictures.push_back(json["picture"].get<std::string>());
    begin = end + 1;
    output->whole = static_cast<int64_t>(begin);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<EarlierOutput> ReadEarlierOutput(const std::string& path, const std::string& category) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::ErrnoToStatus(errno, path);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EarlierOutput output;
  output.is_csv = text.empty() || text.front() != '{';
  const absl::Status read =
      output.is_csv ? ReadCsv(path, text, category, &output) : ReadJsonLines(path, text, category, &output);
  if (!read.ok()) return read;
  return output;
}

std::vector<std::string> NotIn(const EarlierOutput& earlier, const std::vector<std::string>& pictures) {
  std::map<std::string, int64_t> rows;
  for (const std::string& picture : earlier.pictures) ++rows[picture];
  std::vector<std::string> left;
  for (const std::string& picture : pictures) {
    auto row = rows.find(earlier.is_csv ? PathInCsv(picture) : PathInJson(picture));
    // The rows may have been written for a spreadsheet, now or then.
    if (row == rows.end() && earlier.is_csv) row = rows.find(PathInCsv(picture, CsvReader::kSpreadsheet));
    if (row == rows.end() || row->second-- == 0) {
      left.push_back(picture);
      if (row != rows.end()) row->second = 0;
    }
  }
  return left;
}

absl::StatusOr<bool> PrepareToAppend(const EarlierOutput& earlier, const std::string& path) {
  struct stat there = {};
  struct stat out = {};
  if (stat(path.c_str(), &there) != 0 || fstat(STDOUT_FILENO, &out) != 0) {
    return absl::ErrnoToStatus(errno, path);
  }
  if (there.st_dev != out.st_dev || there.st_ino != out.st_ino) return false;
  if (earlier.whole < out.st_size && ftruncate(STDOUT_FILENO, earlier.whole) != 0) {
    return absl::ErrnoToStatus(errno, path);
  }
  return true;
}

}  // namespace mlfsc::client
