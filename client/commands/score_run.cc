#include "client/commands/score_run.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/commands/picture_flags.h"
#include "client/fault.h"
#include "core/base/thread_pool.h"

namespace mlfsc::client {
namespace {

// Between two tries, beside what the connection itself waits.
constexpr absl::Duration kPause = absl::Seconds(1);

bool FailsOn(const std::string& fail_on, v1::Verdict verdict) {
  return verdict == v1::NOK ? !fail_on.empty() : verdict == v1::REVIEW && fail_on == "review";
}

}  // namespace

ScoreRun::ScoreRun(const ScoreRunOptions& options, const Context& context, Client* client,
                   const Interrupt* interrupt, const std::vector<std::string>& pictures, ScoreOutput* output)
    : options_(options),
      context_(context),
      client_(client),
      interrupt_(interrupt),
      pictures_(pictures),
      bar_(context.terminal, context.clock),
      output_(output),
      slots_(pictures.size()),
      answered_at_(context.clock->Now()) {}

ScoreTally ScoreRun::Run() {
  const auto count = static_cast<int64_t>(pictures_.size());
  bar_.ShowWithTimeLeft("scoring", 0, count);
  {
    // The calling thread works too.
    ThreadPool threads(static_cast<int>(std::clamp<int64_t>(count - 1, 0, options_.jobs - 1)));
    std::vector<int64_t> round(pictures_.size());
    for (int64_t i = 0; i < count; ++i) round[static_cast<size_t>(i)] = i;
    while (!round.empty()) {
      threads.ParallelFor(static_cast<int64_t>(round.size()),
                          [&](int64_t k) { Work(round[static_cast<size_t>(k)]); });
      round = NextRound();
    }
  }
  bar_.Clear();
  MutexLock lock(&mutex_);
  // What waited for others that were not done.
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].state == State::kReady) Put(static_cast<int64_t>(i));
  }
  tally_.not_done = count - done_;
  bar_.Clear();
  notices_.Print(context_.terminal.err);
  return tally_;
}

void ScoreRun::Work(int64_t i) {
  if (Stopped()) return;
  const std::string& path = pictures_[static_cast<size_t>(i)];
  const absl::StatusOr<v1::Picture> picture = ReadPicture(path, options_.reading);
  if (!picture.ok()) return Finish(i, picture.status());
  while (!Stopped()) {
    absl::StatusOr<v1::Inspection> answer = client_->Score(options_.category, *picture, options_.version);
    if (answer.ok()) return Finish(i, std::move(answer));
    const absl::Status& error = answer.status();
    switch (FaultOf(error)) {
      case Fault::kPicture:
        return IsCategoryAtFault() ? End(error) : Finish(i, OfPicture(path, error));
      case Fault::kLasting:
        return End(error);
      case Fault::kPassing:
        if (!absl::IsUnavailable(error)) return PutBack(i, error);
        if (!AwaitServer(error)) return;
    }
  }
}

bool ScoreRun::AwaitServer(const absl::Status& error) {
  {
    MutexLock lock(&mutex_);
    if (!away_since_.has_value()) {
      away_since_ = context_.clock->Now();
      Say(absl::StrCat("waiting up to ", absl::FormatDuration(options_.patience), ": ", error.message()));
    }
    if (context_.clock->Now() - *away_since_ >= options_.patience) {
      tally_.ended.Update(error);
      return false;
    }
  }
  Sleep(kPause);
  return true;
}

bool ScoreRun::IsCategoryAtFault() {
  MutexLock lock(&category_mutex_);
  if (!category_at_fault_.has_value()) {
    category_at_fault_ = absl::IsInvalidArgument(client_->GetCategory(options_.category).status());
  }
  return *category_at_fault_;
}

bool ScoreRun::Stopped() {
  MutexLock lock(&mutex_);
  if (tally_.ended.ok() && interrupt_->Requested()) tally_.ended = absl::CancelledError("interrupted");
  return !tally_.ended.ok();
}

void ScoreRun::End(const absl::Status& why) {
  MutexLock lock(&mutex_);
  tally_.ended.Update(why);
}

void ScoreRun::PutBack(int64_t i, const absl::Status& error) {
  MutexLock lock(&mutex_);
  if (put_back_.message() != error.message()) {
    put_back_ = OfPicture(pictures_[static_cast<size_t>(i)], error);
    Say(absl::StrCat(put_back_.message(), " (tried again after the others)"));
  }
  put_back_ = error;
  slots_[static_cast<size_t>(i)].state = State::kLater;
  later_.push_back(i);
}

void ScoreRun::Finish(int64_t i, absl::StatusOr<v1::Inspection> answer) {
  MutexLock lock(&mutex_);
  if (away_since_.has_value()) Say("going on");
  away_since_.reset();
  answered_at_ = context_.clock->Now();
  Slot& slot = slots_[static_cast<size_t>(i)];
  slot.answer = std::move(answer);
  slot.state = State::kReady;
  if (static_cast<size_t>(i) < next_) return Put(i);
  for (; next_ < slots_.size() && slots_[next_].state != State::kOpen; ++next_) {
    if (slots_[next_].state == State::kReady) Put(static_cast<int64_t>(next_));
  }
}

void ScoreRun::Put(int64_t i) {
  Slot& slot = slots_[static_cast<size_t>(i)];
  bar_.Clear();
  output_->Put(pictures_[static_cast<size_t>(i)], slot.answer);
  if (!*context_.terminal.out) {
    tally_.ended.Update(absl::DataLossError("the output cannot be written"));
    return;
  }
  if (!slot.answer.ok()) {
    ++tally_.bad;
    Say(std::string(slot.answer.status().message()));
  } else {
    notices_.Add(pictures_[static_cast<size_t>(i)], slot.answer->notice());
    if (FailsOn(options_.fail_on, slot.answer->verdict())) ++tally_.failed;
  }
  slot = {State::kDone, absl::UnknownError("")};
  bar_.ShowWithTimeLeft("scoring", ++done_, static_cast<int64_t>(pictures_.size()));
}

std::vector<int64_t> ScoreRun::NextRound() {
  if (Stopped()) return {};
  {
    MutexLock lock(&mutex_);
    if (later_.empty()) return {};
    if (context_.clock->Now() - answered_at_ >= options_.patience) {
      tally_.ended = put_back_;
      return {};
    }
  }
  Sleep(kPause);
  MutexLock lock(&mutex_);
  std::sort(later_.begin(), later_.end());
  return std::exchange(later_, {});
}

void ScoreRun::Sleep(absl::Duration time) {
  Mutex sleeping;
  MutexLock lock(&sleeping);
  const absl::Time wake = context_.clock->Now() + time;
  while (context_.clock->Now() < wake && !interrupt_->Requested()) {
    // In pieces, so that a wish to end is seen.
    context_.clock->WaitUntil(&sleeping, std::min(wake, context_.clock->Now() + absl::Milliseconds(200)));
  }
}

void ScoreRun::Say(const std::string& words) {
  bar_.Clear();
  *context_.terminal.err << "mlfsc: " << Printable(words) << std::endl;
}

}  // namespace mlfsc::client
