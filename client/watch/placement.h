// Where pictures go by what was found in them.
#ifndef MLFSC_CLIENT_WATCH_PLACEMENT_H_
#define MLFSC_CLIENT_WATCH_PLACEMENT_H_

#include <string>

#include "absl/status/statusor.h"
#include "client/watch/folder.h"

namespace mlfsc::client {

enum class PlacementKind { kStay, kMove, kLink };

struct Placement {
  PlacementKind kind = PlacementKind::kStay;
  // Gets a folder a group: OK, REVIEW, NOK, ERROR.
  std::string folder;
};

// `folder`/name.png, name-2.png, ...: the first that nothing is at.
std::string FreePath(const std::string& folder, const std::string& name);

// The FreePath for `name` in the folder of `group`. Empty when pictures stay.
std::string ChooseTarget(const Placement& placement, const std::string& group, const std::string& name);

// Moves `file` of `folder` to `target`, or makes a symbolic link to it there. Makes the folders above.
// Nothing is ever overwritten: AlreadyExists when something else is at `target`. Done already is done.
//
// Returns whether the picture is at `target`. Not when it was written anew meanwhile: what is in the folder
// then is another picture, and stays; or is put back under a free name, when its writer was in the midst of
// it. Across file systems it is copied, and taken away when the copy is whole.
absl::StatusOr<bool> Place(PlacementKind kind, const std::string& folder, const PictureFile& file,
                           const std::string& target);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_WATCH_PLACEMENT_H_
