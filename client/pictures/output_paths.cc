#include "client/pictures/output_paths.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mlfsc::client {
namespace {

namespace fs = std::filesystem;

fs::path Absolute(const fs::path& path) {
  std::error_code error;
  const fs::path canonical = fs::weakly_canonical(fs::absolute(path, error), error);
  return error ? path : canonical;
}

fs::path CommonFolder(const std::vector<fs::path>& pictures) {
  if (pictures.empty()) return fs::path();
  fs::path common = pictures.front().parent_path();
  for (const fs::path& picture : pictures) {
    const fs::path folder = picture.parent_path();
    const auto end = std::mismatch(common.begin(), common.end(), folder.begin(), folder.end()).first;
    fs::path shared;
    for (auto part = common.begin(); part != end; ++part) shared /= *part;
    common = shared;
  }
  return common;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> OutputPaths(const std::vector<std::string>& pictures,
                                                     const std::string& folder,
                                                     const std::string& extension) {
  std::vector<fs::path> inputs;
  for (const std::string& picture : pictures) inputs.push_back(Absolute(picture));
  const std::set<fs::path> originals(inputs.begin(), inputs.end());
  const fs::path common = CommonFolder(inputs);
  std::map<fs::path, std::string> taken;
  std::vector<std::string> outputs;
  for (size_t i = 0; i < inputs.size(); ++i) {
    fs::path output = fs::path(folder) / inputs[i].lexically_relative(common);
    output.replace_extension(extension);
    if (originals.count(Absolute(output)) > 0) {
      return absl::InvalidArgumentError(
          absl::StrCat(output.string(), " would take the place of a picture; choose another folder"));
    }
    const auto [other, is_new] = taken.emplace(output, pictures[i]);
    if (!is_new) {
      return absl::InvalidArgumentError(
          absl::StrCat(other->second, " and ", pictures[i], " would both become ", output.string()));
    }
    outputs.push_back(output.string());
  }
  return outputs;
}

}  // namespace mlfsc::client
