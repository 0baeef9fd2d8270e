#include "server/decoders.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mlfsc {
namespace {

constexpr char kRemedy[] =
    "; --decoder_program names the program, --decoder_processes=0 decodes in the server";

absl::Status WithRemedy(const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(status.message(), kRemedy));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Decoders>> Decoders::Start(const ServerOptions& options,
                                                          ServingObserver* observer, Logger* logger) {
  auto decoders = std::make_unique<Decoders>();
  const int for_scoring = options.decoders.processes.value_or(options.inspector.decode_threads);
  if (for_scoring == 0) return decoders;

  DecoderPoolOptions pool;
  pool.program = options.decoders.program;
  if (pool.program.empty()) {
    std::error_code error;
    absl::StatusOr<std::string> found =
        FindDecoder(std::filesystem::read_symlink("/proc/self/exe", error).string());
    if (!found.ok()) return WithRemedy(found.status());
    pool.program = *std::move(found);
  }
  pool.process.limits = options.inspector.limits;
  pool.process.time_limit = options.decoders.time_limit;
  // A restart takes from RestartBudget, and so there are few of these lines.
  const auto tell = [observer, logger](const DecoderEnd& end) {
    observer->OnDecoderEnd(end.cause);
    logger->Log(LogLevel::kWarning, "decoding process ended",
                {{"cause", std::string(DecoderEndCauseName(end.cause))}, {"what", end.what}});
  };
  pool.processes = for_scoring;
  absl::StatusOr<std::unique_ptr<DecoderPool>> scoring = DecoderPool::Start(pool, tell);
  if (!scoring.ok()) return WithRemedy(scoring.status());
  decoders->scoring_ = *std::move(scoring);
  if (options.training.max_trainings == 0) return decoders;

  // One thread of each decodes.
  pool.processes = options.training.max_trainings;
  pool.process.niceness = kTrainingNiceness;
  absl::StatusOr<std::unique_ptr<DecoderPool>> training = DecoderPool::Start(pool, tell);
  if (!training.ok()) return WithRemedy(training.status());
  decoders->training_ = *std::move(training);
  return decoders;
}

int Decoders::processes() const {
  return (scoring_ == nullptr ? 0 : scoring_->running()) + (training_ == nullptr ? 0 : training_->running());
}

void Decoders::Shutdown() {
  if (scoring_ != nullptr) scoring_->Shutdown();
  if (training_ != nullptr) training_->Shutdown();
}

absl::StatusOr<std::string> FindDecoder(const std::string& program) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(program).parent_path();
  const fs::path installed = (folder / MLFSC_LIBEXEC_FROM_BIN).lexically_normal();
  std::error_code error;
  for (const fs::path& place : {folder, installed}) {
    const fs::path file = place / "mlfsc-decoder";
    if (fs::is_regular_file(file, error)) return file.string();
  }
  return absl::NotFoundError(absl::StrCat("mlfsc-decoder, which decodes pictures, is neither in ",
                                          folder.string(), " nor in ", installed.string()));
}

}  // namespace mlfsc
