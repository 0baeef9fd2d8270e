#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/commands/connection_flags.h"
#include "client/commands/eval_tables.h"
#include "client/commands/in_flight.h"
#include "client/commands/json.h"
#include "client/commands/option_names.h"
#include "client/commands/test_set.h"
#include "client/commands/training.h"
#include "client/commands/training_flags.h"
#include "client/commands/version_number.h"

namespace mlfsc::client {
namespace {

struct Flags {
  ConnectionFlags connection;
  TrainingFlags training;
  std::string category;
  std::string folder;
  std::string heatmap_folder;
  int64_t version = 0;
  int jobs = 2;
  bool train = false;
  bool json = false;
};

// The version to evaluate: the one learnt now, the one asked for, or the active one.
absl::StatusOr<v1::Version> ChooseVersion(const Flags& flags, const Context& context, Client* client) {
  if (flags.train) {
    const absl::StatusOr<std::vector<std::string>> pictures =
        ListPictures(absl::StrCat(flags.folder, "/train/", kGoodKind));
    if (!pictures.ok()) return pictures.status();
    absl::StatusOr<Trained> trained =
        TrainOnFiles(context, client, flags.training.Start(flags.category), *pictures);
    if (!trained.ok()) return trained.status();
    *context.terminal.err << flags.category << ": " << Describe(*trained) << '\n';
    return std::move(*trained->result.mutable_version());
  }
  const absl::StatusOr<v1::Category> category = client->GetCategory(flags.category);
  if (!category.ok()) return category.status();
  const int64_t wanted = flags.version != 0 ? flags.version : category->active_version();
  for (const v1::Version& version : category->versions()) {
    if (version.version() == wanted) return version;
  }
  if (wanted == 0) {
    return absl::FailedPreconditionError(absl::StrCat(flags.category, " has no active version"));
  }
  return absl::NotFoundError(absl::StrCat(flags.category, " has no version ", wanted));
}

void PrintAsJson(const Flags& flags, const v1::Version& version, const TestSetAnswers& answers,
                 const Evaluation& evaluation, std::ostream* out) {
  nlohmann::ordered_json json = {{"category", flags.category}, {"version", version.version()}};
  json["folder"] = flags.folder;
  json["options"] = ToJson(version.options());
  json.update(ToJson(evaluation));
  json["pictures"] = nlohmann::ordered_json::array();
  for (size_t i = 0; i < answers.pictures.size(); ++i) {
    const InspectedPicture& inspected = answers.pictures[i];
    nlohmann::ordered_json picture = {{"picture", inspected.picture.path}, {"kind", inspected.picture.kind}};
    if (!inspected.picture.mask.empty()) picture["mask"] = inspected.picture.mask;
    if (!answers.heatmaps.empty()) picture["heatmap"] = answers.heatmaps[i];
    picture.update(ToJson(inspected.inspection));
    json["pictures"].push_back(std::move(picture));
  }
  PrintJson(json, out);
}

absl::StatusOr<int> Run(const Flags& flags, const Context& context) {
  if (!flags.train && !flags.training.FirstGiven().empty()) {
    return absl::InvalidArgumentError(absl::StrCat(flags.training.FirstGiven(), " needs --train"));
  }
  TestSetRequest request;
  absl::StatusOr<std::vector<TestPicture>> pictures = ListTestPictures(flags.folder);
  if (!pictures.ok()) return pictures.status();
  absl::StatusOr<Client> client = flags.connection.Connect(context);
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::Version> version = ChooseVersion(flags, context, &*client);
  if (!version.ok()) return version.status();

  request.category = flags.category;
  request.version = version->version();
  request.pictures = *std::move(pictures);
  request.heatmap_folder = flags.heatmap_folder;
  request.jobs = flags.jobs;
  const absl::StatusOr<TestSetAnswers> answers = InspectTestSet(context, &*client, request);
  if (!answers.ok()) return answers.status();
  const Evaluation evaluation = Evaluate(answers->pictures, answers->pixels);
  if (flags.json) {
    PrintAsJson(flags, *version, *answers, evaluation, context.terminal.out);
    return kExitOk;
  }
  *context.terminal.out << flags.category << " version " << version->version() << ": "
                        << Describe(version->options()) << "\n\n";
  PrintEvaluation(evaluation, context.terminal);
  if (!answers->heatmaps.empty()) {
    *context.terminal.out << '\n';
    PrintClearestHeatmaps(*answers, context.terminal);
  }
  return kExitOk;
}

}  // namespace

Command AddEval(CLI::App* app, const Context& context) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("eval", "Measure a category on pictures whose defects are known");
  command->add_option("CATEGORY", flags->category, "Name of the category")->required()->type_name("");
  command
      ->add_option("FOLDER", flags->folder,
                   "Data set in the MVTec AD layout: test/good, test/<kind>, ground_truth/<kind>")
      ->required()
      ->type_name("");
  CLI::Option* train =
      command->add_flag("--train", flags->train, "First learn the category from the data set's train/good");
  command->add_option("--version", flags->version, "Version to measure (default: the active one)")
      ->check(VersionNumber())
      ->type_name("NUMBER")
      ->excludes(train);
  command
      ->add_option("--heatmaps", flags->heatmap_folder,
                   "Write a heatmap of every test picture below this folder")
      ->type_name("DIR");
  command->add_flag("--json", flags->json, "Print everything as JSON");
  AddJobsFlag(command, &flags->jobs);
  flags->training.AddTo(command, "Learning, with --train (the server's defaults in brackets)");
  flags->connection.AddTo(command);
  command->footer(
      "FLAGGED is above the threshold, NOK above the review band. AUROC: 1 when every defective picture "
      "(pixel)\n"
      "scores above every good one, 0.5 for chance; all pixels are ranked exactly.\n\n"
      "Examples:\n"
      "  mlfsc eval carpet mvtec/carpet --train\n"
      "  mlfsc eval carpet mvtec/carpet --train --score sum --json | jq .image_auroc\n"
      "  mlfsc eval carpet mvtec/carpet --heatmaps heatmaps");
  return {command, [flags, &context] { return Run(*flags, context); }};
}

}  // namespace mlfsc::client
