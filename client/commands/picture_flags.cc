#include "client/commands/picture_flags.h"

#include "absl/strings/str_cat.h"
#include "client/commands/in_flight.h"
#include "client/commands/reading_flags.h"
#include "client/commands/version_number.h"
#include "client/fault.h"

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
  AddJobsFlag(command, &jobs);
  connection.AddTo(command);
}

absl::Status OfPicture(const std::string& path, const absl::Status& error) {
  return absl::Status(error.code(), absl::StrCat(path, ": ", error.message()));
}

bool IsAboutThePicture(const absl::Status& error) { return FaultOf(error) == Fault::kPicture; }

}  // namespace mlfsc::client
