// The files that the inspection page is made of.
#ifndef MLFSC_CLIENT_WEB_PAGE_FILES_H_
#define MLFSC_CLIENT_WEB_PAGE_FILES_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"

namespace mlfsc::client {

struct PageFile {
  std::string content;
  std::string content_type;
};

// By path as a browser asks for it ("/", "/page.js"). All there is: what is not in here is not served,
// whatever the path.
using PageFiles = std::map<std::string, PageFile>;

// Reads every file right in `folder`; index.html is "/", with `page_token` in place of the mark that it has
// for it. NotFound when there is no index.html, with the way to build one.
absl::StatusOr<PageFiles> ReadPageFiles(const std::string& folder, const std::string& page_token);

// The folder share/mlfsc/page beside `program` or above it; empty when there is none.
std::string FindPage(const std::string& program);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_WEB_PAGE_FILES_H_
