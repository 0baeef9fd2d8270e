// Which of a data set's files are masks of its test pictures.
#ifndef MLFSC_CLIENT_PICTURES_MASK_FINDER_H_
#define MLFSC_CLIENT_PICTURES_MASK_FINDER_H_

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/pictures/data_set.h"
#include "client/pictures/mask_names.h"

namespace mlfsc::client {

// Not thread-safe.
class MaskFinder {
 public:
  // `root`: the data set.
  explicit MaskFinder(const std::string& root);

  // Of every kind, before Find. `beside`: masks that lie beside the pictures.
  void Add(const std::vector<TestPicture>& pictures, const std::vector<std::string>& beside);

  // Gives a picture its masks: a good one `masks_of_good`, any other `masks`. `kind_folder`: where the
  // pictures of its kind are.
  absl::Status Find(const std::filesystem::path& kind_folder, TestPicture* picture);

  // What else there is, once every picture of `set` has its masks.
  absl::StatusOr<OtherMasks> Others(const TestSet& set) const;

 private:
  std::vector<std::filesystem::path> PlacesOf(const std::filesystem::path& kind_folder,
                                              const TestPicture& picture) const;
  bool IsTheOnlyOne(const TestPicture& picture, const std::string& name) const;
  std::vector<std::string> Beside(const std::filesystem::path& picture) const;
  absl::StatusOr<MaskFolder*> Open(const std::filesystem::path& path);
  absl::Status GoThroughRoot(const TestSet& set, OtherMasks* others) const;

  // Empty when there is none.
  const std::string root_;
  // Pictures of a name, and of "kind/name"; of a name, the good ones apart.
  std::map<std::string, int> times_;
  std::map<std::string, int> times_good_;
  std::set<std::string> beside_;
  std::map<std::filesystem::path, MaskFolder> folders_;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_PICTURES_MASK_FINDER_H_
