// Where pictures go by what was found in them.
#ifndef MLFSC_CLIENT_WATCH_PLACEMENT_H_
#define MLFSC_CLIENT_WATCH_PLACEMENT_H_

#include <string>

#include "absl/status/status.h"

namespace mlfsc::client {

enum class PlacementKind { kStay, kMove, kLink };

struct Placement {
  PlacementKind kind = PlacementKind::kStay;
  // Gets a folder a group: OK, REVIEW, NOK, ERROR.
  std::string folder;
};

// A path for `name` in the folder of `group` that nothing is at: name.png, name-2.png, ... Empty when
// pictures stay.
std::string ChooseTarget(const Placement& placement, const std::string& group, const std::string& name);

// Moves `source` to `target`, or makes a symbolic link to it there. Makes the folders. Across file systems it
// copies first and takes the source away when the copy is whole. Done already is done: a source that is gone
// when it was to be moved, a link that is there.
absl::Status Place(PlacementKind kind, const std::string& source, const std::string& target);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_WATCH_PLACEMENT_H_
