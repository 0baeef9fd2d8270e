// What `eval --json` writes: docs/evaluation-json.md.
#ifndef MLFSC_CLIENT_COMMANDS_EVAL_JSON_H_
#define MLFSC_CLIENT_COMMANDS_EVAL_JSON_H_

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "absl/time/time.h"
#include "client/commands/category_evaluation.h"

namespace mlfsc::client {

struct EvaluationRun {
  absl::Time create_time;
  // Absolute; what relative paths are relative to.
  std::string run_folder;
  BootstrapOptions bootstrap;
  // Beside the paper's figures.
  bool compare_paper = false;
  std::vector<CategoryEvaluation> categories;
};

nlohmann::ordered_json ToJson(const EvaluationRun& run);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_EVAL_JSON_H_
