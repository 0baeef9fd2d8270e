// Folders of pictures: plain ones, and data sets in the layout of MVTec AD:
//
//     train/good/000.png
//     test/good/000.png
//     test/scratch/000.png
//     ground_truth/scratch/000_mask.png
#ifndef MLFSC_CLIENT_PICTURES_PICTURE_FOLDER_H_
#define MLFSC_CLIENT_PICTURES_PICTURE_FOLDER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace mlfsc::client {

// The pictures (.png, .jpg, .jpeg, .bmp, .tif, .tiff, in either case) right in `folder`, sorted by the bytes
// of their names: the same folder gives the same order everywhere. NotFound when there is no such folder,
// InvalidArgument when there is no picture in it.
absl::StatusOr<std::vector<std::string>> ListPictures(const std::string& folder);

// Their names alone; none is no error.
absl::StatusOr<std::vector<std::string>> ListPictureNames(const std::string& folder);

// As ListPictures, of `folder`/train/good where there is one, else of `folder` itself.
absl::StatusOr<std::vector<std::string>> ListTrainingPictures(const std::string& folder);

// `paths` with every folder among them replaced by its pictures.
absl::StatusOr<std::vector<std::string>> ExpandFolders(const std::vector<std::string>& paths);

// Names of the folders right in `root` that are data sets in the MVTec AD layout (they have a train/good),
// sorted. InvalidArgument when there is none.
absl::StatusOr<std::vector<std::string>> ListCategoryFolders(const std::string& root);

inline constexpr char kGoodKind[] = "good";

struct TestPicture {
  std::string path;
  // The folder's name: "good" or a kind of defect.
  std::string kind;
  // Of a defective picture; empty when the data set has none for it.
  std::string mask;

  bool good() const { return kind == kGoodKind; }
};

// What is under `root`/test: good ones first, then kind by kind, by name. InvalidArgument when test/good or
// all kinds of defect are missing.
absl::StatusOr<std::vector<TestPicture>> ListTestPictures(const std::string& root);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_PICTURES_PICTURE_FOLDER_H_
