#include "tests/e2e/scoring_load.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/client.h"
#include "core/base/clock.h"

namespace mlfsc {
namespace {

// A picture's answer does not depend on its company, and two like replicas give the same score: rounding is
// all that is allowed.
constexpr double kRelativeTolerance = 1e-6;
constexpr size_t kComplaints = 10;

}  // namespace

ScoringLoad::ScoringLoad(int stations, const client::ConnectionOptions& options,
                         std::vector<Question> questions)
    : questions_(std::move(questions)) {
  for (int i = 0; i < stations; ++i) {
    stations_.emplace_back([this, i, options] { Ask(i, options); });
  }
}

ScoringLoad::~ScoringLoad() { Stop(); }

void ScoringLoad::Ask(int station, const client::ConnectionOptions& options) {
  client::Client client(client::MakeConnection(options));
  Clock* const clock = Clock::Real();
  for (size_t next = static_cast<size_t>(station);; ++next) {
    {
      MutexLock lock(&mutex_);
      if (stopping_) return;
      ++tally_.asked;
    }
    const Question& question = questions_[next % questions_.size()];
    v1::Picture picture;
    picture.set_encoded(question.picture);
    const absl::Time start = clock->Now();
    const absl::StatusOr<v1::Inspection> inspection = client.Score(question.category, std::move(picture));
    Note(question, inspection, clock->Now() - start);
  }
}

void ScoringLoad::Note(const Question& question, const absl::StatusOr<v1::Inspection>& inspection,
                       absl::Duration took) {
  std::string complaint;
  MutexLock lock(&mutex_);
  tally_.slowest = std::max(tally_.slowest, took);
  if (!inspection.ok()) {
    ++tally_.failed;
    complaint = absl::StrCat(question.category, ": ", inspection.status().ToString());
  } else if (inspection->category() != question.category ||
             !(std::abs(inspection->raw_score() - question.expected_score) <=
               kRelativeTolerance * std::abs(question.expected_score))) {
    ++tally_.wrong;
    complaint = absl::StrCat(question.category, ": answered ", inspection->category(), " ",
                             inspection->raw_score(), ", not ", question.expected_score);
  } else {
    ++tally_.answered;
  }
  if (!complaint.empty() && tally_.complaints.size() < kComplaints) tally_.complaints.push_back(complaint);
  mutex_.SignalAll();
}

void ScoringLoad::GoOn(absl::Duration duration, int calls) {
  Clock* const clock = Clock::Real();
  const absl::Time end = clock->Now() + duration;
  MutexLock lock(&mutex_);
  const int wanted = Ended() + calls;
  mutex_.Await([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return Ended() >= wanted; });
  while (clock->Now() < end) clock->WaitUntil(&mutex_, end);
}

ScoringLoad::Tally ScoringLoad::Stop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  for (std::thread& station : stations_) station.join();
  stations_.clear();
  MutexLock lock(&mutex_);
  return tally_;
}

}  // namespace mlfsc
