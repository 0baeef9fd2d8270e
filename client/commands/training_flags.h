// The options of a category, as `train` and `eval --train` take them.
#ifndef MLFSC_CLIENT_COMMANDS_TRAINING_FLAGS_H_
#define MLFSC_CLIENT_COMMANDS_TRAINING_FLAGS_H_

#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc::client {

// Everything that `train` lets one choose, but the category and the pictures. What is not given is left for
// the server to decide: its defaults and its limits are the only ones.
class TrainingFlags {
 public:
  // Binds options of `command` to this, which must stay where it is. `group`: their heading in its help.
  void AddTo(CLI::App* command, const std::string& group);

  // The first of the options that was given; empty when none was.
  std::string FirstGiven() const;

  v1::TrainRequest::Start Start(const std::string& category) const;

 private:
  v1::TrainRequest::Start start_;
  std::vector<CLI::Option*> options_;
};

// --outliers, which recalibrate has as well.
CLI::Option* AddOutliers(CLI::App* command, std::function<void(v1::OutlierAction)> set);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_TRAINING_FLAGS_H_
