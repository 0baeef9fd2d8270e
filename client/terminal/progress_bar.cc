#include "client/terminal/progress_bar.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace mlfsc::client {
namespace {

constexpr int kBarCells = 30;
constexpr absl::Duration kBetweenDrawings = absl::Milliseconds(100);

std::string Bar(int64_t done, int64_t total) {
  const int64_t filled = std::clamp<int64_t>(done * kBarCells / total, 0, kBarCells);
  std::string bar;
  for (int64_t i = 0; i < kBarCells; ++i) bar += i < filled ? "█" : "░";
  return bar;
}

}  // namespace

ProgressBar::ProgressBar(const Terminal& terminal, Clock* clock) : terminal_(terminal), clock_(clock) {}

ProgressBar::~ProgressBar() { Clear(); }

void ProgressBar::Clear() {
  MutexLock lock(&mutex_);
  if (drawn_) *terminal_.err << "\r\033[K" << std::flush;
  drawn_ = false;
}

void ProgressBar::Show(absl::string_view label, int64_t done, int64_t total, absl::string_view note) {
  if (!terminal_.interactive) return;
  MutexLock lock(&mutex_);
  ShowLocked(label, done, total, note);
}

void ProgressBar::ShowWithTimeLeft(absl::string_view label, int64_t done, int64_t total) {
  if (!terminal_.interactive) return;
  MutexLock lock(&mutex_);
  std::string note;
  if (label == label_ && done > 0) {
    const double elapsed = absl::ToDoubleSeconds(clock_->Now() - label_since_);
    note = absl::StrCat(FormatSeconds(elapsed / done * (total - done)), " left");
  }
  ShowLocked(label, done, total, note);
}

void ProgressBar::ShowLocked(absl::string_view label, int64_t done, int64_t total, absl::string_view note) {
  const absl::Time now = clock_->Now();
  const bool same_label = label_since_ != absl::InfinitePast() && label == label_;
  if (same_label && drawn_ && done != total && now - drawn_at_ < kBetweenDrawings) return;
  if (!same_label) {
    label_ = std::string(label);
    label_since_ = now;
  }
  std::string line = absl::StrFormat("%-12s", label);
  if (total > 0) {
    absl::StrAppend(&line, " ", Bar(done, total), " ", done, "/", total);
  } else if (done > 0) {
    absl::StrAppend(&line, " ", done);
  }
  if (!note.empty()) absl::StrAppend(&line, "  ", note);
  // The last column stays free: a character there would wrap the line on some terminals.
  *terminal_.err << "\r\033[K" << Clip(line, terminal_.columns - 1) << std::flush;
  drawn_ = true;
  drawn_at_ = now;
}

}  // namespace mlfsc::client
