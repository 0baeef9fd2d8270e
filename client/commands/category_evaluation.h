// The whole of an evaluation of one category: learning it if asked, a test set's answers, what they are
// worth.
#ifndef MLFSC_CLIENT_COMMANDS_CATEGORY_EVALUATION_H_
#define MLFSC_CLIENT_COMMANDS_CATEGORY_EVALUATION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "client/client.h"
#include "client/commands/context.h"
#include "client/commands/test_set.h"
#include "client/evaluation/evaluation.h"

namespace mlfsc::client {

struct EvaluationPlan {
  std::string category;
  // A data set in the MVTec AD layout.
  std::string folder;
  // 0 = the active one.
  int64_t version = 0;
  // To learn the version first, from train/good.
  std::optional<v1::TrainRequest::Start> training;
  // Also the paper's baseline, learnt from train/good: see BaselineOf.
  bool baseline = false;
  // See TestSetRequest.
  std::string heatmap_folder;
  PictureReading reading;
  int jobs = 1;
  BootstrapOptions bootstrap;
};

struct CategoryEvaluation {
  std::string category;
  std::string folder;
  v1::Version version;
  TestSetAnswers answers;
  Evaluation evaluation;
  // Null when it was not asked for.
  std::shared_ptr<const CategoryEvaluation> baseline;
};

// Says on `err` what was learnt. The baseline's version is deleted again; where that fails, a remark says
// which one was left.
absl::StatusOr<CategoryEvaluation> EvaluateCategory(const Context& context, Client* client,
                                                    const EvaluationPlan& plan);

// What the paper calls sparse coding: the grey picture itself, residuals summed. Never becomes the active
// version.
v1::TrainRequest::Start BaselineOf(const std::string& category);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_CATEGORY_EVALUATION_H_
