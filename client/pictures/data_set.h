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
  // Of the picture, once it has been read.
  PictureFrame frame;
  // Whether a mask had to be turned with it (ReadMasks).
  bool mask_turned = false;

  bool good() const { return kind == kGoodKind; }
};

struct TestSet {
  // Good ones first, then kind by kind, by name.
  std::vector<TestPicture> pictures;
  // Kinds whose folder holds no picture.
  std::vector<std::string> empty_kinds;
  // Masks in ground_truth that belong to no picture.
  std::vector<std::string> unused_masks;
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
