// A test that names files as a user in a folder does.
#ifndef MLFSC_TESTS_TESTING_IN_FOLDER_H_
#define MLFSC_TESTS_TESTING_IN_FOLDER_H_

#include <filesystem>
#include <string>

namespace mlfsc::testing {

// Goes into a folder, and back when it is destroyed. The whole process goes: one at a time.
class InFolder {
 public:
  explicit InFolder(const std::string& folder) : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(folder);
  }
  ~InFolder() { std::filesystem::current_path(before_); }
  InFolder(const InFolder&) = delete;
  InFolder& operator=(const InFolder&) = delete;

 private:
  const std::filesystem::path before_;
};

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_TESTING_IN_FOLDER_H_
