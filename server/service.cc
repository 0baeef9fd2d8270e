#include "server/service.h"

#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "core/base/contained.h"
#include "server/convert/category.h"
#include "server/convert/inspection.h"
#include "server/convert/statistics.h"
#include "server/convert/status.h"
#include "server/convert/time.h"
#include "server/export_call.h"
#include "server/train_call.h"

namespace mlfsc {
namespace {

constexpr Method kTrain = {"Train", "bidi_stream", Right::kChange};
constexpr Method kScore = {"Score", "unary", Right::kScore};
constexpr Method kHeatmap = {"Heatmap", "unary", Right::kScore};
constexpr Method kListCategories = {"ListCategories", "unary", Right::kScore};
constexpr Method kGetCategory = {"GetCategory", "unary", Right::kScore};
constexpr Method kActivateVersion = {"ActivateVersion", "unary", Right::kChange};
constexpr Method kDeleteVersion = {"DeleteVersion", "unary", Right::kChange};
constexpr Method kDeleteCategory = {"DeleteCategory", "unary", Right::kChange};
constexpr Method kExportCategory = {"ExportCategory", "server_stream", Right::kChange};
constexpr Method kImportCategory = {"ImportCategory", "client_stream", Right::kChange};
constexpr Method kRecalibrateCategory = {"RecalibrateCategory", "bidi_stream", Right::kChange};
constexpr Method kSetThreshold = {"SetThreshold", "unary", Right::kChange};
constexpr Method kGetStatistics = {"GetStatistics", "unary", Right::kScore};

absl::Status ValidateVersionOf(const std::string& category, int64_t version) {
  if (const absl::Status status = ValidateCategoryName(category); !status.ok()) return status;
  if (version < 1) {
    return absl::InvalidArgumentError(absl::StrFormat("version is %d; it must be 1 or more", version));
  }
  return absl::OkStatus();
}

// A stream that is refused because there was no memory to let it in.
template <typename Reactor>
class Refusal : public Reactor {
 public:
  using Base = Reactor;

  explicit Refusal(const absl::Status& status) { this->Finish(ToGrpcStatus(status)); }

