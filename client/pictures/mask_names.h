// Which mask belongs to which picture, by name.
#ifndef MLFSC_CLIENT_PICTURES_MASK_NAMES_H_
#define MLFSC_CLIENT_PICTURES_MASK_NAMES_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace mlfsc::client {

// Where a mask may lie: in a folder of masks everything is one; beside pictures only what says so.
enum class MaskPlace { kFolderOfMasks, kBesidePictures };

// "000" of "000_mask", "000-GT", "000.mask", "000_mask_2", "000_ground_truth"; in a folder of masks also of
// "000_label", "000_seg" and "mask_000". The words are taken in either case. Nothing for any other stem.
std::optional<std::string> PictureOfMask(const std::string& stem, MaskPlace place);

// Whether a folder of this name holds masks: ground_truth, groundtruth, ground-truth, gt, mask or masks, in
// either case.
bool IsMaskFolderName(const std::string& name);

// The masks of one folder, by the picture that they belong to.
class MaskFolder {
 public:
  // Nothing in it when there is no such folder. `with_folders`: whether its sub-folders may be pictures'
  // masks.
  static absl::StatusOr<MaskFolder> Open(const std::string& folder, bool with_folders = true);

  // The masks of the picture whose file is called `name` ("000.png"), as paths; their union is what counts.
  // The first of these that is there: all pictures in a folder "000"; files that PictureOfMask says are of
  // "000" or of "000.png"; a file of the picture's own stem. Any picture's ending will do.
  std::vector<std::string> MasksOf(const std::string& name);

  // The picture `name` has the mask `taken`, from elsewhere: what MasksOf would give is not needed.
  void PassOver(const std::string& name, const std::string& taken);

  // Paths of what MasksOf has not given to anybody and not passed over for another one, sorted.
  std::vector<std::string> Unused() const;

  // What is passed over because its picture has one that comes before it, to the one that is taken.
  std::map<std::string, std::string> Seconds() const;

 private:
  struct Entry {
    // 0: a folder. 1: a name that says mask. 2: the picture's own.
    int rank;
    std::vector<std::string> masks;
  };

  std::vector<const Entry*> Find(const std::string& name) const;

  // By the picture's stem or name.
  std::multimap<std::string, Entry> entries_;
  std::set<std::string> unused_;
  // Of masks that were given as well, too.
  std::map<std::string, std::string> passed_over_;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_PICTURES_MASK_NAMES_H_
