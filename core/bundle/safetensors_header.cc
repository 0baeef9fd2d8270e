#include "core/bundle/safetensors_header.h"

#include <limits>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/bundle/quoted.h"

namespace mlfsc {
namespace {

constexpr char kMetadataName[] = "__metadata__";

// Takes nlohmann's parse events; returning false ends the parse. The parser keeps its own stack, so nesting
// costs no recursion, and what is not the format ends it at once.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  // What was wrong, when the parse ended early.
  absl::Status TakeError() {
    return error_.ok() ? absl::InvalidArgumentError("header ends early") : std::move(error_);
  }
  SafetensorsHeader TakeHeader() { return std::move(header_); }

  bool null() override { return Unexpected("null"); }
  bool boolean(bool) override { return Unexpected("a boolean"); }
  bool number_integer(number_integer_t) override { return Unexpected("a negative number"); }
  bool number_float(number_float_t, const string_t&) override { return Unexpected("a fraction"); }
  bool binary(binary_t&) override { return Unexpected("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ != Place::kShape && place_ != Place::kOffsets) return Unexpected("a number");
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return Fail(absl::StrCat(value, " in '", field_, "' of ", Quoted(name_), " is beyond 2^63 - 1"));
    }
    (place_ == Place::kShape ? entry_.shape : offsets_).push_back(static_cast<int64_t>(value));
    return true;
  }

  bool string(string_t& value) override {
    if (place_ == Place::kMetadata) {
      header_.metadata[field_] = std::move(value);
      return true;
    }
    if (place_ == Place::kEntry && field_ == "dtype") {
      entry_.dtype = std::move(value);
      return true;
    }
    return Unexpected("a string");
  }

  bool start_object(size_t) override {
    switch (place_) {
      case Place::kOutside:
        place_ = Place::kTop;
        return true;
      case Place::kTop:
        place_ = name_ == kMetadataName ? Place::kMetadata : Place::kEntry;
        entry_ = {};
        offsets_.clear();
        fields_.clear();
        return true;
      default:
        return Unexpected("an object");
    }
  }

  bool key(string_t& value) override {
    if (place_ == Place::kTop) {
      if (!names_.insert(value).second) return Fail(absl::StrCat(Quoted(value), " is there twice"));
      name_ = std::move(value);
      return true;
    }
    if (!fields_.insert(value).second) {
      return Fail(absl::StrCat(Quoted(value), " is there twice in ", Quoted(name_)));
    }
    field_ = std::move(value);
    if (place_ == Place::kEntry && field_ != "dtype" && field_ != "shape" && field_ != "data_offsets") {
      return Fail(absl::StrCat(Quoted(name_), " has an unknown field ", Quoted(field_)));
    }
    return true;
  }

  bool end_object() override {
    if (place_ == Place::kTop) {
      place_ = Place::kOutside;
      return true;
    }
    if (place_ == Place::kEntry && !AddEntry()) return false;
    place_ = Place::kTop;
    return true;
  }

  bool start_array(size_t) override {
    if (place_ != Place::kEntry || field_ == "dtype") return Unexpected("an array");
    place_ = field_ == "shape" ? Place::kShape : Place::kOffsets;
    return true;
  }

  bool end_array() override {
    place_ = Place::kEntry;
    return true;
  }

  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) override {
    return Fail(absl::StrCat("header is not valid JSON at its byte ", position));
  }

 private:
  enum class Place { kOutside, kTop, kMetadata, kEntry, kShape, kOffsets };

  bool Fail(const std::string& message) {
    error_ = absl::InvalidArgumentError(message);
    return false;
  }

  bool Unexpected(const char* what) {
    if (place_ == Place::kOutside) return Fail(absl::StrCat("header is ", what, ", not an object"));
    const bool nested = place_ != Place::kTop;
    return Fail(
        absl::StrCat("header has ", what, " in ", nested ? Quoted(field_) + " of " : "", Quoted(name_)));
  }

  bool AddEntry() {
    // key() lets in known fields only, once each.
    if (fields_.size() != 3) {
      return Fail(absl::StrCat(Quoted(name_), " lacks one of dtype, shape and data_offsets"));
    }
    if (offsets_.size() != 2) {
      return Fail(absl::StrCat(Quoted(name_), " has ", offsets_.size(), " data_offsets instead of 2"));
    }
    entry_.begin = offsets_[0];
    entry_.end = offsets_[1];
    header_.tensors[name_] = std::move(entry_);
    return true;
  }

  SafetensorsHeader header_;
  absl::Status error_;
  Place place_ = Place::kOutside;
  // Keys seen: of the whole header, and of the object inside it that is being read.
  std::set<std::string> names_;
  std::set<std::string> fields_;
  // Keys that are open.
  std::string name_;
  std::string field_;
  TensorEntry entry_;
  std::vector<int64_t> offsets_;
};

}  // namespace

absl::StatusOr<SafetensorsHeader> ParseSafetensorsHeader(absl::string_view json) {
  HeaderReader reader;
  if (!nlohmann::json::sax_parse(json.begin(), json.end(), &reader)) return reader.TakeError();
  return reader.TakeHeader();
}

}  // namespace mlfsc
