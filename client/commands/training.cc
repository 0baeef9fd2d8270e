#include "client/commands/training.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/commands/option_names.h"
#include "client/pictures/picture_file.h"
#include "client/terminal/progress_bar.h"

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

// `call`: Train or Recalibrate of a client, with a callback for progress.
template <typename Request, typename Call>
absl::StatusOr<Trained> SendFiles(const Context& context, const typename Request::Start& start,
                                  const std::vector<std::string>& pictures, const Call& call) {
  const absl::Time begin = context.clock->Now();
  ProgressBar bar(context.terminal, context.clock);
  PictureSeries<Request> series;
  series.start = start;
  series.pictures = static_cast<int>(pictures.size());
  series.picture = [&pictures](int index) { return ReadPicture(pictures[index]); };
  absl::StatusOr<v1::TrainResult> result = call(std::move(series), [&bar](const v1::TrainProgress& progress) {
    bar.Show(Label(progress.phase()), progress.pictures_done(), progress.pictures_total(), Note(progress));
  });
  if (!result.ok()) return result.status();
  return Trained{*std::move(result), context.clock->Now() - begin};
}

}  // namespace

absl::StatusOr<Trained> TrainOnFiles(const Context& context, Client* client,
                                     const v1::TrainRequest::Start& start,
                                     const std::vector<std::string>& pictures) {
  return SendFiles<v1::TrainRequest>(context, start, pictures,
                                     [client](Training training, const TrainProgressCallback& on_progress) {
                                       return client->Train(std::move(training), on_progress);
                                     });
}

absl::StatusOr<Trained> RecalibrateOnFiles(const Context& context, Client* client,
                                           const v1::RecalibrateCategoryRequest::Start& start,
                                           const std::vector<std::string>& pictures) {
  return SendFiles<v1::RecalibrateCategoryRequest>(
      context, start, pictures,
      [client](Recalibration recalibration, const TrainProgressCallback& on_progress) {
        return client->Recalibrate(std::move(recalibration), on_progress);
      });
}

std::string Describe(const Trained& trained) {
  std::string description = absl::StrCat("version ", trained.result.version().version(), " learnt from ",
                                         trained.result.version().pictures(), " pictures in ",
                                         FormatSeconds(absl::ToDoubleSeconds(trained.took)));
  if (trained.result.pictures_skipped() > 0) {
    absl::StrAppend(&description, ", ", trained.result.pictures_skipped(), " left out");
  }
  return description;
}

}  // namespace mlfsc::client
