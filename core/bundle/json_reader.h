// Reads the fields of a JSON document without trust, keeping the first thing that is wrong.
#ifndef MLFSC_CORE_BUNDLE_JSON_READER_H_
#define MLFSC_CORE_BUNDLE_JSON_READER_H_

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mlfsc {

// One object. InvalidArgument when `text` is no JSON, is nested more than eight deep, or has a name twice in
// one object; the message continues "FILE ...".
absl::StatusOr<nlohmann::json> ParseJson(absl::string_view text);

// Fields of one object. A field that is missing or of another type makes `*error` DataLoss, unless there is
// an error already, and reads as nothing; the caller looks at the error once, at the end. Copies share the
// document and the error, which outlive them.
class JsonReader {
 public:
  // `place`: what a message begins with. `object` may be null: every field is missing then.
  JsonReader(const nlohmann::json* object, std::string place, absl::Status* error);

  bool Has(const char* field) const;
  std::string String(const char* field) const;
  // Empty when it is not there.
  std::string OptionalString(const char* field) const;
  int Int(const char* field) const;
  uint64_t Uint64(const char* field) const;
  // Finite.
  double Double(const char* field) const;
  // `otherwise` when it is not there.
  int OptionalInt(const char* field, int otherwise) const;
  double OptionalDouble(const char* field, double otherwise) const;
  JsonReader Object(const char* field) const;

  // For what the caller finds wrong with a field: "is below 2".
  void Fail(const char* field, absl::string_view what) const;

 private:
  // Null when it is not there; an error then.
  const nlohmann::json* Find(const char* field) const;

  const nlohmann::json* object_;
  std::string place_;
  absl::Status* error_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_BUNDLE_JSON_READER_H_
