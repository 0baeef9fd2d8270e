#include "server/export_call.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "core/bundle/bundle_store.h"

namespace mlfsc {
namespace {

// As the wire contract has it.
constexpr size_t kPieceBytes = size_t{1} << 20;

}  // namespace

ExportCall* ExportCall::Begin(const v1::ExportCategoryRequest* request, Backend* backend,
                              ThreadPool* store_thread, Clock* clock, grpc::CallbackServerContext* context,
                              std::unique_ptr<Call> call) {
  auto* const self = new ExportCall(std::move(call));
  if (!self->call_->admitted().ok()) {
    self->Finish(self->call_->End(self->call_->admitted()));
    return self;
  }
  self->alarm_ = std::make_unique<CallAlarm>(context, self->call_->deadline() - clock->Now());
  store_thread->Schedule([self, request, backend] { self->Load(*request, backend); });
  return self;
}

void ExportCall::Load(const v1::ExportCategoryRequest& request, Backend* backend) {
  call_->NoteCategory(request.category());
  absl::Status status = ValidateCategoryName(request.category());
  if (status.ok() && request.version() < 0) {
    status = absl::InvalidArgumentError(
        absl::StrFormat("version is %d; it must be 1 or more, or 0 for the active one", request.version()));
  }
  if (status.ok()) {
    absl::StatusOr<std::string> file = backend->ExportCategory(request.category(), request.version());
    if (file.ok()) {
      file_ = *std::move(file);
      return WriteNext();
    }
    status = file.status();
  }
  Finish(call_->End(status));
}

void ExportCall::WriteNext() {
  if (sent_ == file_.size()) return Finish(call_->End(absl::OkStatus()));
  const size_t size = std::min(kPieceBytes, file_.size() - sent_);
  response_.set_data(file_.data() + sent_, size);
  sent_ += size;
  StartWrite(&response_);
}

void ExportCall::OnWriteDone(bool ok) {
  if (ok) return WriteNext();
  Finish(call_->End(alarm_->rang()
                        ? absl::DeadlineExceededError("the client did not take the file before its deadline")
                        : absl::CancelledError("the client went away")));
}

}  // namespace mlfsc
