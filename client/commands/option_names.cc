#include "client/commands/option_names.h"

#include "absl/strings/str_cat.h"

namespace mlfsc::client {
namespace {

template <typename Value>
std::string NameIn(const Names<Value>& names, Value value) {
  for (const auto& [name, named] : names) {
    if (named == value) return name;
  }
  return "";
}

}  // namespace

const Names<v1::FeatureSource>& SourceNames() {
  static const auto& names = *new Names<v1::FeatureSource>{
      {"pyramid", v1::PYRAMID}, {"single_pass", v1::SINGLE_PASS}, {"pixels", v1::PIXELS}};
  return names;
}

const Names<v1::ResizeMethod>& ResizeNames() {
  static const auto& names = *new Names<v1::ResizeMethod>{{"area", v1::AREA}, {"bilinear", v1::BILINEAR}};
  return names;
}

const Names<v1::Coder>& CoderNames() {
  static const auto& names = *new Names<v1::Coder>{{"lasso", v1::LASSO}, {"omp", v1::OMP}};
  return names;
}

const Names<v1::ScoreMethod>& ScoreNames() {
  static const auto& names = *new Names<v1::ScoreMethod>{
      {"fused", v1::FUSED}, {"whitened", v1::WHITENED}, {"sum", v1::SUM}};
  return names;
}

const Names<v1::OutlierAction>& OutlierNames() {
  static const auto& names = *new Names<v1::OutlierAction>{{"warn", v1::WARN}, {"drop", v1::DROP}};
  return names;
}

std::string Name(v1::FeatureSource source) { return NameIn(SourceNames(), source); }
std::string Name(v1::ResizeMethod method) { return NameIn(ResizeNames(), method); }
std::string Name(v1::Coder coder) { return NameIn(CoderNames(), coder); }
std::string Name(v1::ScoreMethod method) { return NameIn(ScoreNames(), method); }

std::string Name(v1::OutlierAction action) { return NameIn(OutlierNames(), action); }

std::string Name(v1::Notice::Code code) {
  static const auto& names = *new Names<v1::Notice::Code>{{"few_pictures", v1::Notice::FEW_PICTURES},
                                                          {"copies", v1::Notice::COPIES},
                                                          {"nok_out_of_reach", v1::Notice::NOK_OUT_OF_REACH},
                                                          {"threshold_replaced", v1::Notice::THRESHOLD_REPLACED}};
  return NameIn(names, code);
}

std::string Name(v1::Verdict verdict) {
  static const auto& names =
      *new Names<v1::Verdict>{{"OK", v1::OK}, {"REVIEW", v1::REVIEW}, {"NOK", v1::NOK}};
  return NameIn(names, verdict);
}

std::string Name(v1::TrainProgress::Phase phase) {
  static const auto& names = *new Names<v1::TrainProgress::Phase>{
      {"waiting", v1::TrainProgress::WAITING},         {"features", v1::TrainProgress::FEATURES},
      {"learning", v1::TrainProgress::LEARNING},       {"statistics", v1::TrainProgress::STATISTICS},
      {"calibration", v1::TrainProgress::CALIBRATION}, {"publishing", v1::TrainProgress::PUBLISHING}};
  return NameIn(names, phase);
}

std::string Describe(const v1::CategoryOptions& options) {
  std::string description = absl::StrCat(Name(options.score_method()), " score, ", Name(options.coder()),
                                         " codes, ", Name(options.feature_source()), " features");
  if (options.has_input_size()) absl::StrAppend(&description, " at ", options.input_size(), " px");
  return description;
}

}  // namespace mlfsc::client
