#include "server/metrics/metrics.h"

#include <iterator>
#include <utility>

namespace mlfsc {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;

constexpr char kService[] = "mlfsc.v1.InspectionService";
constexpr char kOther[] = "(other)";

// From a decode of one millisecond to a call that waited half a minute; closest where a Score on a CPU lies,
// alone (30 to 100 ms) and among others (100 to 300 ms).
const Histogram::BucketBoundaries& Seconds() {
  static const auto& bounds =
      *new Histogram::BucketBoundaries{0.001, 0.0025, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1,
                                       0.15,  0.2,    0.3,   0.5,  0.75,  1,    2.5,  5,    10,   30};
  return bounds;
}

// Spelt as gRPC spells its codes in metrics.
const char* CodeName(absl::StatusCode code) {
  static constexpr const char* kNames[] = {
      "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
      "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
      "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
      "DataLoss", "Unauthenticated"};
  const int index = static_cast<int>(code);
  return index >= 0 && index < static_cast<int>(std::size(kNames)) ? kNames[index] : "Unknown";
}

// Of arrays by code.
size_t CodeIndex(absl::StatusCode code) {
  const int index = static_cast<int>(code);
  const bool known = index >= 0 && index <= static_cast<int>(absl::StatusCode::kUnauthenticated);
  return static_cast<size_t>(known ? index : static_cast<int>(absl::StatusCode::kUnknown));
}

std::string Text(absl::string_view text) { return std::string(text); }

}  // namespace

struct Metrics::Method {
  Counter* started = nullptr;
  Histogram* seconds = nullptr;
  std::array<Counter*, kCodes> handled{};
};

struct Metrics::Category {
  std::string label;
  Histogram* score = nullptr;
  Gauge* expected_score = nullptr;
  std::array<Counter*, 3> verdicts{};
  Gauge* bundle = nullptr;
  int64_t active_version = 0;
};

Metrics::Metrics(const BuildInfo& build)
    : registry_(std::make_shared<prometheus::Registry>()),
      started_(
          BuildCounter().Name("grpc_server_started_total").Help("Calls that came in.").Register(*registry_)),
      handled_(BuildCounter()
                   .Name("grpc_server_handled_total")
                   .Help("Calls that ended, by status code.")
                   .Register(*registry_)),
      handling_seconds_(BuildHistogram()
                            .Name("grpc_server_handling_seconds")
                            .Help("From a call's arrival to its answer, in seconds.")
                            .Register(*registry_)),
      scores_(
          BuildHistogram()
              .Name("mlfsc_score")
              .Help("Normalised scores: 0.5 is the threshold. Their drift is the product's or the camera's.")
              .Register(*registry_)),
      verdicts_(BuildCounter()
                    .Name("mlfsc_verdicts_total")
                    .Help("Pictures scored, by verdict.")
                    .Register(*registry_)),
      bundle_info_(BuildGauge()
                       .Name("mlfsc_bundle_info")
                       .Help("1 for the version that answers for a category; version 0: its active one "
                             "cannot be used.")
                       .Register(*registry_)),
      expected_scores_(BuildGauge()
                           .Name("mlfsc_score_expected")
                           .Help("Middle of the good pictures' normalised scores, by the calibration.")
                           .Register(*registry_)) {
  BuildGauge()
      .Name("mlfsc_build_info")
      .Help("1; the labels tell what runs.")
      .Register(*registry_)
      .Add({{"version", build.version},
            {"features", build.features},
            {"backbone_sha256", build.backbone_sha256}})
      .Set(1);

  auto& stage_seconds = BuildHistogram()
                            .Name("mlfsc_stage_seconds")
                            .Help("A scored picture's time in each stage, in seconds.")
                            .Register(*registry_);
  auto& batch_size = BuildHistogram()
                         .Name("mlfsc_batch_size")
                         .Help("Pictures that went through a stage at once.")
                         .Register(*registry_);
  auto& queue_depth =
      BuildGauge().Name("mlfsc_queue_depth").Help("Pictures that wait before a stage.").Register(*registry_);
  auto& queue_capacity = BuildGauge()
                             .Name("mlfsc_queue_capacity")
                             .Help("Pictures that may wait before a stage.")
                             .Register(*registry_);
  auto& rejected = BuildCounter()
                       .Name("mlfsc_rejected_total")
                       .Help("Pictures that a stage did not work on, by reason.")
                       .Register(*registry_);
  for (int s = 0; s < kStages; ++s) {
    const Stage stage = static_cast<Stage>(s);
    const std::string name = Text(StageName(stage));
    stage_seconds_[s] = &stage_seconds.Add({{"stage", name}}, Seconds());
    if (stage == Stage::kFeatures) {
      batch_size_[s] =
          &batch_size.Add({{"stage", name}}, Histogram::BucketBoundaries{1, 2, 3, 4, 6, 8, 12, 16, 32});
    }
    if (stage == Stage::kQueue || stage == Stage::kScoring) continue;
    queue_depth_[s] = &queue_depth.Add({{"stage", name}});
    queue_capacity_[s] = &queue_capacity.Add({{"stage", name}});
    for (int r = 0; r < kDropReasons; ++r) {
      rejected_[s][r] =
          &rejected.Add({{"stage", name}, {"reason", Text(DropReasonName(static_cast<DropReason>(r)))}});
    }
  }

  auto& memory = BuildGauge()
                     .Name("mlfsc_memory_budget_bytes")
                     .Help("Bytes that pictures, maps and answers may take together (limit), and those that are "
                           "charged for them now (used).")
                     .Register(*registry_);
  memory_limit_ = &memory.Add({{"state", "limit"}});
  memory_used_ = &memory.Add({{"state", "used"}});

  auto& decoder_ends = BuildCounter()
                           .Name("mlfsc_decoder_restarts_total")
                           .Help("Decoding processes that ended or did not start, by cause.")
                           .Register(*registry_);
  for (int c = 0; c < kDecoderEndCauses; ++c) {
    decoder_ends_[c] =
        &decoder_ends.Add({{"cause", Text(DecoderEndCauseName(static_cast<DecoderEndCause>(c)))}});
  }

  auto& trainings = BuildCounter()
                        .Name("mlfsc_trainings_total")
                        .Help("Trainings that ended, by status code.")
                        .Register(*registry_);
  for (int code = 0; code < kCodes; ++code) {
    trainings_[code] = &trainings.Add({{"code", CodeName(static_cast<absl::StatusCode>(code))}});
  }
  training_running_ =
      &BuildGauge().Name("mlfsc_training_running").Help("Trainings under way.").Register(*registry_).Add({});
  training_spool_ = &BuildGauge()
                         .Name("mlfsc_training_spool_bytes")
                         .Help("What trainings hold on disk now.")
                         .Register(*registry_)
                         .Add({});
  training_seconds_ = &BuildHistogram()
                           .Name("mlfsc_training_seconds")
                           .Help("From a training's start to its end, in seconds.")
                           .Register(*registry_)
                           .Add({}, Histogram::BucketBoundaries{1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600});
  training_pictures_ = &BuildCounter()
                            .Name("mlfsc_training_pictures_total")
                            .Help("Pictures that finished trainings learnt from.")
                            .Register(*registry_)
                            .Add({});
}

