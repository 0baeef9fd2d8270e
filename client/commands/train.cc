#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "client/commands/commands.h"
#include "client/commands/connection_flags.h"
#include "client/commands/json.h"
#include "client/commands/reading_flags.h"
#include "client/commands/test_set_check.h"
#include "client/commands/training.h"
#include "client/commands/training_flags.h"
#include "client/pictures/data_set.h"
#include "client/pictures/path_text.h"

namespace mlfsc::client {
namespace {

struct Flags {
  ConnectionFlags connection;
  TrainingFlags training;
  std::string category;
  std::string folder;
  PictureReading reading;
  bool recursive = false;
  bool json = false;
};

absl::StatusOr<int> Run(const Flags& flags, const Context& context) {
  const absl::StatusOr<FolderListing> listing = ListTrainingSet(flags.folder, flags.recursive);
  if (!listing.ok()) return listing.status();
  Remark(context, flags.category, Describe(listing->passed_over));
  absl::StatusOr<Client> client = flags.connection.Connect(context);
  if (!client.ok()) return client.status();
  const v1::TrainRequest::Start start = flags.training.Start(flags.category);
  const absl::StatusOr<Trained> trained =
      TrainOnFiles(context, &*client, start, listing->pictures, flags.reading);
  if (!trained.ok()) return trained.status();
  SayWhatWasOdd(context, flags.category, *trained);

  const v1::Version& version = trained->result.version();
  std::ostream& out = *context.terminal.out;
  if (flags.json) {
    nlohmann::ordered_json json = ToJson(version);
    std::vector<std::string> names;
    for (const std::string& path : trained->sent) names.push_back(PathText(path));
    json.update(FindingsJson(trained->result, names));
    json["pictures_skipped"] = CountLeftOut(*trained);
    json["sizes"] = nlohmann::ordered_json::array();
    for (const PictureSize& size : trained->sizes) {
      json["sizes"].push_back({{"width", size.width}, {"height", size.height}, {"pictures", size.pictures}});
    }
    PrintJson(json, &out);
    return kExitOk;
  }
  const v1::Calibration& calibration = version.calibration();
  out << flags.category << ": " << Describe(*trained) << '\n'
      << absl::StreamFormat(
             "flagged above %.5g (%g %% of good pictures); REVIEW from %.5g to %.5g, NOK above\n",
             calibration.threshold(), 100 * calibration.false_alarm_rate(), calibration.review_low(),
             calibration.review_high());
  PrintFindings(*trained, &out);
  if (start.keep_active()) {
    out << "it does not answer yet: mlfsc activate " << flags.category << ' ' << version.version() << '\n';
  }
  return kExitOk;
}

}  // namespace

Command AddTrain(CLI::App* app, const Context& context) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("train", "Learn a category from pictures of good product");
  command->add_option("CATEGORY", flags->category, "Name of the category")->required()->type_name("");
  command
      ->add_option("FOLDER", flags->folder,
                   "Folder of good pictures, or a data set in the MVTec AD layout (then its train/good)")
      ->required()
      ->type_name("");
  AddReadingFlags(command, &flags->reading);
  command->add_flag("--recursive", flags->recursive, "Take the pictures in its sub-folders, too");
  command->add_flag("--json", flags->json, "Print the new version as JSON");
  flags->training.AddTo(command, "Learning (the server's defaults in brackets)");
  flags->connection.AddTo(command);
  command->footer(
      "Examples:\n"
      "  mlfsc train carpet pictures/carpet\n"
      "  mlfsc train carpet pictures/carpet --false-alarm-rate 0.005 --keep-active");
  return {command, [flags, &context] { return Run(*flags, context); }};
}

}  // namespace mlfsc::client
