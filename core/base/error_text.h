// What an error number of the system means.
#ifndef MLFSC_CORE_BASE_ERROR_TEXT_H_
#define MLFSC_CORE_BASE_ERROR_TEXT_H_

#include <cstring>
#include <string>

namespace mlfsc {

// "No such file or directory" for ENOENT. Thread-safe, which std::strerror need not be.
inline std::string ErrorText(int error) {
  char buffer[256];
  return strerror_r(error, buffer, sizeof(buffer));
}

}  // namespace mlfsc

#endif  // MLFSC_CORE_BASE_ERROR_TEXT_H_
