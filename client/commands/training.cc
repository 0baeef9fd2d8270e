#include "client/commands/training.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "client/commands/option_names.h"
#include "client/commands/picture_notices.h"
#include "client/commands/test_set_check.h"
#include "client/pictures/picture_file.h"
#include "core/image/picture_header.h"
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

// The path of a picture that the server knows by its number.
std::string SentName(const Trained& trained, int64_t picture) {
  if (picture >= 0 && picture < static_cast<int64_t>(trained.sent.size())) return trained.sent[picture];
  return absl::StrCat("picture ", picture);
}

// Whether the file at `path` fits into a message, beside the few bytes that are about it.
absl::Status CheckSize(const std::string& path, int64_t max_message_bytes) {
  constexpr int64_t kAboutIt = 64;
  std::error_code error;
  const auto bytes = static_cast<int64_t>(std::filesystem::file_size(path, error));
  if (error || max_message_bytes == 0 || bytes + kAboutIt <= max_message_bytes) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(path, ": has ", bytes, " bytes; the server's limit of a message is ",
                                                 max_message_bytes, " (--max_message_bytes)"));
}

// The pictures on their way, by their paths.
class SentPictures {
 public:
  // `skip_bad`: those that cannot be read, or sent to a server whose messages have `max_message_bytes` (0: not known), are
  // left out, and named.
  SentPictures(const std::vector<std::string>& paths, const PictureReading& reading, bool skip_bad, int64_t max_message_bytes)
      : reading_(reading) {
    for (const std::string& path : paths) {
      absl::Status readable = skip_bad ? CheckReadable(path) : absl::OkStatus();
      if (skip_bad && readable.ok()) readable = CheckSize(path, max_message_bytes);
      if (readable.ok()) {
        paths_.push_back(path);
      } else {
        left_out_.emplace_back(readable.message());
      }
    }
  }

  int count() const { return static_cast<int>(paths_.size()); }

  absl::StatusOr<v1::Picture> Read(int index) {
    // A training that begins anew begins with the first.
    if (index == 0) sizes_.clear();
    absl::StatusOr<v1::Picture> picture = ReadPicture(paths_[index], reading_);
    if (!picture.ok()) return picture;
    const std::optional<PictureFrame> frame = FrameOf(picture->encoded());
    if (frame.has_value()) ++sizes_[{frame->width, frame->height}];
    return picture;
  }

  // A server knows pictures by their number: "picture 3: ..." becomes "part-3.png: ...".
  absl::Status WithPath(const absl::Status& error) const {
    absl::string_view message = error.message();
    if (!absl::ConsumePrefix(&message, "picture ")) return error;
    const size_t digits = message.find(": ");
    size_t index = 0;
    if (digits == absl::string_view::npos || !absl::SimpleAtoi(message.substr(0, digits), &index) ||
        index >= paths_.size()) {
      return error;
    }
    return absl::Status(error.code(), absl::StrCat(paths_[index], message.substr(digits)));
  }

  // After the training.
  Trained Complete(v1::TrainResult result, absl::Duration took) const {
    Trained trained;
    trained.result = std::move(result);
    trained.took = took;
    trained.sent = paths_;
    trained.left_out = left_out_;
    for (const v1::SkippedPicture& skipped : trained.result.skipped()) {
      trained.left_out.push_back(absl::StrCat(SentName(trained, skipped.picture()), ": ", skipped.error()));
    }
    trained.left_out_count = static_cast<int>(left_out_.size()) + trained.result.pictures_skipped();
    for (const auto& [sides, pictures] : sizes_)
      trained.sizes.push_back({sides.first, sides.second, pictures});
    std::stable_sort(trained.sizes.begin(), trained.sizes.end(),
                     [](const PictureSize& a, const PictureSize& b) { return a.pictures > b.pictures; });
    return trained;
  }

 private:
  const PictureReading reading_;
  std::vector<std::string> paths_;
  std::vector<std::string> left_out_;
  std::map<std::pair<int, int>, int64_t> sizes_;
};

// Of the server; 0 when it does not tell.
int64_t MaxMessageBytes(Client* client) {
  const absl::StatusOr<v1::GetStatisticsResponse> statistics = client->GetStatistics("");
  return statistics.ok() ? statistics->max_message_bytes() : 0;
}

