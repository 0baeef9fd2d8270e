// Backbone files for tests: the shipped one, and changed copies of it.
#ifndef MLFSC_TESTS_MODELS_BACKBONE_FIXTURE_H_
#define MLFSC_TESTS_MODELS_BACKBONE_FIXTURE_H_

#include <fstream>
#include <string>

#include "core/bundle/safetensors.h"
#include "tests/testing/golden.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc::testing {

inline const char kShippedBackbone[] = MLFSC_SOURCE_DIR "/models/vgg16/vgg16-imagenet.fp16.safetensors";

inline SafetensorsFile ShippedBackbone() { return ParseSafetensors(ReadFile(kShippedBackbone)).value(); }

// A file that lives as long as this object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& bytes) : path_(folder_.path() + "/backbone.safetensors") {
    std::ofstream(path_, std::ios::binary) << bytes;
  }

  const std::string& path() const { return path_; }

 private:
  const TemporaryFolder folder_;
  const std::string path_;
};

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_MODELS_BACKBONE_FIXTURE_H_