Metrics::~Metrics() = default;

void Metrics::OnStage(Stage stage, absl::Duration duration) {
  stage_seconds_[static_cast<int>(stage)]->Observe(absl::ToDoubleSeconds(duration));
}

void Metrics::OnBatch(Stage stage, int size) {
  if (Histogram* histogram = batch_size_[static_cast<int>(stage)]; histogram != nullptr)
    histogram->Observe(size);
}

void Metrics::OnQueueCapacity(Stage stage, int capacity) {
  if (Gauge* gauge = queue_capacity_[static_cast<int>(stage)]; gauge != nullptr) gauge->Set(capacity);
}

void Metrics::OnQueueDepth(Stage stage, int depth) {
  if (Gauge* gauge = queue_depth_[static_cast<int>(stage)]; gauge != nullptr) gauge->Set(depth);
}

void Metrics::OnDrop(Stage stage, DropReason reason) {
  Counter* counter = rejected_[static_cast<int>(stage)][static_cast<int>(reason)];
  if (counter != nullptr) counter->Increment();
}

void Metrics::OnMemoryLimit(int64_t bytes) { memory_limit_->Set(static_cast<double>(bytes)); }

void Metrics::OnMemoryUsed(int64_t bytes) { memory_used_->Set(static_cast<double>(bytes)); }

void Metrics::OnDecoderEnd(DecoderEndCause cause) { decoder_ends_[static_cast<int>(cause)]->Increment(); }

Metrics::Method& Metrics::MethodOf(absl::string_view method, absl::string_view type) {
  const auto found = methods_.find(Text(method));
  if (found != methods_.end()) return *found->second;
  const std::map<std::string, std::string> labels = {
      {"grpc_type", Text(type)}, {"grpc_service", kService}, {"grpc_method", Text(method)}};
  auto series = std::make_unique<Method>();
  series->started = &started_.Add(labels);
  series->seconds = &handling_seconds_.Add(labels, Seconds());
  for (int code = 0; code < kCodes; ++code) {
    std::map<std::string, std::string> with_code = labels;
    with_code["grpc_code"] = CodeName(static_cast<absl::StatusCode>(code));
    series->handled[code] = &handled_.Add(with_code);
  }
  return *methods_.emplace(Text(method), std::move(series)).first->second;
}

