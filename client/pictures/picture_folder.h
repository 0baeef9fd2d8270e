// Folders of pictures.
#ifndef MLFSC_CLIENT_PICTURES_PICTURE_FOLDER_H_
#define MLFSC_CLIENT_PICTURES_PICTURE_FOLDER_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace mlfsc::client {

// Whether `name` ends in .png, .jpg, .jpeg, .bmp, .tif or .tiff, in either case.
bool HasPictureEnding(const std::string& name);

// Files of a folder that are not taken.
struct PassedOver {
  // Ending in lower case, with its dot, to the number of files; "" for those without one. Hidden files (their
  // names begin with a dot) are not counted.
  std::map<std::string, int> others;
  // Masks that lie beside their pictures: see mask_names.h.
  int masks = 0;
  // Pictures below sub-folders, and the first of those folders.
  int below = 0;
  int sub_folders = 0;
  std::string first_sub_folder;

  void Add(const PassedOver& more);
  bool empty() const { return others.empty() && masks == 0 && below == 0; }
};

// "57 other files passed over: 40 .webp, 17 .txt; 24 pictures in 10 sub-folders (a/2026-11-01, ...) passed
// over:
// --recursive takes them". Empty when there is nothing to say.
std::string Describe(const PassedOver& passed_over);

struct FolderOptions {
  // Whether sub-folders are gone through, those behind links included, each once.
  bool recursive = false;
  // Whether masks that lie beside their pictures are no pictures: files that PictureOfMask (mask_names.h)
  // says are of a picture beside them; what is in a folder that is called as the picture beside it, without
  // its ending, or in one that IsMaskFolderName.
  bool masks_apart = false;
};

struct FolderListing {
  // Paths, sorted by the bytes of their names: the same folder gives the same order everywhere. May be none.
  std::vector<std::string> pictures;
  // With masks_apart, likewise.
  std::vector<std::string> masks;
  PassedOver passed_over;
};

// The pictures of `folder`. Dead links, empty files and the like are listed: who opens them says what is
// wrong with them. NotFound when there is no such folder.
absl::StatusOr<FolderListing> ListFolder(const std::string& folder, const FolderOptions& options = {});

// As ListFolder; InvalidArgument when there is no picture in it, with what there is instead.
absl::StatusOr<FolderListing> ListFolderOfPictures(const std::string& folder,
                                                   const FolderOptions& options = {});

// Alone the pictures of ListFolderOfPictures.
absl::StatusOr<std::vector<std::string>> ListPictures(const std::string& folder);

// The names alone of what is right in `folder`; none is no error.
absl::StatusOr<std::vector<std::string>> ListPictureNames(const std::string& folder);

// `paths` with every folder among them replaced by its pictures. `passed_over`: what was not taken of all of
// them; may be null.
absl::StatusOr<std::vector<std::string>> ExpandFolders(const std::vector<std::string>& paths,
                                                       const FolderOptions& options = {},
                                                       PassedOver* passed_over = nullptr);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_PICTURES_PICTURE_FOLDER_H_
