#include "client/web/page_files.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace mlfsc::client {
namespace {

namespace fs = std::filesystem;

const char kIndex[] = "index.html";
// In index.html, where the page looks for its token.
const char kTokenMark[] = "PAGE_TOKEN";

// Empty for what is not part of a page.
std::string ContentType(const fs::path& path) {
  static const auto& types =
      *new std::map<std::string, std::string>{{".html", "text/html; charset=utf-8"},
                                              {".js", "text/javascript; charset=utf-8"},
                                              {".css", "text/css; charset=utf-8"},
                                              {".svg", "image/svg+xml"},
                                              {".png", "image/png"},
                                              {".txt", "text/plain; charset=utf-8"},
                                              {".webmanifest", "application/manifest+json"}};
  const auto found = types.find(path.extension().string());
  return found == types.end() ? "" : found->second;
}

absl::StatusOr<std::string> Read(const fs::path& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::ErrnoToStatus(errno, path.string());
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

}  // namespace

absl::StatusOr<PageFiles> ReadPageFiles(const std::string& folder, const std::string& page_token) {
  PageFiles files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string type = ContentType(entry->path());
    if (type.empty() || !entry->is_regular_file(error)) continue;
    absl::StatusOr<std::string> content = Read(entry->path());
    if (!content.ok()) return content.status();
    const std::string name = entry->path().filename().string();
    if (name == kIndex) {
      files["/"] = {absl::StrReplaceAll(*content, {{kTokenMark, page_token}}), type};
    } else {
      files[absl::StrCat("/", name)] = {*std::move(content), type};
    }
  }
  if (files.count("/") == 0) {
    return absl::NotFoundError(absl::StrCat(folder.empty() ? "share/mlfsc/page" : folder,
                                            ": the page is not there; build it (cmake --build --preset "
                                            "release --target mlfsc_web_page) or name its "
                                            "folder (--page)"));
  }
  return files;
}

std::string FindPage(const std::string& program) {
  for (fs::path folder = fs::path(program).parent_path(); !folder.empty(); folder = folder.parent_path()) {
    const fs::path page = folder / "share/mlfsc/page";
    std::error_code error;
    if (fs::is_regular_file(page / kIndex, error)) return page.string();
    if (folder == folder.parent_path()) break;
  }
  return "";
}

}  // namespace mlfsc::client
