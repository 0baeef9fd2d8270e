#include "server/logger.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace mlfsc {
namespace {

using Json = nlohmann::ordered_json;

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

LogLevel FromSpdlog(spdlog::level::level_enum level) {
  if (level <= spdlog::level::debug) return LogLevel::kDebug;
  if (level == spdlog::level::info) return LogLevel::kInfo;
  return level == spdlog::level::warn ? LogLevel::kWarning : LogLevel::kError;
}

// Hands what it gets to a logger of ours.
class Forwarder : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit Forwarder(Logger* to) : to_(to) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    to_->Log(FromSpdlog(message.level), "message",
             {{"text", std::string(message.payload.data(), message.payload.size())}});
  }
  void flush_() override {}

  Logger* const to_;
};

Json ToJson(const LogField& field) {
  return std::visit([](const auto& value) { return Json(value); }, field.value);
}

// Bytes that are no UTF-8 (they may come from a client) are replaced, not thrown at.
std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

bool IsPlain(const std::string& value) {
  return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c)) && c != '"' && c != '=' && c != '\\';
  });
}

std::string TextValue(const LogField& field) {
  const auto* text = std::get_if<std::string>(&field.value);
  if (text != nullptr && IsPlain(*text)) return *text;
  return Dump(ToJson(field));
}

}  // namespace

Logger::Logger(LogFormat format, LogLevel level, std::shared_ptr<spdlog::sinks::sink> sink)
    : format_(format), logger_(std::make_unique<spdlog::logger>("mlfsc", std::move(sink))) {
  // The line of a JSON event is completed by Log: the pattern gives its first members.
  const char* pattern = format == LogFormat::kJson ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                                   : "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
  logger_->set_formatter(
      std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc));
  logger_->set_level(ToSpdlog(level));
  logger_->flush_on(spdlog::level::debug);
}

std::unique_ptr<Logger> Logger::ToStderr(LogFormat format, LogLevel level) {
  return std::make_unique<Logger>(format, level, std::make_shared<spdlog::sinks::stderr_sink_mt>());
}

Logger::~Logger() {
  // One that writes nowhere.
  if (adopted_) spdlog::set_default_logger(std::make_shared<spdlog::logger>(""));
}

void Logger::AdoptDefault() {
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("", std::make_shared<Forwarder>(this)));
  adopted_ = true;
}

bool Logger::enabled(LogLevel level) const { return logger_->should_log(ToSpdlog(level)); }

void Logger::Log(LogLevel level, absl::string_view event, const std::vector<LogField>& fields) {
  if (!enabled(level)) return;
  std::string line;
  if (format_ == LogFormat::kJson) {
    Json object;
    object["event"] = std::string(event);
    for (const LogField& field : fields) object[field.name] = ToJson(field);
    line = Dump(object);
    line = line.substr(1, line.size() - 2);
  } else {
    line = std::string(event);
    for (const LogField& field : fields) absl::StrAppend(&line, " ", field.name, "=", TextValue(field));
  }
  logger_->log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace mlfsc
