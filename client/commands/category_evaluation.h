// The whole of an evaluation of one category: learning it if asked, a test set's answers, what they are
// worth.
#ifndef MLFSC_CLIENT_COMMANDS_CATEGORY_EVALUATION_H_
#define MLFSC_CLIENT_COMMANDS_CATEGORY_EVALUATION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/client.h"
#include "client/commands/context.h"
#include "client/commands/test_set.h"
#include "client/commands/test_set_check.h"
#include "client/evaluation/evaluation.h"

namespace mlfsc::client {

// Exit code of `eval`: done, but pictures that could not be read are left out.
inline constexpr int kExitLeftOut = 3;

struct EvaluationPlan {
  std::string category;
  // A data set in the MVTec AD layout.
  std::string folder;
  // 0 = the active one.
  int64_t version = 0;
  // To learn the version first, from train/good.
  std::optional<v1::TrainRequest::Start> training;
  // Whether sub-folders of train/good and of the kinds are gone through, too.
  bool recursive = false;
  CheckOptions check;
  // Also the paper's baseline, learnt from train/good: see BaselineOf.
  bool baseline = false;
  // See TestSetRequest.
  std::string heatmap_folder;
  BootstrapOptions bootstrap;
};

struct CategoryEvaluation {
  std::string category;
  std::string folder;
  // What was stated of the folder's pictures.
  PictureReading reading;
  v1::Version version;
  TestSetAnswers answers;
  // Pictures that could not be read or were refused.
  std::vector<LeftOut> left_out;
  Evaluation evaluation;
  // Null when it was not asked for.
  std::shared_ptr<const CategoryEvaluation> baseline;
};

// Checks all of the data set that it needs before anything is learnt: see CheckTestSet, CheckTrainingSet.
// Says on `err` what there is and what was learnt. The baseline's version is deleted again; where that fails,
// a remark says which one was left.
absl::StatusOr<CategoryEvaluation> EvaluateCategory(const Context& context, Client* client,
                                                    const EvaluationPlan& plan);

// What the paper calls sparse coding: the grey picture itself, residuals summed. Never becomes the active
// version.
v1::TrainRequest::Start BaselineOf(const std::string& category);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_CATEGORY_EVALUATION_H_
