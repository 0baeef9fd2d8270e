// One turn at changing a category's folder.
#ifndef MLFSC_CORE_BUNDLE_CATEGORY_WRITER_H_
#define MLFSC_CORE_BUNDLE_CATEGORY_WRITER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/bundle/category_folder.h"
#include "core/bundle/file_system.h"

namespace mlfsc {

// Holds the category's lock from Begin to destruction: no other writer, of this process or another, is at
// work meanwhile, and one that was killed left its lock but not its turn. Every change is whole at every
// moment: what a reader finds, also after a crash between any two steps, is the state before or after it. On
// an error the state before is restored as far as the file system lets it. Not thread-safe.
//
// Why no version number is ever given twice: a version's number is first written to `.last_version`, which is
// replaced by a rename and fsynced, and only then does the version's folder take that name. So no reader has
// seen a number above `.last_version`, and the next number is above it whatever became of the folder since:
// deleted, lost in a crash, removed by hand. A crash between the two steps only skips a number. Folders that
// were copied in by hand count too, and before one is deleted `.last_version` is raised to it.
class CategoryWriter {
 public:
  // Waits for its turn, at most `lock_timeout`; makes the category's folder when it is missing and removes what
  // a killed writer left. Unavailable, with the name of who has the turn, when the time is over.
  static absl::StatusOr<std::unique_ptr<CategoryWriter>> Begin(FileSystem* files, const std::string& store,
                                                               const std::string& category,
                                                               absl::Duration lock_timeout);

  // Removes what killed writers left in the category, unless a living one is at work: that one did it itself.
  static absl::Status Clean(FileSystem* files, const std::string& store, const std::string& category);

  // Leaves nothing temporary, and no folder that never held a version.
  ~CategoryWriter();
  CategoryWriter(const CategoryWriter&) = delete;
  CategoryWriter& operator=(const CategoryWriter&) = delete;

  const CategoryFolder& folder() const { return folder_; }

  // Adds a version; returns its number.
  absl::StatusOr<int64_t> AddVersion(const BundleFiles& bundle);
  // Removes a version that is there.
  absl::Status RemoveVersion(int64_t version);
  // Removes the category with all its versions. Its numbers are remembered.
  absl::Status RemoveCategory();
  // Makes a version the one that answers.
  absl::Status SetActive(int64_t version);

 private:
  CategoryWriter(FileSystem* files, std::string store, CategoryFolder folder, std::unique_ptr<FileLock> lock);

  // What killed writers left: temporaries, and a category whose removal they began.
  absl::Status RemoveLeftovers();
  absl::Status FinishRemoval();
  // Replaces or makes a file that holds a number.
  absl::Status WriteNumber(const char* file, int64_t number);
  // The highest number that is or was in use.
  absl::StatusOr<int64_t> HighestVersion() const;

  FileSystem* const files_;
  const std::string store_;
  const CategoryFolder folder_;
  std::unique_ptr<FileLock> lock_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_BUNDLE_CATEGORY_WRITER_H_
