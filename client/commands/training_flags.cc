#include "client/commands/training_flags.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/commands/option_names.h"

namespace mlfsc::client {
namespace {

template <typename Value>
std::string Choices(const Names<Value>& names) {
  return absl::StrJoin(names, ", ", [](std::string* out, const auto& entry) { out->append(entry.first); });
}

// An option that takes one of a few words; "single-pass" is "single_pass".
template <typename Value, typename Set>
CLI::Option* AddChoice(CLI::App* command, const std::string& flag, const Names<Value>& names,
                       const std::string& description, Set set) {
  return command
      ->add_option_function<std::string>(
          flag,
          [flag, &names, set](std::string word) {
            std::replace(word.begin(), word.end(), '-', '_');
            for (const auto& [name, value] : names) {
              if (name == word) return set(value);
            }
            throw CLI::ValidationError(flag, absl::StrCat(word, " is none of ", Choices(names)));
          },
          absl::StrCat(description, ": ", Choices(names), " [", names.front().first, "]"))
      ->type_name("WORD");
}

}  // namespace

CLI::Option* AddOutliers(CLI::App* command, std::function<void(v1::OutlierAction)> set) {
  return AddChoice(command, "--outliers", OutlierNames(),
                   "What becomes of pictures that do not look like the others (no flash, a defect)",
                   std::move(set));
}

void TrainingFlags::AddTo(CLI::App* command, const std::string& group) {
  v1::CategoryOptions* options = start_.mutable_options();
  const auto add_choice = [&](const char* flag, const auto& names, const char* description, auto set) {
    options_.push_back(AddChoice(command, flag, names, description, set));
  };
  const auto add_integer = [&](const char* flag, const char* description, auto set) {
    options_.push_back(command->add_option_function<int32_t>(
        flag, [options, set](int32_t value) { (options->*set)(value); }, description));
    options_.back()->type_name("NUMBER");
  };
  const auto add_real = [&](const char* flag, const char* description, auto set) {
    options_.push_back(command->add_option_function<double>(
        flag, [options, set](double value) { (options->*set)(value); }, description));
    options_.back()->type_name("NUMBER");
  };
  using Options = v1::CategoryOptions;
  add_choice("--source", SourceNames(), "Features to learn on",
             [options](v1::FeatureSource value) { options->set_feature_source(value); });
  add_integer("--input-size", "Pixels a side that pictures are resized to [256]", &Options::set_input_size);
  add_choice("--resize", ResizeNames(), "How pictures are brought to that size",
             [options](v1::ResizeMethod value) { options->set_resize(value); });
  add_integer("--patch-size", "Cells a side of a patch [8; pixels: 16]", &Options::set_patch_size);
  add_integer("--stride", "Cells between neighbouring patches [2; pixels: 4]", &Options::set_stride);
  add_integer("--atoms", "Atoms in a dictionary [5; pixels: 200]", &Options::set_atoms);
  add_real("--alpha", "Weight of the l1 norm [1]", &Options::set_alpha);
  add_choice("--coder", CoderNames(), "How patches are coded when a picture is scored",
             [options](v1::Coder value) { options->set_coder(value); });
  add_integer("--nonzeros", "Atoms that omp may use for a patch [3]", &Options::set_nonzeros);
  add_choice("--score", ScoreNames(), "How a picture is scored",
             [options](v1::ScoreMethod value) { options->set_score_method(value); });
  add_integer("--top-residuals", "Largest residuals of a channel that sum adds up [5 of 121]",
              &Options::set_top_residuals);
  add_integer("--top-patches",
              "Largest patches that whitened, and fused's residual view, take the mean of [20 of 121]",
              &Options::set_top_patches);
  add_real("--false-alarm-rate", "Share of good pictures that may be flagged [0.01]",
           &Options::set_false_alarm_rate);
  add_integer("--epochs", "Passes over the pictures [2]", &Options::set_epochs);
  add_integer("--batch-pictures", "Pictures in a mini-batch of the learning [4]",
              &Options::set_batch_pictures);
  options_.push_back(command->add_option_function<uint64_t>(
      "--seed", [options](uint64_t value) { options->set_seed(value); }, "Seed of everything random [0]"));
  options_.back()->type_name("NUMBER");
  options_.push_back(command->add_flag_callback(
      "--skip-bad", [this] { start_.set_skip_bad_pictures(true); },
      "Leave out and name pictures that cannot be read instead of stopping"));
  options_.push_back(command->add_flag_callback(
      "--keep-active", [this] { start_.set_keep_active(true); },
      "Leave the version that answers now in its place"));
  options_.push_back(AddOutliers(command, [this](v1::OutlierAction value) { start_.set_outliers(value); }));
  for (CLI::Option* option : options_) option->group(group);
}

std::string TrainingFlags::FirstGiven() const {
  for (const CLI::Option* option : options_) {
    if (option->count() > 0) return option->get_name();
  }
  return "";
}

v1::TrainRequest::Start TrainingFlags::Start(const std::string& category) const {
  v1::TrainRequest::Start start = start_;
  start.set_category(category);
  return start;
}

}  // namespace mlfsc::client
