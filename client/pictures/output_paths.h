// Where pictures made from pictures go.
#ifndef MLFSC_CLIENT_PICTURES_OUTPUT_PATHS_H_
#define MLFSC_CLIENT_PICTURES_OUTPUT_PATHS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace mlfsc::client {

// One path in `folder` for each picture: its own path below the folder that all of them share, with
// `extension` (".png") in place of its own. test/hole/000.jpg and test/scratch/000.jpg become
// <folder>/hole/000.png and <folder>/scratch/000.png. InvalidArgument when two pictures would share a file,
// or one would take the place of a picture.
absl::StatusOr<std::vector<std::string>> OutputPaths(const std::vector<std::string>& pictures,
                                                     const std::string& folder, const std::string& extension);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_PICTURES_OUTPUT_PATHS_H_
