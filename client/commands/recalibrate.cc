#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/commands/commands.h"
#include "client/commands/connection_flags.h"
#include "client/commands/reading_flags.h"
#include "client/commands/test_set_check.h"
#include "client/commands/training.h"
#include "client/commands/training_flags.h"
#include "client/commands/version_number.h"
#include "client/pictures/picture_folder.h"

namespace mlfsc::client {
namespace {

struct Flags {
  ConnectionFlags connection;
  std::string category;
  std::string folder;
  PictureReading reading;
  int64_t version = 0;
  bool recursive = false;
  bool skip_bad = false;
  bool keep_active = false;
  v1::OutlierAction outliers = v1::WARN;
};

absl::StatusOr<int> Run(const Flags& flags, const Context& context) {
  FolderOptions options;
  options.recursive = flags.recursive;
  options.masks_apart = true;
  const absl::StatusOr<FolderListing> listing = ListFolderOfPictures(flags.folder, options);
  if (!listing.ok()) return listing.status();
  Remark(context, flags.category, Describe(listing->passed_over));
  absl::StatusOr<Client> client = flags.connection.Connect(context);
  if (!client.ok()) return client.status();
  v1::RecalibrateCategoryRequest::Start start;
  start.set_category(flags.category);
  start.set_version(flags.version);
  start.set_skip_bad_pictures(flags.skip_bad);
  start.set_keep_active(flags.keep_active);
  start.set_outliers(flags.outliers);
  const absl::StatusOr<Trained> trained =
      RecalibrateOnFiles(context, &*client, start, listing->pictures, flags.reading);
  if (!trained.ok()) return trained.status();
  SayWhatWasOdd(context, flags.category, *trained);
  const v1::Version& version = trained->result.version();
  const v1::Calibration& calibration = version.calibration();
  std::ostream& out = *context.terminal.out;
  out << absl::StreamFormat("%s: version %d calibrated on %d pictures", flags.category, version.version(),
                            calibration.pictures());
  if (const int left_out = CountLeftOut(*trained); left_out > 0) out << ", " << left_out << " left out";
  out << absl::StreamFormat(
      "\nflagged above %.5g (%.3g %% of good pictures); REVIEW from %.5g to %.5g, NOK above\n",
      calibration.threshold(), 100 * calibration.false_alarm_rate(), calibration.review_low(),
      calibration.review_high());
  PrintFindings(*trained, &out);
  if (flags.keep_active) {
    out << "it does not answer yet: mlfsc activate " << flags.category << ' ' << version.version() << '\n';
  }
  return kExitOk;
}

}  // namespace

Command AddRecalibrate(CLI::App* app, const Context& context) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand(
      "recalibrate", "Set a category's limits from more good pictures, without learning it again");
  command->add_option("CATEGORY", flags->category, "Name of the category")->required()->type_name("");
  command
      ->add_option("FOLDER", flags->folder, "Folder of good pictures that the category was not learnt from")
      ->required()
      ->type_name("");
  AddReadingFlags(command, &flags->reading);
  command->add_option("--version", flags->version, "Whose dictionaries to keep [the active one's]")
      ->check(VersionNumber())
      ->type_name("NUMBER");
  command->add_flag("--recursive", flags->recursive, "Take the pictures in its sub-folders, too");
  command->add_flag("--skip-bad", flags->skip_bad,
                    "Leave out and name pictures that cannot be read instead of stopping");
  command->add_flag("--keep-active", flags->keep_active, "Leave the version that answers now in its place");
  AddOutliers(command, [flags](v1::OutlierAction value) { flags->outliers = value; });
  flags->connection.AddTo(command);
  command->footer(
      "Example:\n"
      "  mlfsc recalibrate carpet pictures/carpet-this-week");
  return {command, [flags, &context] { return Run(*flags, context); }};
}

}  // namespace mlfsc::client
