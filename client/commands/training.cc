#include "client/commands/training.h"

#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "client/commands/option_names.h"
#include "client/commands/picture_notices.h"
#include "client/pictures/picture_file.h"
#include "client/terminal/progress_bar.h"
#include "client/terminal/terminal.h"

namespace mlfsc::client {
namespace {

// Of a phase that this program does not know, too.
std::string Label(v1::TrainProgress::Phase phase) {
  std::string name = Name(phase);
  return name.empty() ? "training" : name;
}

std::string Note(const v1::TrainProgress& progress) {
  std::string note;
  if (progress.phase() == v1::TrainProgress::LEARNING && progress.objective() > 0) {
    note = absl::StrFormat("objective %.4g", progress.objective());
  }
  // Exactly 0 also comes from a server that does not say.
  if (progress.seconds_left() > 0) {
    absl::StrAppend(&note, note.empty() ? "" : "  ", FormatSeconds(progress.seconds_left()), " left");
  }
  return note;
}

// A server knows pictures by their number: "picture 3: ..." becomes "part-3.png: ...".
absl::Status WithName(const absl::Status& error, const std::vector<std::string>& pictures) {
  absl::string_view message = error.message();
  if (!absl::ConsumePrefix(&message, "picture ")) return error;
  const size_t digits = message.find(": ");
  size_t index = 0;
  if (digits == absl::string_view::npos || !absl::SimpleAtoi(message.substr(0, digits), &index) ||
      index >= pictures.size()) {
    return error;
  }
  return absl::Status(error.code(), absl::StrCat(pictures[index], message.substr(digits)));
}

// `call`: Train or Recalibrate of a client, with a callback for progress.
template <typename Request, typename Call>
absl::StatusOr<Trained> SendFiles(const Context& context, const typename Request::Start& start,
                                  const std::vector<std::string>& pictures, const PictureReading& reading,
                                  const Call& call) {
  const absl::Time begin = context.clock->Now();
  auto bar = std::make_unique<ProgressBar>(context.terminal, context.clock);
  PictureSeries<Request> series;
  series.start = start;
  series.pictures = static_cast<int>(pictures.size());
  series.picture = [&](int index) { return ReadPicture(pictures[index], reading); };
  absl::StatusOr<v1::TrainResult> result = call(std::move(series), [&bar](const v1::TrainProgress& progress) {
    bar->Show(Label(progress.phase()), progress.pictures_done(), progress.pictures_total(), Note(progress));
  });
  if (!result.ok()) return WithName(result.status(), pictures);
  PictureNotices notices;
  for (const v1::PictureNotice& notice : result->picture_notices()) {
    const bool known = notice.picture() >= 0 && notice.picture() < static_cast<int64_t>(pictures.size());
    notices.Add(known ? pictures[notice.picture()] : absl::StrCat("picture ", notice.picture()),
                notice.text(), notice.pictures());
  }
  // Takes its line away.
  bar.reset();
  notices.Print(context.terminal.err);
  return Trained{*std::move(result), context.clock->Now() - begin};
}

}  // namespace

absl::StatusOr<Trained> TrainOnFiles(const Context& context, Client* client,
                                     const v1::TrainRequest::Start& start,
                                     const std::vector<std::string>& pictures,
                                     const PictureReading& reading) {
  return SendFiles<v1::TrainRequest>(context, start, pictures, reading,
                                     [client](Training training, const TrainProgressCallback& on_progress) {
                                       return client->Train(std::move(training), on_progress);
                                     });
}

absl::StatusOr<Trained> RecalibrateOnFiles(const Context& context, Client* client,
                                           const v1::RecalibrateCategoryRequest::Start& start,
                                           const std::vector<std::string>& pictures,
                                           const PictureReading& reading) {
  return SendFiles<v1::RecalibrateCategoryRequest>(
      context, start, pictures, reading,
      [client](Recalibration recalibration, const TrainProgressCallback& on_progress) {
        return client->Recalibrate(std::move(recalibration), on_progress);
      });
}

void PrintFindings(const v1::TrainResult& result, const std::vector<std::string>& pictures,
                   std::ostream* out) {
  bool stayed = false;
  for (const v1::Outlier& outlier : result.outliers()) {
    const auto index = static_cast<size_t>(outlier.picture());
    const std::string name = outlier.picture() >= 0 && index < pictures.size()
                                 ? pictures[index]
                                 : absl::StrCat("picture ", outlier.picture());
    *out << "warning: " << Printable(name) << " does not look like the others"
         << (outlier.dropped() ? " and was kept out" : "")
         << absl::StreamFormat(" (score %.5g): ", outlier.score()) << Printable(outlier.reason()) << '\n';
    stayed = stayed || !outlier.dropped();
  }
  if (stayed) *out << "  it counts as good all the same; --outliers drop keeps such pictures out\n";
  for (const v1::Notice& notice : result.notices()) *out << "note: " << Printable(notice.text()) << '\n';
}

std::string Describe(const Trained& trained) {
  std::string description = absl::StrCat("version ", trained.result.version().version(), " learnt from ",
                                         trained.result.version().pictures(), " pictures in ",
                                         FormatSeconds(absl::ToDoubleSeconds(trained.took)));
  if (trained.result.pictures_skipped() > 0) {
    absl::StrAppend(&description, ", ", trained.result.pictures_skipped(), " left out");
  }
  if (const int dropped = trained.result.version().outliers_dropped(); dropped > 0) {
    absl::StrAppend(&description, ", ", dropped, " outlier", dropped == 1 ? "" : "s", " kept out");
  }
  return description;
}

}  // namespace mlfsc::client
