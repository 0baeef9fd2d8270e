#include "client/grpc_stub.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "absl/strings/str_cat.h"
#include "client/grpc_status.h"
#include "client/message_size.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "mlfsc/v1/inspection.grpc.pb.h"

namespace mlfsc::client {
namespace {

std::shared_ptr<grpc::ChannelCredentials> Credentials(const ChannelOptions& options) {
  if (!options.tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = options.authority;
  tls.pem_cert_chain = options.certificate;
  tls.pem_private_key = options.key;
  return grpc::SslCredentials(tls);
}

grpc::ChannelArguments Arguments(const ChannelOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxSendMessageSize(options.max_message_bytes);
  arguments.SetMaxReceiveMessageSize(options.max_message_bytes);
  // A channel that has lost its server answers from memory until its own backoff has passed; that one must
  // not be longer than ours, or retries see the same stale error.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // A server that is gone without a word (power, cable) ends a long Train. Not oftener than gRPC servers
  // tolerate by default.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 6 * 60 * 1000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20 * 1000);
  // A name may stand for several replicas: calls go to them in turn. gRPC by itself stays with the first.
  arguments.SetLoadBalancingPolicyName("round_robin");
  // Stations talk to their server directly, whatever the browser on the same machine is told by http_proxy.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  if (!options.server_name.empty()) arguments.SetSslTargetNameOverride(options.server_name);
  return arguments;
}

// How long a call looks whether a server that was away is back.
constexpr absl::Duration kLook = absl::Milliseconds(250);

// gRPC notices what became of an attempt to connect while somebody waits on the channel, else every 5 s only:
// calls that fail at once, from the channel's memory, never learn that the server is back. `time_left`: of
// the call.
void LookForServer(grpc::Channel* channel, absl::Duration time_left) {
  if (channel->GetState(/*try_to_connect=*/true) != GRPC_CHANNEL_TRANSIENT_FAILURE) return;
  channel->WaitForConnected(std::chrono::system_clock::now() +
                            absl::ToChronoNanoseconds(std::min(kLook, time_left)));
}

// What a server is called in errors, and what it is shown of us.
struct Peer {
  explicit Peer(const ChannelOptions& options)
      : server(options.server), authorization(options.token.empty() ? "" : "Bearer " + options.token) {}

  void Authorize(grpc::ClientContext* context) const {
    if (!authorization.empty()) context->AddMetadata("authorization", authorization);
  }

  // `cancelled`: whether this side ended the call.
  absl::Status Convert(const grpc::Status& status, bool cancelled) const {
    // gRPC's server answers so to what reaches it in the moment of its shutdown.
    if (status.error_code() == grpc::StatusCode::CANCELLED && !cancelled) {
      return Convert(grpc::Status(grpc::StatusCode::UNAVAILABLE,
                                  absl::StrCat("let go of the call: ", status.error_message())),
                     cancelled);
    }
    if (status.error_code() != grpc::StatusCode::UNAVAILABLE) return FromGrpcStatus(status);
    // gRPC's own words for a server that is not there do not always say which.
    return FromGrpcStatus(grpc::Status(status.error_code(),
                                       absl::StrCat("server ", server, ": ", status.error_message()),
                                       status.error_details()));
  }

  const std::string server;
  const std::string authorization;
};

template <typename Request>
class GrpcPictureStream : public PictureStream<Request> {
 public:
  using Stream = grpc::ClientReaderWriter<Request, v1::TrainResponse>;

  GrpcPictureStream(v1::InspectionService::Stub* stub,
                    std::unique_ptr<Stream> (v1::InspectionService::Stub::*method)(grpc::ClientContext*),
                    const Peer& peer)
      : peer_(peer) {
    peer_.Authorize(&context_);
    stream_ = (stub->*method)(&context_);
  }

  bool Write(const Request& request) override {
    sent_.push_back(request.ByteSizeLong());
    return stream_->Write(request);
  }
  void WritesDone() override { stream_->WritesDone(); }
  bool Read(v1::TrainResponse* response) override { return stream_->Read(response); }
  void Cancel() override {
    cancelled_ = true;
    context_.TryCancel();
  }
  absl::Status Finish() override {
    const grpc::Status finished = stream_->Finish();
    return Explain(peer_.Convert(finished, cancelled_));
  }

 private:
  // Which picture it is that is too large.
  absl::Status Explain(const absl::Status& error) const {
    const std::optional<MessageSize> size = TooLarge(error);
    if (!size.has_value()) return error;
    const auto found = std::find(sent_.begin(), sent_.end(), static_cast<size_t>(size->bytes));
    const absl::Status explained = ExplainSize(error, found == sent_.end() ? 0 : *found);
    // The first message has no picture.
    if (found == sent_.end() || found == sent_.begin()) return explained;
    return absl::Status(explained.code(),
                        absl::StrCat("picture ", found - sent_.begin() - 1, ": ", explained.message()));
  }

  const Peer peer_;
  // Bytes of the messages so far. Whoever writes has done so before Finish.
  std::vector<size_t> sent_;
  std::atomic<bool> cancelled_{false};
  grpc::ClientContext context_;
  std::unique_ptr<Stream> stream_;
};

class GrpcStub : public Stub {
 public:
  explicit GrpcStub(const ChannelOptions& options)
      : GrpcStub(options,
                 grpc::CreateCustomChannel(options.server, Credentials(options), Arguments(options))) {}

  std::unique_ptr<TrainStream> Train() override {
    LookForServer(channel_.get(), absl::InfiniteDuration());
    return std::make_unique<GrpcPictureStream<v1::TrainRequest>>(stub_.get(),
                                                                 &v1::InspectionService::Stub::Train, peer_);
  }
  std::unique_ptr<RecalibrateStream> Recalibrate() override {
    LookForServer(channel_.get(), absl::InfiniteDuration());
    return std::make_unique<GrpcPictureStream<v1::RecalibrateCategoryRequest>>(
        stub_.get(), &v1::InspectionService::Stub::RecalibrateCategory, peer_);
  }
  absl::StatusOr<v1::ScoreResponse> Score(const v1::ScoreRequest& request, absl::Duration timeout) override {
    return Call<v1::ScoreResponse>(&v1::InspectionService::Stub::Score, request, timeout);
  }
  absl::StatusOr<v1::HeatmapResponse> Heatmap(const v1::HeatmapRequest& request,
                                              absl::Duration timeout) override {
    return Call<v1::HeatmapResponse>(&v1::InspectionService::Stub::Heatmap, request, timeout);
  }
  absl::StatusOr<v1::ListCategoriesResponse> ListCategories(const v1::ListCategoriesRequest& request,
                                                            absl::Duration timeout) override {
    return Call<v1::ListCategoriesResponse>(&v1::InspectionService::Stub::ListCategories, request, timeout);
  }
  absl::StatusOr<v1::Category> GetCategory(const v1::GetCategoryRequest& request,
                                           absl::Duration timeout) override {
    return Call<v1::Category>(&v1::InspectionService::Stub::GetCategory, request, timeout);
  }
  absl::StatusOr<v1::Category> ActivateVersion(const v1::ActivateVersionRequest& request,
                                               absl::Duration timeout) override {
    return Call<v1::Category>(&v1::InspectionService::Stub::ActivateVersion, request, timeout);
  }
  absl::StatusOr<v1::DeleteCategoryResponse> DeleteCategory(const v1::DeleteCategoryRequest& request,
                                                            absl::Duration timeout) override {
    return Call<v1::DeleteCategoryResponse>(&v1::InspectionService::Stub::DeleteCategory, request, timeout);
  }
  absl::StatusOr<v1::Category> SetThreshold(const v1::SetThresholdRequest& request,
                                            absl::Duration timeout) override {
    return Call<v1::Category>(&v1::InspectionService::Stub::SetThreshold, request, timeout);
  }
  absl::Status ExportCategory(const v1::ExportCategoryRequest& request, const PieceSink& sink,
                              absl::Duration timeout) override {
    grpc::ClientContext context;
    Prepare(&context, timeout);
    const auto stream = stub_->ExportCategory(&context, request);
    v1::ExportCategoryResponse response;
    absl::Status taken;
    while (taken.ok() && stream->Read(&response)) taken = sink(response.data());
    if (!taken.ok()) context.TryCancel();
    const grpc::Status finished = stream->Finish();
    return taken.ok() ? peer_.Convert(finished, /*cancelled=*/false) : taken;
  }
  absl::StatusOr<v1::ImportCategoryResponse> ImportCategory(const v1::ImportCategoryRequest::Start& start,
                                                            const PieceSource& source,
                                                            absl::Duration timeout) override {
    grpc::ClientContext context;
    Prepare(&context, timeout);
    v1::ImportCategoryResponse response;
    const auto stream = stub_->ImportCategory(&context, &response);
    v1::ImportCategoryRequest request;
    *request.mutable_start() = start;
    absl::Status read;
    // A server that takes no more has ended the call: its status says why.
    while (stream->Write(request)) {
      absl::StatusOr<std::string> piece = source();
      read = piece.status();
      if (!read.ok()) context.TryCancel();
      if (!read.ok() || piece->empty()) break;
      request.set_data(*std::move(piece));
    }
    stream->WritesDone();
    const grpc::Status finished = stream->Finish();
    if (!read.ok()) return read;
    if (!finished.ok()) return peer_.Convert(finished, /*cancelled=*/false);
    return response;
  }
  absl::StatusOr<v1::Category> DeleteVersion(const v1::DeleteVersionRequest& request,
                                             absl::Duration timeout) override {
    return Call<v1::Category>(&v1::InspectionService::Stub::DeleteVersion, request, timeout);
  }
  absl::StatusOr<grpc::health::v1::HealthCheckResponse> CheckHealth(
      const grpc::health::v1::HealthCheckRequest& request, absl::Duration timeout) override {
    return CallOn<grpc::health::v1::HealthCheckResponse>(
        health_.get(), &grpc::health::v1::Health::Stub::Check, request, timeout);
  }
  absl::StatusOr<v1::GetStatisticsResponse> GetStatistics(const v1::GetStatisticsRequest& request,
                                                          absl::Duration timeout) override {
    return Call<v1::GetStatisticsResponse>(&v1::InspectionService::Stub::GetStatistics, request, timeout);
  }

 private:
  GrpcStub(const ChannelOptions& options, const std::shared_ptr<grpc::Channel>& channel)
      : peer_(options),
        channel_(channel),
        stub_(v1::InspectionService::NewStub(channel)),
        health_(grpc::health::v1::Health::NewStub(channel)) {}

  template <typename Response, typename Request>
  absl::StatusOr<Response> Call(grpc::Status (v1::InspectionService::Stub::*method)(grpc::ClientContext*,
                                                                                    const Request&,
                                                                                    Response*),
                                const Request& request, absl::Duration timeout) {
    return CallOn<Response>(stub_.get(), method, request, timeout);
  }

  template <typename Response, typename Service, typename Request>
  absl::StatusOr<Response> CallOn(Service* service,
                                  grpc::Status (Service::*method)(grpc::ClientContext*, const Request&,
                                                                  Response*),
                                  const Request& request, absl::Duration timeout) {
    grpc::ClientContext context;
    Prepare(&context, timeout);
    Response response;
    const grpc::Status status = (service->*method)(&context, request, &response);
    if (!status.ok()) {
      return ExplainSize(peer_.Convert(status, /*cancelled=*/false), request.ByteSizeLong());
    }
    return response;
  }

  void Prepare(grpc::ClientContext* context, absl::Duration timeout) const {
    peer_.Authorize(context);
    if (timeout != absl::InfiniteDuration()) {
      context->set_deadline(std::chrono::system_clock::now() + absl::ToChronoNanoseconds(timeout));
    }
    LookForServer(channel_.get(), timeout);
  }

  const Peer peer_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::InspectionService::Stub> stub_;
  const std::unique_ptr<grpc::health::v1::Health::Stub> health_;
};

}  // namespace

std::shared_ptr<Stub> MakeGrpcStub(const ChannelOptions& options) {
  return std::make_shared<GrpcStub>(options);
}

}  // namespace mlfsc::client
