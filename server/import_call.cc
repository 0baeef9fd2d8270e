#include "server/import_call.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/base/contained.h"
#include "core/base/retry_hint.h"
#include "core/bundle/bundle_archive.h"
#include "core/bundle/bundle_store.h"
#include "server/convert/category.h"

namespace mlfsc {
namespace {

// Each may hold a file of kMaxArchiveBytes.
constexpr int kMaxImports = 2;
constexpr absl::Duration kRetryImport = absl::Seconds(1);

}  // namespace

ImportCall* ImportCall::Begin(Shared* shared, v1::ImportCategoryResponse* response,
                              grpc::CallbackServerContext* context, std::unique_ptr<Call> call) {
  auto* const self = new ImportCall(shared, response, std::move(call));
  const absl::Status& admitted = self->call_->admitted();
  if (!admitted.ok()) {
    self->End(admitted);
  } else if (!self->TakePlace()) {
    self->End(WithRetryDelay(
        absl::ResourceExhaustedError(absl::StrCat("as many imports run as may: ", kMaxImports)),
        kRetryImport));
  } else {
    const absl::Status status = ContainedVoid("beginning a call", [&] {
      self->alarm_ = std::make_unique<CallAlarm>(context, self->call_->deadline() - shared->clock->Now());
    });
    if (!status.ok()) {
      self->End(status);
    } else {
      self->StartRead(&self->request_);
    }
  }
  return self;
}

ImportCall::ImportCall(Shared* shared, v1::ImportCategoryResponse* response, std::unique_ptr<Call> call)
    : shared_(shared),
      response_(response),
      call_(std::move(call)),
      memory_(shared->memory, call_->client()) {}

bool ImportCall::TakePlace() {
  has_place_ = shared_->imports.fetch_add(1) < kMaxImports;
  if (!has_place_) shared_->imports.fetch_sub(1);
  return has_place_;
}

void ImportCall::End(const absl::Status& status) {
  file_ = std::string();
  memory_.Release();
  if (has_place_) shared_->imports.fetch_sub(1);
  Finish(call_->End(status));
}

void ImportCall::OnReadDone(bool ok) {
  if (ok) {
    const absl::Status status = Contained("taking a piece of the file", [this] { return Take(); });
    if (!status.ok()) return End(status);
    return StartRead(&request_);
  }
  // A broken stream ends like a complete one.
  if (alarm_->rang()) {
    return End(StatusOrBare(absl::StatusCode::kDeadlineExceeded,
                            "the client did not send the file before its deadline"));
  }
  if (call_->cancelled()) return End(StatusOrBare(absl::StatusCode::kCancelled, "the client went away"));
  if (!started_) {
    return End(StatusOrBare(absl::StatusCode::kInvalidArgument,
                            "the ImportCategory ended before its first message"));
  }
  const absl::Status scheduled = ContainedVoid("importing the file", [this] {
    shared_->store_threads->Schedule(
        import_.category, [this] { End(Contained("importing the file", [this] { return Import(); })); });
  });
  if (!scheduled.ok()) End(scheduled);
}

absl::Status ImportCall::Take() {
  if (!started_) {
    if (!request_.has_start()) {
      return absl::InvalidArgumentError("the first message of an ImportCategory must be its start");
    }
    started_ = true;
    import_.category = request_.start().category();
    import_.activate = !request_.start().keep_active();
    call_->NoteCategory(import_.category);
    return import_.category.empty() ? absl::OkStatus() : ValidateCategoryName(import_.category);
  }
  if (request_.content_case() != v1::ImportCategoryRequest::kData) {
    return absl::InvalidArgumentError(
        "a message of the ImportCategory has no data; only the first is without");
  }
  if (file_.size() + request_.data().size() > kMaxArchiveBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the file has more than ", kMaxArchiveBytes, " bytes, the limit"));
  }
  // A growing string is there twice while it moves.
  const auto bytes = static_cast<int64_t>(file_.size() + request_.data().size());
  if (absl::Status held = memory_.Resize(2 * bytes, "the file to import"); !held.ok()) return held;
  file_ += request_.data();
  return absl::OkStatus();
}

absl::Status ImportCall::Import() {
  const absl::StatusOr<ImportedVersion> imported = shared_->backend->ImportCategory(import_, file_);
  if (!imported.ok()) return imported.status();
  // Else it is there already.
  if (import_.category.empty()) call_->NoteCategory(imported->category);
  call_->Note({"version", imported->version});
  response_->set_category(imported->category);
  *response_->mutable_version() =
      ToProto(imported->version, imported->manifest, shared_->backend->backbone_sha256());
  return absl::OkStatus();
}

}  // namespace mlfsc