// `call`: Train or Recalibrate of a client, with a callback for progress.
template <typename Request, typename Call>
absl::StatusOr<Trained> SendFiles(const Context& context, Client* client, const typename Request::Start& start,
                                  const std::vector<std::string>& pictures, const PictureReading& reading,
                                  const Call& call) {
  const absl::Time begin = context.clock->Now();
  auto bar = std::make_unique<ProgressBar>(context.terminal, context.clock);
  SentPictures sent(pictures, reading, start.skip_bad_pictures(),
                    start.skip_bad_pictures() ? MaxMessageBytes(client) : 0);
  PictureSeries<Request> series;
  series.start = start;
  series.pictures = sent.count();
  series.picture = [&sent](int index) { return sent.Read(index); };
  absl::StatusOr<v1::TrainResult> result = call(std::move(series), [&bar](const v1::TrainProgress& progress) {
    bar->Show(Label(progress.phase()), progress.pictures_done(), progress.pictures_total(), Note(progress));
  });
  if (!result.ok()) return sent.WithPath(result.status());
  // Takes its line away.
  bar.reset();
  Trained trained = sent.Complete(*std::move(result), context.clock->Now() - begin);
  PictureNotices notices;
  for (const v1::PictureNotice& notice : trained.result.picture_notices()) {
    notices.Add(SentName(trained, notice.picture()), notice.text(), notice.pictures());
  }
  notices.Print(context.terminal.err);
  return trained;
}

}  // namespace

absl::StatusOr<Trained> TrainOnFiles(const Context& context, Client* client,
                                     const v1::TrainRequest::Start& start,
                                     const std::vector<std::string>& pictures,
                                     const PictureReading& reading) {
  return SendFiles<v1::TrainRequest>(context, client, start, pictures, reading,
                                     [client](Training training, const TrainProgressCallback& on_progress) {
                                       return client->Train(std::move(training), on_progress);
                                     });
}

absl::StatusOr<Trained> RecalibrateOnFiles(const Context& context, Client* client,
                                           const v1::RecalibrateCategoryRequest::Start& start,
                                           const std::vector<std::string>& pictures,
                                           const PictureReading& reading) {
  return SendFiles<v1::RecalibrateCategoryRequest>(
      context, client, start, pictures, reading,
      [client](Recalibration recalibration, const TrainProgressCallback& on_progress) {
        return client->Recalibrate(std::move(recalibration), on_progress);
      });
}

void PrintFindings(const Trained& trained, std::ostream* out) {
  bool stayed = false;
  for (const v1::Outlier& outlier : trained.result.outliers()) {
    *out << "warning: " << Printable(SentName(trained, outlier.picture())) << " does not look like the others"
         << (outlier.dropped() ? " and was kept out" : "")
         << absl::StreamFormat(" (score %.5g): ", outlier.score()) << Printable(outlier.reason()) << '\n';
    stayed = stayed || !outlier.dropped();
  }
  if (stayed) *out << "  it counts as good all the same; --outliers drop keeps such pictures out\n";
  for (const v1::Notice& notice : trained.result.notices())
    *out << "note: " << Printable(notice.text()) << '\n';
}

std::string Describe(const Trained& trained) {
  std::string description = absl::StrCat("version ", trained.result.version().version(), " learnt from ",
                                         trained.result.version().pictures(), " pictures in ",
                                         FormatSeconds(absl::ToDoubleSeconds(trained.took)));
  if (const int left_out = CountLeftOut(trained); left_out > 0) {
    absl::StrAppend(&description, ", ", left_out, " left out");
  }
  if (const int dropped = trained.result.version().outliers_dropped(); dropped > 0) {
    absl::StrAppend(&description, ", ", dropped, " outlier", dropped == 1 ? "" : "s", " kept out");
  }
  return description;
}

int CountLeftOut(const Trained& trained) {
  return trained.left_out_count;
}

std::string DescribeSizes(const std::vector<PictureSize>& sizes) {
  if (sizes.size() < 2) return "";
  constexpr size_t kNamed = 4;
  int64_t pictures = 0;
  std::vector<std::string> words;
  for (const PictureSize& size : sizes) {
    pictures += size.pictures;
    if (words.size() < kNamed) {
      words.push_back(absl::StrCat(size.pictures, " of ", size.width, "x", size.height, " px"));
    }
  }
  return absl::StrCat(pictures, " pictures of ", sizes.size(), " sizes: ", absl::StrJoin(words, ", "),
                      sizes.size() > kNamed ? ", ..." : "");
}

void SayWhatWasOdd(const Context& context, const std::string& name, const Trained& trained) {
  constexpr size_t kNamed = 20;
  const size_t shown = std::min(trained.left_out.size(), kNamed);
  for (size_t i = 0; i < shown; ++i) Remark(context, name, absl::StrCat("left out: ", trained.left_out[i]));
  if (trained.left_out.size() > shown) {
    Remark(context, name, absl::StrCat("and ", trained.left_out.size() - shown, " more"));
  }
  Remark(context, name, DescribeSizes(trained.sizes));
}

}  // namespace mlfsc::client
