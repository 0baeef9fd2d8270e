#include "client/commands/picture_flags.h"

#include "absl/strings/str_cat.h"
#include "client/commands/in_flight.h"
#include "client/commands/reading_flags.h"
#include "client/commands/test_set_check.h"
#include "client/commands/version_number.h"
#include "client/fault.h"
#include "client/pictures/picture_folder.h"

namespace mlfsc::client {

void PictureFlags::AddTo(CLI::App* command) {
  command->add_option("CATEGORY", category, "Name of the category")->required()->type_name("");
  command->add_option("PICTURE", pictures, "PNG, JPEG, BMP or TIFF files, or folders of them")
      ->required()
      ->type_name("");
  command->add_option("--version", version, "Version that answers (default: the active one)")
      ->check(VersionNumber())
      ->type_name("NUMBER");
  AddReadingFlags(command, &reading);
  AddRecursiveFlag(command, &recursive);
  AddJobsFlag(command, &jobs);
  connection.AddTo(command);
}

void AddRecursiveFlag(CLI::App* command, bool* recursive) {
  command->add_flag("--recursive", *recursive, "Take the pictures in their sub-folders, too");
}

absl::StatusOr<std::vector<std::string>> FindPictures(const Context& context, const std::string& category,
                                                      const std::vector<std::string>& given, bool recursive) {
  FolderOptions options;
  options.recursive = recursive;
  PassedOver passed_over;
  absl::StatusOr<std::vector<std::string>> paths = ExpandFolders(given, options, &passed_over);
  if (paths.ok()) Remark(context, category, Describe(passed_over));
  return paths;
}

absl::Status OfPicture(const std::string& path, const absl::Status& error) {
  return absl::Status(error.code(), absl::StrCat(path, ": ", error.message()));
}

bool IsAboutThePicture(const absl::Status& error) { return FaultOf(error) == Fault::kPicture; }

}  // namespace mlfsc::client
