#include "server/export_call.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "core/base/contained.h"
#include "core/bundle/bundle_store.h"

namespace mlfsc {
namespace {

// As the wire contract has it.
constexpr size_t kPieceBytes = size_t{1} << 20;

}  // namespace

ExportCall* ExportCall::Begin(const v1::ExportCategoryRequest* request, Backend* backend,
                              StoreThreads* store_threads, Clock* clock, MemoryBudget* memory,
                              grpc::CallbackServerContext* context, std::unique_ptr<Call> call) {
  auto* const self = new ExportCall(std::move(call), memory);
  if (!self->call_->admitted().ok()) {
    self->Finish(self->call_->End(self->call_->admitted()));
    return self;
  }
  const absl::Status status = ContainedVoid("beginning a call", [&] {
    self->alarm_ = std::make_unique<CallAlarm>(context, self->call_->deadline() - clock->Now());
    store_threads->Schedule(request->category(), [self, request, backend] { self->Load(*request, backend); });
  });
  if (!status.ok()) self->Finish(self->call_->End(status));
  return self;
}

void ExportCall::Load(const v1::ExportCategoryRequest& request, Backend* backend) {
  absl::StatusOr<std::string> file = Contained("reading the version", [&]() -> absl::StatusOr<std::string> {
    call_->NoteCategory(request.category());
    if (absl::Status status = ValidateCategoryName(request.category()); !status.ok()) return status;
    if (request.version() < 0) {
      return absl::InvalidArgumentError(
          absl::StrFormat("version is %d; it must be 1 or more, or 0 for the active one", request.version()));
    }
    return backend->ExportCategory(request.category(), request.version());
  });
  if (!file.ok()) return Finish(call_->End(file.status()));
  // Its size is known only now: a file of the store is at most kMaxArchiveBytes.
  const absl::Status held =
      memory_.Resize(static_cast<int64_t>(file->size() + kPieceBytes), "the exported version");
  if (!held.ok()) return Finish(call_->End(held));
  file_ = *std::move(file);
  WriteNext();
}

void ExportCall::WriteNext() {
  if (sent_ == file_.size()) return Finish(call_->End(absl::OkStatus()));
  const size_t size = std::min(kPieceBytes, file_.size() - sent_);
  const absl::Status filled =
      ContainedVoid("sending the file", [&] { response_.set_data(file_.data() + sent_, size); });
  if (!filled.ok()) return Finish(call_->End(filled));
  sent_ += size;
  StartWrite(&response_);
}

void ExportCall::OnWriteDone(bool ok) {
  if (ok) return WriteNext();
  Finish(call_->End(alarm_->rang() ? StatusOrBare(absl::StatusCode::kDeadlineExceeded,
                                                  "the client did not take the file before its deadline")
                                   : StatusOrBare(absl::StatusCode::kCancelled, "the client went away")));
}

}  // namespace mlfsc
