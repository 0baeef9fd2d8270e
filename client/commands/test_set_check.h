// Looking at a test set before anything is done with it.
#ifndef MLFSC_CLIENT_COMMANDS_TEST_SET_CHECK_H_
#define MLFSC_CLIENT_COMMANDS_TEST_SET_CHECK_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/commands/context.h"
#include "client/pictures/data_set.h"
#include "client/pictures/picture_file.h"

namespace mlfsc::client {

// A picture that takes no part, and why.
struct LeftOut {
  std::string path;
  // Empty for one to learn from.
  std::string kind;
  // Names the path.
  std::string reason;
};

struct CheckOptions {
  // Of the pictures; a mask is read as it is.
  PictureReading reading;
  MaskFrame mask_frame = MaskFrame::kBySides;
  // A picture that cannot be read is an error.
  bool strict = false;
  int jobs = 1;
};

struct CheckedTestSet {
  // Those that can be read, with their frames.
  std::vector<TestPicture> pictures;
  std::vector<LeftOut> left_out;
};

// Decodes every picture and every mask of `set`, `options.jobs` at once, and says on `err`, with `name` in
// front, what there is: pictures, masks, kinds without masks, kinds without pictures, masks of no picture or
// kind, files that are passed over, pictures that cannot be read, masks that look inverted or contradict a
// good picture. InvalidArgument for masks that cannot be used (each is named on `err`), for what `strict`
// forbids, and when no picture is left.
absl::StatusOr<CheckedTestSet> CheckTestSet(const Context& context, const std::string& name, TestSet set,
                                            const CheckOptions& options);

// Decodes every picture; leaves out, and names on `err`, those that cannot be read. `skip_bad` false: the
// first of them is the error. Of `options` only how files are read and how many at once matter.
absl::StatusOr<std::vector<std::string>> CheckTrainingSet(const Context& context, const std::string& name,
                                                          const std::vector<std::string>& pictures,
                                                          bool skip_bad, const CheckOptions& options);

// Says "NAME: REMARK" on `err`; nothing when `remark` is empty.
void Remark(const Context& context, const std::string& name, const std::string& remark);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_TEST_SET_CHECK_H_