void Metrics::OnCallStarted(absl::string_view method, absl::string_view type) {
  MutexLock lock(&mutex_);
  MethodOf(method, type).started->Increment();
}

void Metrics::OnCallEnded(absl::string_view method, absl::string_view type, absl::StatusCode code,
                          absl::Duration duration) {
  MutexLock lock(&mutex_);
  Method& series = MethodOf(method, type);
  series.handled[CodeIndex(code)]->Increment();
  series.seconds->Observe(absl::ToDoubleSeconds(duration));
}

Metrics::Category& Metrics::CategoryOf(const std::string& category) {
  auto found = categories_.find(category);
  if (found == categories_.end() && categories_.size() >= kMaxCategories) found = categories_.find(kOther);
  if (found != categories_.end()) return *found->second;
  auto series = std::make_unique<Category>();
  series->label = categories_.size() < kMaxCategories ? category : kOther;
  series->score = &scores_.Add(
      {{"category", series->label}},
      Histogram::BucketBoundaries{0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99});
  for (const Verdict verdict : {Verdict::kOk, Verdict::kReview, Verdict::kNok}) {
    series->verdicts[static_cast<int>(verdict)] =
        &verdicts_.Add({{"category", series->label}, {"verdict", Text(VerdictName(verdict))}});
  }
  const std::string label = series->label;
  return *categories_.emplace(label, std::move(series)).first->second;
}

void Metrics::OnInspected(const std::string& category, double normalised_score, Verdict verdict,
                          double expected_score) {
  MutexLock lock(&mutex_);
  Category& series = CategoryOf(category);
  if (series.label != kOther) {
    if (series.expected_score == nullptr) {
      series.expected_score = &expected_scores_.Add({{"category", series.label}});
    }
    series.expected_score->Set(expected_score);
  }
  series.score->Observe(normalised_score);
  series.verdicts[static_cast<int>(verdict)]->Increment();
}

void Metrics::OnActiveVersion(const std::string& category, int64_t version) {
  MutexLock lock(&mutex_);
  Category& series = CategoryOf(category);
  if (series.label == kOther || (series.bundle != nullptr && series.active_version == version)) return;
  if (series.bundle != nullptr) bundle_info_.Remove(series.bundle);
  series.active_version = version;
  series.bundle = &bundle_info_.Add({{"category", series.label}, {"version", std::to_string(version)}});
  series.bundle->Set(1);
}

void Metrics::OnNoActiveVersion(const std::string& category) {
  MutexLock lock(&mutex_);
  const auto found = categories_.find(category);
  if (found == categories_.end() || found->second->bundle == nullptr) return;
  bundle_info_.Remove(std::exchange(found->second->bundle, nullptr));
}

void Metrics::Remove(Category* category) {
  scores_.Remove(category->score);
  for (Counter* verdict : category->verdicts) verdicts_.Remove(verdict);
  if (category->expected_score != nullptr) expected_scores_.Remove(category->expected_score);
  if (category->bundle != nullptr) bundle_info_.Remove(category->bundle);
}

void Metrics::OnCategoryDeleted(const std::string& category) {
  MutexLock lock(&mutex_);
  const auto found = categories_.find(category);
  if (found == categories_.end()) return;
  Remove(found->second.get());
  categories_.erase(found);
}

void Metrics::OnTrainingStarted() { training_running_->Increment(); }

void Metrics::OnSpool(int64_t bytes) { training_spool_->Set(static_cast<double>(bytes)); }

void Metrics::OnTrainingEnded(absl::StatusCode code, absl::Duration duration, int64_t pictures) {
  training_running_->Decrement();
  training_seconds_->Observe(absl::ToDoubleSeconds(duration));
  if (code == absl::StatusCode::kOk) training_pictures_->Increment(static_cast<double>(pictures));
  trainings_[CodeIndex(code)]->Increment();
}

int Metrics::queue_depth(Stage stage) const {
  return static_cast<int>(queue_depth_[static_cast<int>(stage)]->Value());
}

int Metrics::queue_capacity(Stage stage) const {
  return static_cast<int>(queue_capacity_[static_cast<int>(stage)]->Value());
}

int Metrics::trainings_running() const { return static_cast<int>(training_running_->Value()); }

}  // namespace mlfsc
