// The log: one event a line, for people or for machines.
#ifndef MLFSC_SERVER_LOGGER_H_
#define MLFSC_SERVER_LOGGER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"

namespace spdlog {
class logger;
namespace sinks {
class sink;
}  // namespace sinks
}  // namespace spdlog

namespace mlfsc {

enum class LogLevel { kDebug, kInfo, kWarning, kError };
enum class LogFormat { kText, kJson };

struct LogField {
  std::string name;
  std::variant<std::string, int64_t, double> value;
};

// Thread-safe.
class Logger {
 public:
  // Writes events of `level` and above to `sink`.
  Logger(LogFormat format, LogLevel level, std::shared_ptr<spdlog::sinks::sink> sink);
  // To standard error.
  static std::unique_ptr<Logger> ToStderr(LogFormat format, LogLevel level);
  ~Logger();

  // What the program's other parts say through spdlog's default logger becomes events named "message", from
  // now until the logger's end.
  void AdoptDefault();

  // Whether events of `level` are written at all: what a costly one is worth.
  bool enabled(LogLevel level) const;

  // Text: `2026-01-31T12:00:00.000Z info call method=Score ms=12.5`, strings quoted where they need it.
  // JSON: one object with time, level, event and the fields. Neither ever holds a line break.
  void Log(LogLevel level, absl::string_view event, const std::vector<LogField>& fields);

 private:
  const LogFormat format_;
  bool adopted_ = false;
  const std::unique_ptr<spdlog::logger> logger_;
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_LOGGER_H_
