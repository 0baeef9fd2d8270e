// A made-up category to try the program on.
#ifndef MLFSC_CLIENT_GENERATOR_GENERATOR_H_
#define MLFSC_CLIENT_GENERATOR_GENERATOR_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "core/base/thread_pool.h"

namespace mlfsc::client {

struct GeneratorOptions {
  // Good pictures to learn from, good pictures to test with, and pictures of each kind of defect.
  int train = 60;
  int test_good = 20;
  int test_defective = 8;
  // Pixels a side; 64 to 4096.
  int size = 256;
  uint64_t seed = 0;
};

// Writes woven cloth, good and with six kinds of defect, to `folder` in the layout of MVTec AD
// (client/pictures/picture_folder.h), as PNG. The same options give the same files, byte for byte, and a
// picture does not depend on how many there are. `on_progress(done, total)` is called after each picture, by
// one thread at a time. InvalidArgument for options out of range, AlreadyExists when there is something in
// `folder`.
absl::Status GeneratePictures(const GeneratorOptions& options, const std::string& folder, ThreadPool* threads,
                              const std::function<void(int, int)>& on_progress);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_GENERATOR_GENERATOR_H_
