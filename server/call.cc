#include "server/call.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <random>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/contained.h"
#include "core/bundle/bundle_store.h"
#include "server/convert/status.h"
#include "server/trace_context.h"

namespace mlfsc {
namespace {

constexpr char kRequestIdKey[] = "x-request-id";
constexpr char kTraceparentKey[] = "traceparent";
constexpr size_t kMaxRequestId = 64;

// Apart from other processes whose lines end up in the same log.
std::string RandomPrefix() {
  std::random_device random;
  return absl::StrCat(absl::Hex(random(), absl::kZeroPad8));
}

bool IsSoundRequestId(const std::string& id) {
  return !id.empty() && id.size() <= kMaxRequestId && std::all_of(id.begin(), id.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
  });
}

// Empty when the client sent none; of several the last: who stands nearer to the server has added it.
std::string Metadata(const grpc::CallbackServerContext& context, const char* key) {
  const auto [first, behind] = context.client_metadata().equal_range(key);
  if (first == behind) return "";
  const grpc::string_ref& last = std::prev(behind)->second;
  return std::string(last.data(), last.size());
}

// By the clock that counts here; gRPC gives it by the date.
absl::Time DeadlineOf(const grpc::CallbackServerContext& context, absl::Time now, absl::Duration otherwise) {
  const std::chrono::system_clock::time_point deadline = context.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) return now + otherwise;
  return now + absl::FromChrono(deadline - std::chrono::system_clock::now());
}

LogLevel LevelOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDataLoss:
      return LogLevel::kError;
    default:
      return LogLevel::kInfo;
  }
}

}  // namespace

Call::Call(CallGate* gate, const Method& method, absl::Status starting, grpc::CallbackServerContext* context)
    : gate_(gate),
      method_(method),
      context_(context),
      start_(gate->clock_->Now()),
      deadline_(DeadlineOf(*context, start_, gate->options_.default_deadline)),
      request_id_(Metadata(*context, kRequestIdKey)),
      admitted_(std::move(starting)) {
  gate_->metrics_->OnCallStarted(method_.name, method_.type);
  if (!IsSoundRequestId(request_id_)) request_id_ = gate->NewRequestId();
  context->AddInitialMetadata(kRequestIdKey, request_id_);
  if (!admitted_.ok()) return;
  absl::StatusOr<std::unique_ptr<PeerLimiter::Place>> place = gate_->LetIn(method_, *context);
  if (place.ok()) {
    place_ = *std::move(place);
  } else {
    admitted_ = place.status();
  }
}

Call::~Call() { gate_->Leave(); }

const std::string& Call::client() const {
  static const std::string* const nobody = new std::string;
  return place_ == nullptr ? *nobody : place_->peer();
}

absl::Duration Call::reply_timeout() const { return gate_->options_.reply_timeout; }

void Call::NoteCategory(const std::string& category) {
  if (ValidateCategoryName(category).ok()) Note({"category", category});
}

grpc::Status Call::End(const absl::Status& status) {
  const absl::Duration duration = gate_->clock_->Now() - start_;
  // The answer goes out, also when nothing can be written down any more.
  ContainedVoid("counting a call", [&] {
    gate_->metrics_->OnCallEnded(method_.name, method_.type, status.code(), duration);
  }).IgnoreError();
  ContainedVoid("logging a call", [&] { gate_->LogCall(*this, status, duration); }).IgnoreError();
  return ToGrpcStatus(status);
}

CallGate::CallGate(Options options, const AccessPolicy* access, Metrics* metrics, Clock* clock,
                   Logger* logger)
    : options_(std::move(options)),
      access_(access),
      metrics_(metrics),
      clock_(clock),
      logger_(logger),
      limiter_(options_.max_calls_per_client),
      ok_lines_(options_.log_calls_per_second),
      failed_lines_(options_.log_calls_per_second),
      id_prefix_(RandomPrefix()) {}

void CallGate::Open() {
  MutexLock lock(&mutex_);
  if (state_ == State::kStarting) state_ = State::kOpen;
}

void CallGate::Close() {
  MutexLock lock(&mutex_);
  state_ = State::kClosed;
}

bool CallGate::WaitUntilIdle(absl::Duration timeout) {
  bool idle;
  {
    MutexLock lock(&mutex_);
    idle = mutex_.AwaitWithTimeout([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return inside_ == 0; },
                                   timeout);
  }
  LogRefused(true, ok_lines_.TakeRefused());
  LogRefused(false, failed_lines_.TakeRefused());
  return idle;
}

std::unique_ptr<Call> CallGate::Enter(const Method& method, grpc::CallbackServerContext* context) {
  State state;
  {
    MutexLock lock(&mutex_);
    ++inside_;
    state = state_;
  }
  try {
    absl::Status starting;
    if (state == State::kStarting) starting = absl::UnavailableError("the server is starting");
    if (state == State::kClosed) starting = absl::UnavailableError("the server is shutting down");
    return std::unique_ptr<Call>(new Call(this, method, std::move(starting), context));
  } catch (...) {
    Leave();
    throw;
  }
}

absl::StatusOr<std::unique_ptr<PeerLimiter::Place>> CallGate::LetIn(
    const Method& method, const grpc::CallbackServerContext& context) {
  absl::StatusOr<std::string> known_token = "";
  if (access_ != nullptr) known_token = access_->Check(Metadata(context, "authorization"), method.right);
  if (!known_token.ok()) return known_token.status();
  return limiter_.Enter(
      PeerKey(*known_token, context.peer(), Metadata(context, "x-forwarded-for"), options_.trusted_proxies));
}

std::string CallGate::NewRequestId() {
  return absl::StrCat(id_prefix_, "-", next_id_.fetch_add(1, std::memory_order_relaxed));
}

void CallGate::LogCall(const Call& call, const absl::Status& status, absl::Duration duration) {
  const LogLevel level = LevelOf(status.code());
  if (!logger_->enabled(level)) return;
  const LineBudget::Answer answer = (status.ok() ? ok_lines_ : failed_lines_).Ask(clock_->Now());
  if (!answer.granted) return;
  LogRefused(status.ok(), answer.refused_before);
  std::vector<LogField> fields = {
      {"method", call.method_.name},
      {"code", absl::StatusCodeToString(status.code())},
      {"ms", absl::ToDoubleMilliseconds(duration)},
      {"peer", call.context_->peer()},
      {"request_id", call.request_id_},
  };
  if (const auto trace = ParseTraceparent(Metadata(*call.context_, kTraceparentKey)); trace.has_value()) {
    fields.push_back({"trace_id", trace->trace_id});
    fields.push_back({"parent_id", trace->parent_id});
  }
  fields.insert(fields.end(), call.notes_.begin(), call.notes_.end());
  if (!status.ok()) fields.push_back({"error", std::string(status.message())});
  logger_->Log(level, "call", fields);
}

void CallGate::LogRefused(bool ok, int64_t lines) {
  if (lines == 0) return;
  logger_->Log(LogLevel::kWarning, "calls not shown",
               {{"count", lines},
                {"outcome", ok ? "ok" : "failed"},
                {"limit_per_second", int64_t{options_.log_calls_per_second}}});
}

void CallGate::Leave() {
  MutexLock lock(&mutex_);
  --inside_;
  mutex_.SignalAll();
}

}  // namespace mlfsc
