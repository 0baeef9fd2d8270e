// Scores many pictures, and loses none of the answers.
#ifndef MLFSC_CLIENT_COMMANDS_SCORE_RUN_H_
#define MLFSC_CLIENT_COMMANDS_SCORE_RUN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/client.h"
#include "client/commands/context.h"
#include "client/commands/picture_notices.h"
#include "client/commands/score_output.h"
#include "client/pictures/picture_file.h"
#include "client/terminal/progress_bar.h"
#include "core/base/mutex.h"

namespace mlfsc::client {

struct ScoreRunOptions {
  std::string category;
  int64_t version = 0;
  PictureReading reading;
  int jobs = 2;
  // How long nothing is answered before it gives up.
  absl::Duration patience;
  // "nok", "review" or empty: which verdict counts as failed.
  std::string fail_on;
};

struct ScoreTally {
  int64_t bad = 0;
  int64_t failed = 0;
  int64_t not_done = 0;
  // Why the rest was not done.
  absl::Status ended;
};

// Run once. What it is given outlives it.
//
// Rows come out in the order of the pictures, each as soon as those before it are out. A picture that the
// server could not score for a reason that may be its alone (memory, a crash) is put back, and tried again
// after the others; its row comes then. While the server is away all wait.
class ScoreRun {
 public:
  ScoreRun(const ScoreRunOptions& options, const Context& context, Client* client, const Interrupt* interrupt,
           const std::vector<std::string>& pictures, ScoreOutput* output);

  ScoreTally Run();

 private:
  enum class State { kOpen, kLater, kReady, kDone };
  struct Slot {
    State state = State::kOpen;
    // Of a ready one.
    absl::StatusOr<v1::Inspection> answer = absl::UnknownError("");
  };

  void Work(int64_t i);
  // Whether to call again, now that it has waited.
  bool AwaitServer(const absl::Status& error);
  // Whether the category itself is what the server finds wrong.
  bool IsCategoryAtFault();
  bool Stopped();
  void End(const absl::Status& why);
  void PutBack(int64_t i, const absl::Status& error);
  void Finish(int64_t i, absl::StatusOr<v1::Inspection> answer);
  void Put(int64_t i) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What is left to try after a round; nothing when it has given up.
  std::vector<int64_t> NextRound();
  void Sleep(absl::Duration time);
  void Say(const std::string& words) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const ScoreRunOptions options_;
  const Context& context_;
  Client* const client_;
  const Interrupt* const interrupt_;
  const std::vector<std::string>& pictures_;
  ProgressBar bar_;
  // Each is said once, at the end, with how many it is about.
  PictureNotices notices_;
  Mutex category_mutex_;
  std::optional<bool> category_at_fault_ ABSL_GUARDED_BY(category_mutex_);
  Mutex mutex_;
  ScoreOutput* const output_ ABSL_PT_GUARDED_BY(mutex_);
  std::vector<Slot> slots_ ABSL_GUARDED_BY(mutex_);
  // The first picture whose row is neither out nor put off.
  size_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t done_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<int64_t> later_ ABSL_GUARDED_BY(mutex_);
  absl::Status put_back_ ABSL_GUARDED_BY(mutex_);
  // Set while the server is away.
  std::optional<absl::Time> away_since_ ABSL_GUARDED_BY(mutex_);
  absl::Time answered_at_ ABSL_GUARDED_BY(mutex_);
  ScoreTally tally_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_SCORE_RUN_H_
