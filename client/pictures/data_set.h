// Data sets in the layout of MVTec AD:
//
//     train/good/000.png
//     test/good/000.png
//     test/scratch/000.png
//     ground_truth/scratch/000_mask.png
//
// and in what others make of it: docs/evaluation.md says where masks are looked for.
#ifndef MLFSC_CLIENT_PICTURES_DATA_SET_H_
#define MLFSC_CLIENT_PICTURES_DATA_SET_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/pictures/mask_file.h"
#include "client/pictures/picture_folder.h"

namespace mlfsc::client {

inline constexpr char kGoodKind[] = "good";

struct TestPicture {
  std::string path;
  // The folder's name: "good" or a kind of defect.
  std::string kind;
  // Of a defective picture: files whose union says where it is defective; none when the data set has none for
  // it.
  std::vector<std::string> masks;
  // Of a good picture: files that would be its masks, if it were defective.
  std::vector<std::string> masks_of_good;
  // Of the picture, once it has been read.
  PictureFrame frame;
  // Whether a mask had to be turned with it (ReadMasks).
  bool mask_turned = false;

  bool good() const { return kind == kGoodKind; }
};

// What lies among the masks of a test set and is no picture's mask.
struct OtherMasks {
  // The folder of masks; empty when there is none.
  std::string folder;
  // Masks that belong to no picture.
  std::vector<std::string> unused;
  // Masks of pictures that have another one, which is taken, to that one.
  std::map<std::string, std::string> seconds;
  // Folders in the folder of masks that are called like no kind, to the number of masks in each.
  std::map<std::string, int> of_no_kind;
  // Files in the folder of masks that are no pictures.
  PassedOver passed_over;
};

struct TestSet {
  // Good ones first, then kind by kind, by name.
  std::vector<TestPicture> pictures;
  // Kinds whose folder holds no picture.
  std::vector<std::string> empty_kinds;
  // Names of all kinds, good among them.
  std::vector<std::string> kinds;
  OtherMasks other_masks;
  PassedOver passed_over;
  // Pictures right in test, in no kind's folder, which are passed over too.
  int without_kind = 0;
};

// What is under `root`/test, with `recursive` in the kinds' sub-folders too. Masks that lie beside their
// pictures are no pictures. Good pictures alone, or defective ones alone, are a test set. NotFound without a
// folder `root`, InvalidArgument when there is no picture, or when no kind is called "good" and one is called
// what good ones are called elsewhere ("ok").
absl::StatusOr<TestSet> ListTestSet(const std::string& root, bool recursive = false);

// The pictures to learn from: of `folder`/train/good where there is one, else of `folder` itself. Masks
// beside them are left out. As ListFolderOfPictures otherwise.
absl::StatusOr<FolderListing> ListTrainingSet(const std::string& folder, bool recursive = false);

// Names of the folders right in `root` that are data sets in the MVTec AD layout (they have a train/good),
// sorted. InvalidArgument when there is none.
absl::StatusOr<std::vector<std::string>> ListCategoryFolders(const std::string& root);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_PICTURES_DATA_SET_H_
