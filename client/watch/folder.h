// What is in a watched folder, and whether it is still what it was.
#ifndef MLFSC_CLIENT_WATCH_FOLDER_H_
#define MLFSC_CLIENT_WATCH_FOLDER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace mlfsc::client {

// One state of one file, as the file system tells it. Times are in nanoseconds since 1970.
struct PictureFile {
  // Within the watched folder.
  std::string name;
  int64_t size = 0;
  // When it was last written (mtime); programs may set it to anything.
  int64_t time_ns = 0;
  // When anything about it last changed (ctime); nobody can set it.
  int64_t change_ns = 0;
  int64_t inode = 0;

  friend bool operator==(const PictureFile& a, const PictureFile& b) {
    return std::tie(a.name, a.size, a.time_ns, a.change_ns, a.inode) ==
           std::tie(b.name, b.size, b.time_ns, b.change_ns, b.inode);
  }
  friend bool operator<(const PictureFile& a, const PictureFile& b) {
    return std::tie(a.time_ns, a.name, a.size) < std::tie(b.time_ns, b.name, b.size);
  }
};

// The picture files right in `folder`, hidden ones left out, oldest change first. Files that go away
// meanwhile are left out. NotFound when there is no such folder.
absl::StatusOr<std::vector<PictureFile>> ListPictureFiles(const std::string& folder);

// Names right in `folder` that are a picture's by their ending, of what is no file that could be one: dead links, sockets.
absl::StatusOr<std::vector<std::string>> ListNoFiles(const std::string& folder);

// What the file `name` of `folder` is now; nothing when there is none.
std::optional<PictureFile> LookAt(const std::string& folder, const std::string& name);

// What two looks at a file say of what is in it.
enum class Content {
  kSame,
  kOther,
  // The file system cannot tell: its bytes must be compared.
  kOpen,
};

// `before` has been read; `sure`: IsSure held then. Another size or time: it was written anew, and is another
// picture. The same size and time with another inode or ctime: perhaps only its rights were changed, perhaps
// it was overwritten and its time set back.
Content Compare(const PictureFile& before, bool sure, const PictureFile& now);

// Whether a change of `file` after `read_at`, when it was begun to be read, would show in its ctime. Not when
// the last one was within the clock's step. The step is 2 s where all times are whole seconds or hundredths
// (FAT, exFAT, old ext file systems, and what is shared from them), else 20 ms.
bool IsSure(const PictureFile& file, absl::Time read_at);

// Whether times are so coarse that ctime may not be one of its own (FAT has none): after a restart, only the
// bytes tell whether such a file was overwritten.
bool HasCoarseTimes(const PictureFile& file);

// Whether other machines may write there unseen: NFS, SMB, FUSE and the like.
bool IsOnNetwork(const std::string& path);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_WATCH_FOLDER_H_