 private:
  void OnDone() override { delete this; }
};
template <typename Request>
using BidiRefusal = Refusal<grpc::ServerBidiReactor<Request, v1::TrainResponse>>;
using ExportRefusal = Refusal<grpc::ServerWriteReactor<v1::ExportCategoryResponse>>;
using ImportRefusal = Refusal<grpc::ServerReadReactor<v1::ImportCategoryRequest>>;

// What `begin` returns, or, when it throws, a reactor that says why. Null, for which gRPC has an answer,
// without memory for that.
template <typename Refused, typename Begin>
typename Refused::Base* OrRefusal(const Begin& begin) {
  typename Refused::Base* reactor = nullptr;
  const absl::Status status = ContainedVoid("letting in a call", [&] { reactor = begin(); });
  return status.ok() ? reactor : new (std::nothrow) Refused(status);
}

// For the log: nothing of the picture but what was found.
void NoteInspection(const Inspection& inspection, Call* call) {
  call->Note({"version", inspection.model->version()});
  call->Note({"verdict", std::string(VerdictName(inspection.verdict))});
  call->Note({"score", inspection.normalised});
}

// `all`: also the stages that the picture never came to.
void NoteStages(const StageTimes& times, bool all, Call* call) {
  const auto note = [&](const char* name, absl::Duration time) {
    if (all || time > absl::ZeroDuration()) call->Note({name, absl::ToDoubleMilliseconds(time)});
  };
  note("decode_ms", times.decode);
  note("queue_ms", times.queue);
  note("features_ms", times.features);
  note("coding_ms", times.coding);
  note("scoring_ms", times.scoring);
  note("encode_ms", times.encode);
}

}  // namespace

Service::Service(Options options, Backend* backend, CallGate* gate, Metrics* metrics,
                 TrafficStatistics* statistics, Clock* clock)
    : options_(std::move(options)),
      backend_(backend),
      gate_(gate),
      metrics_(metrics),
      statistics_(statistics),
      clock_(clock) {
  imports_.backend = backend_;
  imports_.store_threads = &store_threads_;
  imports_.clock = clock_;
  imports_.memory = options_.memory;
}

grpc::ServerBidiReactor<v1::TrainRequest, v1::TrainResponse>* Service::Train(
    grpc::CallbackServerContext* context) {
  return OrRefusal<BidiRefusal<v1::TrainRequest>>([&] {
    return TrainCall<v1::TrainRequest>::Begin(
        {kTrain.name, options_.input_sizes, options_.train_idle_timeout, options_.train_wait_limit}, backend_, metrics_, clock_,
        gate_->Enter(kTrain, context));
  });
}

grpc::ServerBidiReactor<v1::RecalibrateCategoryRequest, v1::TrainResponse>* Service::RecalibrateCategory(
    grpc::CallbackServerContext* context) {
  return OrRefusal<BidiRefusal<v1::RecalibrateCategoryRequest>>([&] {
    return TrainCall<v1::RecalibrateCategoryRequest>::Begin(
        {kRecalibrateCategory.name, options_.input_sizes, options_.train_idle_timeout, options_.train_wait_limit},
        backend_, metrics_, clock_, gate_->Enter(kRecalibrateCategory, context));
  });
}

grpc::ServerWriteReactor<v1::ExportCategoryResponse>* Service::ExportCategory(
    grpc::CallbackServerContext* context, const v1::ExportCategoryRequest* request) {
  return OrRefusal<ExportRefusal>([&] {
    return ExportCall::Begin(request, backend_, &store_threads_, clock_, options_.memory, context,
                             gate_->Enter(kExportCategory, context));
  });
}

grpc::ServerReadReactor<v1::ImportCategoryRequest>* Service::ImportCategory(
    grpc::CallbackServerContext* context, v1::ImportCategoryResponse* response) {
  return OrRefusal<ImportRefusal>([&] {
    return ImportCall::Begin(&imports_, response, context, gate_->Enter(kImportCategory, context));
  });
}

grpc::ServerUnaryReactor* Service::Score(grpc::CallbackServerContext* context,
                                         const v1::ScoreRequest* request, v1::ScoreResponse* response) {
  return BeginUnaryCall(gate_, kScore, context, request->category(), [&](UnaryCall* call) {
    return Inspect(call, ToInspectionRequest(*request),
                   [response](const Inspection& inspection) { *response = ToScoreResponse(inspection); });
  });
}

grpc::ServerUnaryReactor* Service::Heatmap(grpc::CallbackServerContext* context,
                                           const v1::HeatmapRequest* request, v1::HeatmapResponse* response) {
  return BeginUnaryCall(gate_, kHeatmap, context, request->category(), [&](UnaryCall* call) {
    return Inspect(call, ToInspectionRequest(*request), [response, request](Inspection inspection) {
      *response = ToHeatmapResponse(std::move(inspection), request->format());
    });
  });
}

grpc::ServerUnaryReactor* Service::ListCategories(grpc::CallbackServerContext* context,
                                                  const v1::ListCategoriesRequest*,
                                                  v1::ListCategoriesResponse* response) {
  return FromMemory(kListCategories, context, "", [this, response] {
    const absl::StatusOr<std::vector<CategoryListing>> categories = backend_->ListCategories();
    if (!categories.ok()) return categories.status();
    for (const CategoryListing& category : *categories) {
      *response->add_categories() = ToProto(category, backend_->backbone_sha256());
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* Service::GetCategory(grpc::CallbackServerContext* context,
                                               const v1::GetCategoryRequest* request,
                                               v1::Category* response) {
  return FromMemory(kGetCategory, context, request->category(), [this, request, response] {
    if (const absl::Status status = ValidateCategoryName(request->category()); !status.ok()) return status;
    return FillCategory(request->category(), response);
  });
}

grpc::ServerUnaryReactor* Service::ActivateVersion(grpc::CallbackServerContext* context,
                                                   const v1::ActivateVersionRequest* request,
                                                   v1::Category* response) {
  return OnStoreThread(kActivateVersion, context, request->category(), [this, request, response] {
    absl::Status status = ValidateVersionOf(request->category(), request->version());
    if (status.ok()) status = backend_->ActivateVersion(request->category(), request->version());
    if (!status.ok()) return status;
    return FillCategory(request->category(), response);
  });
}

grpc::ServerUnaryReactor* Service::DeleteVersion(grpc::CallbackServerContext* context,
                                                 const v1::DeleteVersionRequest* request,
                                                 v1::Category* response) {
  return OnStoreThread(kDeleteVersion, context, request->category(), [this, request, response] {
    absl::Status status = ValidateVersionOf(request->category(), request->version());
    if (status.ok()) status = backend_->DeleteVersion(request->category(), request->version());
    if (!status.ok()) return status;
    return FillCategory(request->category(), response);
  });
}

grpc::ServerUnaryReactor* Service::DeleteCategory(grpc::CallbackServerContext* context,
                                                  const v1::DeleteCategoryRequest* request,
                                                  v1::DeleteCategoryResponse*) {
  return OnStoreThread(kDeleteCategory, context, request->category(), [this, request] {
    absl::Status status = ValidateCategoryName(request->category());
    if (status.ok()) status = backend_->DeleteCategory(request->category());
    return status;
  });
}

grpc::ServerUnaryReactor* Service::SetThreshold(grpc::CallbackServerContext* context,
                                                const v1::SetThresholdRequest* request,
                                                v1::Category* response) {
  return OnStoreThread(kSetThreshold, context, request->category(), [this, request, response] {
    const absl::StatusOr<ThresholdRequest> threshold = ToThresholdRequest(*request);
    if (!threshold.ok()) return threshold.status();
    const absl::StatusOr<int64_t> version = backend_->SetThreshold(*threshold);
    if (!version.ok()) return version.status();
    return FillCategory(threshold->category, response);
  });
}

grpc::ServerUnaryReactor* Service::GetStatistics(grpc::CallbackServerContext* context,
                                                 const v1::GetStatisticsRequest* request,
                                                 v1::GetStatisticsResponse* response) {
  if (!request->category().empty()) {
    return FromMemory(kGetStatistics, context, request->category(), [this, request, response] {
      FillStatistics(response);
      return AddStatisticsOf(request->category(), response);
    });
  }
  return BeginUnaryCall(gate_, kGetStatistics, context, "", [&](UnaryCall* call) {
    FillStatistics(response);
    for (const auto& [category, traffic] : statistics_->All()) {
      *response->add_categories() = ToProto(category, traffic);
    }
    call->Reply(absl::OkStatus());
    return absl::OkStatus();
  });
}

absl::Status Service::Inspect(UnaryCall* call, absl::StatusOr<InspectionRequest> request,
                              std::function<void(Inspection)> reply) {
  if (!request.ok()) return request.status();
  request->deadline = call->call().deadline();
  request->cancellation = call->cancellation();
  request->client = call->call().client();
  request->times = std::make_shared<StageTimes>();
  const std::shared_ptr<const StageTimes> times = request->times;
  backend_->Inspect(*std::move(request),
                    [this, call, times, reply = std::move(reply)](absl::StatusOr<Inspection> result) {
                      call->Reply(Contained("answering", [&] {
                        if (!result.ok()) {
                          NoteStages(*times, /*all=*/false, &call->call());
                          return result.status();
                        }
                        NoteInspection(*result, &call->call());
                        NoteStages(result->times, /*all=*/true, &call->call());
                        Count(*result);
                        call->Keep(std::move(result->memory));
                        reply(*std::move(result));
                        return absl::OkStatus();
                      }));
                    });
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* Service::FromMemory(const Method& method, grpc::CallbackServerContext* context,
                                              const std::string& category,
                                              std::function<absl::Status()> work) {
  return BeginUnaryCall(gate_, method, context, category, [&](UnaryCall* call) {
    call->Reply(Contained("answering", work));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* Service::OnStoreThread(const Method& method, grpc::CallbackServerContext* context,
                                                 const std::string& category,
                                                 std::function<absl::Status()> work) {
  return BeginUnaryCall(gate_, method, context, category, [&](UnaryCall* call) {
    store_threads_.Schedule(category, [call, work = std::move(work)] {
      call->Reply(call->cancellation()->cancelled()
                      ? StatusOrBare(absl::StatusCode::kCancelled, "the client went away")
                      : Contained("working on the store", work));
    });
    return absl::OkStatus();
  });
}

absl::Status Service::FillCategory(const std::string& category, v1::Category* response) {
  const absl::StatusOr<CategoryListing> listing = backend_->GetCategory(category);
  if (!listing.ok()) return listing.status();
  *response = ToProto(*listing, backend_->backbone_sha256());
  return absl::OkStatus();
}

void Service::FillStatistics(v1::GetStatisticsResponse* response) {
  *response->mutable_start_time() = ToTimestamp(statistics_->start());
  for (const Stage stage : {Stage::kDecode, Stage::kFeatures, Stage::kCoding, Stage::kEncode}) {
    *response->add_queues() = ToProto(stage, metrics_->queue_depth(stage), metrics_->queue_capacity(stage));
  }
  response->set_trainings(metrics_->trainings_running());
  response->set_max_message_bytes(options_.max_message_bytes);
}

absl::Status Service::AddStatisticsOf(const std::string& category, v1::GetStatisticsResponse* response) {
  if (const absl::Status status = ValidateCategoryName(category); !status.ok()) return status;
  const std::optional<CategoryTraffic> traffic = statistics_->Of(category);
  if (!traffic.has_value()) {
    if (const absl::Status status = backend_->GetCategory(category).status(); !status.ok()) return status;
    if (statistics_->IsFull()) {
      return absl::ResourceExhaustedError(absl::StrFormat(
          "pictures of %s are counted together with those of other categories; %d have counts of their own",
          category, TrafficStatistics::kMaxCategories));
    }
  }
  *response->add_categories() = ToProto(category, traffic.value_or(CategoryTraffic()));
  return absl::OkStatus();
}

void Service::Count(const Inspection& inspection) {
  const CategoryModel& model = *inspection.model;
  metrics_->OnInspected(model.category(), inspection.normalised, inspection.verdict,
                        model.manifest().calibration.NormalisedMiddle());
  statistics_->Add(model.category(), inspection.normalised, inspection.verdict,
                   inspection.score.raw > model.manifest().calibration.threshold);
}

}  // namespace mlfsc
