#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/commands/category_evaluation.h"
#include "client/commands/commands.h"
#include "client/commands/connection_flags.h"
#include "client/commands/eval_json.h"
#include "client/commands/eval_tables.h"
#include "client/commands/in_flight.h"
#include "client/commands/json.h"
#include "client/commands/reading_flags.h"
#include "client/commands/training_flags.h"
#include "client/commands/version_number.h"
#include "client/pictures/data_set.h"
#include "client/pictures/picture_file.h"

namespace mlfsc::client {
namespace {

struct Flags {
  ConnectionFlags connection;
  TrainingFlags training;
  BootstrapOptions bootstrap;
  std::string category;
  std::string folder;
  std::string root;
  std::vector<std::string> only;
  std::string heatmap_folder;
  PictureReading reading;
  std::string compare;
  // Empty: tables only. kPrinted or "-": instead of the tables. Else a file beside the tables.
  std::string json;
  int64_t version = 0;
  int jobs = 2;
  std::string mask_frame = "by-sides";
  bool train = false;
  bool details = false;
  bool recursive = false;
  bool strict = false;
};

// What CLI11 makes of a flag without a value.
constexpr char kPrinted[] = "true";

bool PrintsJson(const Flags& flags) { return flags.json == kPrinted || flags.json == "-"; }

absl::Status Check(const Flags& flags) {
  if (!flags.train && !flags.training.FirstGiven().empty()) {
    return absl::InvalidArgumentError(absl::StrCat(flags.training.FirstGiven(), " needs --train"));
  }
  if (flags.root.empty() && flags.folder.empty()) {
    return absl::InvalidArgumentError("CATEGORY and FOLDER are required, or --root (mlfsc eval --help)");
  }
  if (!flags.root.empty() && !flags.category.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("either CATEGORY and FOLDER or --root: ", flags.category, " is too much"));
  }
  if (!flags.root.empty() && flags.version != 0) {
    return absl::InvalidArgumentError("--version is of one category, --root of several");
  }
  return absl::OkStatus();
}

EvaluationPlan PlanFor(const Flags& flags, const std::string& category, const std::string& folder) {
  EvaluationPlan plan;
  plan.category = category;
  plan.folder = folder;
  plan.version = flags.version;
  if (flags.train) plan.training = flags.training.Start(category);
  plan.baseline = !flags.compare.empty();
  plan.heatmap_folder = flags.heatmap_folder;
  plan.recursive = flags.recursive;
  plan.check.reading = flags.reading;
  plan.check.jobs = flags.jobs;
  plan.check.strict = flags.strict;
  plan.check.mask_frame = flags.mask_frame == "stored"    ? MaskFrame::kStored
                          : flags.mask_frame == "upright" ? MaskFrame::kUpright
                                                          : MaskFrame::kBySides;
  plan.bootstrap = flags.bootstrap;
  return plan;
}

// The categories below --root, or those of them that --only names.
absl::StatusOr<std::vector<EvaluationPlan>> PlanRoot(const Flags& flags) {
  absl::StatusOr<std::vector<std::string>> names = ListCategoryFolders(flags.root);
  if (!names.ok()) return names.status();
  for (const std::string& wanted : flags.only) {
    if (std::find(names->begin(), names->end(), wanted) == names->end()) {
      return absl::NotFoundError(
          absl::StrCat(flags.root, " has no category ", wanted, ", only ", absl::StrJoin(*names, ", ")));
    }
  }
  const std::set<std::string> only(flags.only.begin(), flags.only.end());
  std::vector<EvaluationPlan> plans;
  for (const std::string& name : *names) {
    if (!only.empty() && only.count(name) == 0) continue;
    plans.push_back(PlanFor(flags, name, absl::StrCat(flags.root, "/", name)));
    if (!flags.heatmap_folder.empty()) absl::StrAppend(&plans.back().heatmap_folder, "/", name);
  }
  return plans;
}

absl::StatusOr<std::vector<EvaluationPlan>> Plan(const Flags& flags) {
  if (!flags.root.empty()) return PlanRoot(flags);
  return std::vector<EvaluationPlan>{PlanFor(flags, flags.category, flags.folder)};
}

// Evaluates what can be evaluated. One category's failure does not cost the others' work, but a server that
// is away ends it.
absl::Status EvaluateAll(const Context& context, Client* client, const std::vector<EvaluationPlan>& plans,
                         std::vector<CategoryEvaluation>* evaluated) {
  absl::Status first;
  for (size_t i = 0; i < plans.size(); ++i) {
    if (plans.size() > 1) {
      *context.terminal.err << "[" << i + 1 << "/" << plans.size() << "] " << plans[i].category << '\n';
    }
    absl::StatusOr<CategoryEvaluation> one = EvaluateCategory(context, client, plans[i]);
    if (one.ok()) {
      evaluated->push_back(*std::move(one));
      continue;
    }
    if (plans.size() == 1 || absl::IsUnavailable(one.status())) return one.status();
    *context.terminal.err << "mlfsc: " << plans[i].category << ": " << Printable(one.status().message())
                          << '\n';
    first.Update(one.status());
  }
  return first;
}

void PrintTables(const Flags& flags, const EvaluationRun& run, const Terminal& terminal) {
  const bool several = run.categories.size() > 1;
  std::ostream& out = *terminal.out;
  if (!several || flags.details) {
    for (const CategoryEvaluation& one : run.categories) {
      PrintEvaluation(one, run.bootstrap, terminal);
      if (several) out << "\n\n";
    }
  }
  if (several) PrintSummary(run.categories, terminal);
  if (run.compare_paper) {
    out << '\n';
    PrintBesidePaper(run.categories, terminal);
  }
}

absl::StatusOr<int> Run(const Flags& flags, const Context& context) {
  const absl::Status checked = Check(flags);
  if (!checked.ok()) return checked;
  const absl::StatusOr<std::vector<EvaluationPlan>> plans = Plan(flags);
  if (!plans.ok()) return plans.status();
  if (!flags.json.empty() && !PrintsJson(flags)) {
    // Not after hours of work.
    if (absl::Status writable = CheckWritable(flags.json); !writable.ok()) return writable;
  }
  absl::StatusOr<Client> client = flags.connection.Connect(context);
  if (!client.ok()) return client.status();

  EvaluationRun run;
  run.create_time = context.clock->WallNow();
  std::error_code error;
  run.run_folder = std::filesystem::current_path(error).string();
  run.bootstrap = flags.bootstrap;
  run.compare_paper = !flags.compare.empty();
  const absl::Status status = EvaluateAll(context, &*client, *plans, &run.categories);
  if (run.categories.empty()) return status;
  if (PrintsJson(flags)) {
    PrintJson(ToJson(run), context.terminal.out);
  } else {
    PrintTables(flags, run, context.terminal);
  }
  if (!flags.json.empty() && !PrintsJson(flags)) {
    const absl::Status written = WriteFile(flags.json, FormatJson(ToJson(run)));
    if (!written.ok()) return written;
  }
  if (!status.ok()) {
    return absl::Status(
        status.code(),
        absl::StrCat(plans->size() - run.categories.size(), " of ", plans->size(),
                     " categories could not be evaluated, the first because: ", status.message()));
  }
  const bool complete = std::all_of(run.categories.begin(), run.categories.end(),
                                    [](const CategoryEvaluation& one) { return one.left_out.empty(); });
  return complete ? kExitOk : kExitLeftOut;
}

void AddOptions(CLI::App* command, Flags* flags) {
  command->add_option("CATEGORY", flags->category, "Name of the category")->type_name("");
  command
      ->add_option("FOLDER", flags->folder,
                   "Data set in the MVTec AD layout: test/good, test/<kind>, ground_truth/<kind>")
      ->type_name("");
  CLI::Option* root =
      command
          ->add_option("--root", flags->root,
                       "Instead: evaluate every data set below this folder, each as the category that its "
                       "folder is called, and their mean")
          ->type_name("DIR");
  command->add_option("--only", flags->only, "Of those below --root, only these: carpet,grid")
      ->delimiter(',')
      ->needs(root)
      ->type_name("NAMES");
  CLI::Option* train =
      command->add_flag("--train", flags->train, "First learn the category from the data set's train/good");
  command->add_option("--version", flags->version, "Version to measure (default: the active one)")
      ->check(VersionNumber())
      ->type_name("NUMBER")
      ->excludes(train);
  command
      ->add_option("--heatmaps", flags->heatmap_folder,
                   "Write a heatmap of every test picture below this folder, and the picture and its mask as "
                   "they were seen")
      ->type_name("DIR");
  command
      ->add_option("--compare", flags->compare,
                   "Beside the published figures, and a baseline that is learnt for it: paper")
      ->check(CLI::IsMember({"paper"}).description(""))
      ->type_name("WORD");
  command->add_flag("--json", flags->json,
                    "Print everything as JSON; with a file that ends in .json (any other: --json=FILE) "
                    "write it there, beside the tables");
  command->add_flag("--recursive", flags->recursive,
                    "Go through the sub-folders of train/good and of the kinds, too");
  command->add_flag(
      "--strict", flags->strict,
      "End at a test picture that cannot be read, instead of leaving it out and exiting with 3");
  command
      ->add_option("--mask-frame", flags->mask_frame,
                   "Of pictures turned by EXIF: whether masks were drawn on the picture as the file holds it "
                   "(stored) or as it is seen (upright); by-sides: what their sides tell")
      ->check(CLI::IsMember({"by-sides", "stored", "upright"}).description(""))
      ->type_name("WORD")
      ->capture_default_str();
  command->add_flag("--details", flags->details, "With --root: every category's own tables too");
  command->add_option("--bootstrap", flags->bootstrap.samples, "Samples behind the intervals; 0 for none")
      ->check(CLI::Range(0, 100000).description(""))
      ->type_name("NUMBER")
      ->capture_default_str();
  command->add_option("--bootstrap-seed", flags->bootstrap.seed, "The same seed gives the same intervals")
      ->type_name("NUMBER")
      ->capture_default_str();
  AddReadingFlags(command, &flags->reading);
  AddJobsFlag(command, &flags->jobs);
  flags->training.AddTo(command, "Learning, with --train (the server's defaults in brackets)");
  flags->connection.AddTo(command);
}

}  // namespace

Command AddEval(CLI::App* app, const Context& context) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("eval", "Measure a category on pictures whose defects are known");
  AddOptions(command, flags.get());
  command->footer(
      "FLAGGED is above the threshold, NOK above the review band. AUROC: 1 when every defective picture "
      "(pixel)\n"
      "scores above every good one, 0.5 for chance. AP: average precision. PRO: share of each\n"
      "defective region that is found, at up to 30 % false pixels. All pixels are ranked exactly.\n"
      "R1 and R2 are printed at the calibrated threshold and at the one that is best for these pictures.\n"
      "Exit code: 0, 1 for an error, 3 when pictures that cannot be read were left out.\n\n"
      "Examples:\n"
      "  mlfsc eval carpet mvtec/carpet --train\n"
      "  mlfsc eval carpet mvtec/carpet --train --score sum --json | jq .image_auroc\n"
      "  mlfsc eval carpet mvtec/carpet --heatmaps heatmaps --json carpet.json\n"
      "  mlfsc eval --root mvtec --only carpet,grid,leather,tile,wood --train --compare paper");
  return {command, [flags, &context] { return Run(*flags, context); }};
}

}  // namespace mlfsc::client
