// Scores what arrives in a folder until it is told to end.
#ifndef MLFSC_CLIENT_COMMANDS_WATCH_LOOP_H_
#define MLFSC_CLIENT_COMMANDS_WATCH_LOOP_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/client.h"
#include "client/commands/context.h"
#include "client/commands/csv.h"
#include "client/commands/picture_notices.h"
#include "client/pictures/picture_file.h"
#include "client/terminal/live_block.h"
#include "client/watch/arrivals.h"
#include "client/watch/ledger.h"
#include "client/watch/writers.h"
#include "core/base/mutex.h"
#include "core/base/thread_pool.h"

namespace mlfsc::client {

struct WatchOptions {
  std::string folder;
  std::string category;
  int64_t version = 0;
  PictureReading reading;
  int jobs = 2;
  absl::Duration interval;
  absl::Duration settle;
  // Ends when everything that is there has been scored, or nothing could be for as long as `patience`.
  bool once = false;
  absl::Duration patience;
  bool quiet = false;
  // Who reads the rows.
  CsvReader csv_reader = CsvReader::kProgram;
};

// Run once. What it is given outlives it.
class WatchLoop {
 public:
  WatchLoop(const WatchOptions& options, const Context& context, Client* client, Ledger* ledger,
            const Interrupt* interrupt);

  // Until it is interrupted, or `once`: the exit code. A server or a network folder that is away is waited
  // for, a picture that the server cannot score now is tried again; a full disk, or what needs somebody to
  // act (Fault::kLasting), is the error.
  absl::StatusOr<int> Run();

  // "3 pictures: 2 OK, ...". Takes the live line away, so that it can be printed.
  std::string Summary();

 private:
  // A picture that the server could not score, through no fault of its own.
  struct Retry {
    PictureFile file;
    absl::Time not_before;
    absl::Duration pause;
    std::string why;
  };

  std::string SummaryLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t Total() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void BeginRound();
  // An error: the folder cannot be read.
  absl::Status LookAndScore();
  // Of `files`, those whose pause is over.
  std::vector<PictureFile> Due(const std::vector<PictureFile>& files) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Inspect(const PictureFile& file);
  // Whether there is a picture to score: not when others have it, or the round is over.
  bool Claim(const PictureFile& file);
  void InspectClaimed(const PictureFile& file);
  bool Defer(const PictureFile& file);
  void TryLater(const PictureFile& file, const absl::Status& error);
  void Fail(const PictureFile& file, const absl::Status& error);
  void Record(const ReadPictureFile& picture, const absl::StatusOr<v1::Inspection>& inspection);
  void Report(absl::Time now, const PictureFile& file, const absl::StatusOr<v1::Inspection>& inspection)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool NothingLeft();
  absl::Status EndOfRound(const absl::Status& looked);
  void Say(const std::string& words) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Words for the pictures that are left when patience is over; empty before.
  std::string OutOfPatience();
  void Pause();
  void Draw(int ready);

  const WatchOptions options_;
  const Context& context_;
  Client* const client_;
  const Interrupt* const interrupt_;
  Writers writers_;
  ThreadPool threads_;
  Mutex mutex_;
  Ledger* const ledger_ ABSL_PT_GUARDED_BY(mutex_);
  Arrivals arrivals_ ABSL_GUARDED_BY(mutex_);
  LiveBlock live_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Retry> retries_ ABSL_GUARDED_BY(mutex_);
  // Why this round's pictures have no answer; why the last one's had none.
  absl::Status round_ ABSL_GUARDED_BY(mutex_);
  absl::Status away_ ABSL_GUARDED_BY(mutex_);
  absl::Status fatal_ ABSL_GUARDED_BY(mutex_);
  // Each is said once.
  PictureNotices notices_;
  absl::Duration pause_ ABSL_GUARDED_BY(mutex_);
  // When a picture was last recorded.
  absl::Time progress_at_ ABSL_GUARDED_BY(mutex_);
  // By verdict; 0 for pictures that could not be read.
  std::array<int64_t, v1::Verdict_ARRAYSIZE> counts_ ABSL_GUARDED_BY(mutex_) = {};
  // Of this round: to be looked at again.
  int again_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_WATCH_LOOP_H_
