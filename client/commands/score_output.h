// What `score` prints of each picture, as soon as it is known.
#ifndef MLFSC_CLIENT_COMMANDS_SCORE_OUTPUT_H_
#define MLFSC_CLIENT_COMMANDS_SCORE_OUTPUT_H_

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/commands/csv.h"
#include "client/terminal/terminal.h"
#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc::client {

// Each row is out of the process when Put returns. Not thread-safe.
class ScoreOutput {
 public:
  virtual ~ScoreOutput() = default;

  // An answer, or why there is none for this picture.
  virtual void Put(const std::string& path, const absl::StatusOr<v1::Inspection>& inspection) = 0;
  // No more comes.
  virtual void End() {}
};

// Columns as wide as `paths`, and what scores usually take, want them.
std::unique_ptr<ScoreOutput> MakeTableOutput(const Terminal& terminal, const std::vector<std::string>& paths);

// `heading`: whether to begin with it.
std::unique_ptr<ScoreOutput> MakeCsvOutput(std::ostream* out, bool heading,
                                           CsvReader reader = CsvReader::kProgram);

// One array, indented.
std::unique_ptr<ScoreOutput> MakeJsonOutput(std::ostream* out);

// One object a line.
std::unique_ptr<ScoreOutput> MakeJsonLinesOutput(std::ostream* out);

// The first line of CSV, with its end.
std::string ScoreCsvHeading();

// What stands for the picture `path` in a CSV cell (its text, without quotes), and in JSON.
std::string PathInCsv(const std::string& path, CsvReader reader = CsvReader::kProgram);
std::string PathInJson(const std::string& path);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_SCORE_OUTPUT_H_
