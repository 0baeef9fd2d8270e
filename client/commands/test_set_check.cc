#include "client/commands/test_set_check.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/commands/in_flight.h"
#include "client/pictures/mask_file.h"
#include "client/pictures/picture_file.h"
#include "core/image/picture_header.h"
#include "core/base/nearest_name.h"

namespace mlfsc::client {
namespace {

// Lines of one kind that are printed; the rest are counted.
constexpr size_t kNamed = 20;

std::string FileName(const std::string& path) { return std::filesystem::path(path).filename().string(); }

std::string Plural(size_t count, const std::string& one) {
  return absl::StrCat(count, " ", one, count == 1 ? "" : "s");
}

absl::StatusOr<PictureFrame> ReadFrame(const std::string& path, const PictureReading& reading) {
  const absl::StatusOr<std::string> bytes = ReadPictureBytes(path);
  if (!bytes.ok()) return bytes.status();
  const absl::StatusOr<Image> image = DecodePictureBytes(path, *bytes, reading);
  if (!image.ok()) return image.status();
  return PictureFrame{image->width(), image->height(), OrientationOf(*bytes)};
}

void SayEach(const Context& context, const std::string& name, const std::vector<std::string>& lines) {
  for (size_t i = 0; i < std::min(lines.size(), kNamed); ++i) Remark(context, name, lines[i]);
  if (lines.size() > kNamed) Remark(context, name, absl::StrCat("and ", lines.size() - kNamed, " more"));
}

void SayLeftOut(const Context& context, const std::string& name, const std::vector<LeftOut>& left_out) {
  std::vector<std::string> lines;
  for (const LeftOut& one : left_out) lines.push_back(absl::StrCat("left out: ", one.reason));
  SayEach(context, name, lines);
}

// With `strict` they are not left out, but end it all; the error names a lone one.
void SayUnreadable(const Context& context, const std::string& name, const std::vector<LeftOut>& unreadable,
                   bool strict) {
  if (!strict) return SayLeftOut(context, name, unreadable);
  if (unreadable.size() < 2) return;
  std::vector<std::string> lines;
  for (const LeftOut& one : unreadable) lines.push_back(one.reason);
  SayEach(context, name, lines);
}

// "cut (all 8), hole (2 of 12)": kinds some of whose pictures have no mask.
std::string KindsWithoutMasks(const std::vector<TestPicture>& pictures) {
  std::map<std::string, std::pair<int, int>> kinds;
  for (const TestPicture& picture : pictures) {
    if (picture.good()) continue;
    auto& [without, all] = kinds[picture.kind];
    ++all;
    if (picture.masks.empty()) ++without;
  }
  std::vector<std::string> words;
  for (const auto& [kind, counts] : kinds) {
    const auto [without, all] = counts;
    if (without == 0) continue;
    words.push_back(without == all ? absl::StrCat(kind, " (all ", all, ")")
                                   : absl::StrCat(kind, " (", without, " of ", all, ")"));
  }
  return absl::StrJoin(words, ", ");
}

// What lies among the masks and is no picture's.
void SayOtherMasks(const Context& context, const std::string& name, const TestSet& set) {
  const OtherMasks& others = set.other_masks;
  const std::string folder = FileName(others.folder);
  for (const auto& [kind, masks] : others.of_no_kind) {
    Remark(context, name,
           absl::StrCat(folder, "/", kind, ": ", Plural(masks, "mask"), " of no kind",
                        DidYouMean(kind, set.kinds)));
  }
  if (!others.unused.empty()) {
    Remark(context, name,
           absl::StrCat(Plural(others.unused.size(), "mask"), " of no picture, the first: ",
                        others.unused.front()));
  }
  if (!others.seconds.empty()) {
    const auto& [mask, taken] = *others.seconds.begin();
    Remark(context, name,
           absl::StrCat(Plural(others.seconds.size(), "second mask"),
                        " of pictures that have another one, not taken, the first: ", mask, " (taken: ",
                        FileName(taken), ")"));
  }
  const std::string passed_over = Describe(others.passed_over);
  if (!passed_over.empty()) Remark(context, name, absl::StrCat(folder, ": ", passed_over));
}

// `masks_expected`: whether somebody counts on them, though there may be none.
void SayWhatThereIs(const Context& context, const std::string& name, const TestSet& set,
                    bool masks_expected) {
  size_t good = 0;
  size_t masks = 0;
  for (const TestPicture& picture : set.pictures) {
    if (picture.good()) ++good;
    if (!picture.masks.empty()) ++masks;
  }
  const size_t defective = set.pictures.size() - good;
  const std::string without = KindsWithoutMasks(set.pictures);
  const bool name_kinds = masks > 0 || masks_expected || !set.other_masks.folder.empty();
  Remark(context, name,
         absl::StrCat(Plural(good, "good picture"), ", ", Plural(defective, "defective picture"), ", ",
                      Plural(masks, "mask"), " found",
                      !name_kinds || without.empty() ? "" : absl::StrCat("; without a mask: ", without)));
  if (good == 0)
    Remark(context, name, "no good pictures: only the share of defective ones that is found can be told");
  if (defective == 0)
    Remark(context, name, "no defective pictures: only the share of good ones that is flagged can be told");
  for (const std::string& kind : set.empty_kinds) {
    Remark(context, name, absl::StrCat("test/", kind, " holds no picture"));
  }
  if (set.without_kind > 0) {
    Remark(context, name,
           absl::StrCat(Plural(set.without_kind, "picture"), " right in test, of no kind, passed over"));
  }
  SayOtherMasks(context, name, set);
  Remark(context, name, Describe(set.passed_over));
}

// A mask that is mostly defect may have its colours swapped.
constexpr double kMostly = 0.9;

// What looks wrong about a picture's masks and is no error.
struct MaskDoubts {
  // Paths.
  std::vector<std::string> mostly_defect;
  std::vector<std::string> beside_good;
};

void SayDoubts(const Context& context, const std::string& name, const MaskDoubts& doubts) {
  if (!doubts.mostly_defect.empty()) {
    Remark(context, name,
           absl::StrCat("warning: ", Plural(doubts.mostly_defect.size(), "mask"),
                        " more than 90 % defect, the first: ", doubts.mostly_defect.front(),
                        ": may be inverted (what differs from the background, 0, is defect)"));
  }
  if (!doubts.beside_good.empty()) {
    Remark(context, name,
           absl::StrCat("warning: ", Plural(doubts.beside_good.size(), "mask"),
                        " with defective pixels beside good pictures, the first: ",
                        doubts.beside_good.front(), "; such pictures count as good all the same"));
  }
}

// The first mask of a good picture that shows a defect; empty when none does. One that cannot be read says
// nothing, and nothing hangs on it.
std::string MaskWithDefect(const TestPicture& good) {
  for (const std::string& path : good.masks_of_good) {
    const absl::StatusOr<std::string> bytes = ReadPictureBytes(path);
    if (!bytes.ok()) continue;
    const absl::StatusOr<cv::Mat> mask = DecodeMask(*bytes);
    if (mask.ok() && DefectiveShare(*mask) > 0) return path;
  }
  return "";
}

// What is found out about one picture of a test set.
struct CheckedPicture {
  absl::Status read;
  absl::Status masks;
  double defective_share = 0;
  std::string mask_with_defect;
};

CheckedPicture CheckPicture(const CheckOptions& options, TestPicture* picture) {
  CheckedPicture checked;
  const absl::StatusOr<PictureFrame> frame = ReadFrame(picture->path, options.reading);
  checked.read = frame.status();
  if (!frame.ok()) return checked;
  picture->frame = *frame;
  checked.mask_with_defect = MaskWithDefect(*picture);
  if (picture->masks.empty()) return checked;
  const absl::StatusOr<cv::Mat> mask =
      ReadMasks(picture->masks, picture->frame, options.mask_frame, &picture->mask_turned);
  checked.masks = mask.status();
  if (mask.ok()) checked.defective_share = DefectiveShare(*mask);
  return checked;
}

}  // namespace

void Remark(const Context& context, const std::string& name, const std::string& remark) {
  if (!remark.empty()) *context.terminal.err << Printable(absl::StrCat(name, ": ", remark)) << '\n';
}

absl::StatusOr<CheckedTestSet> CheckTestSet(const Context& context, const std::string& name, TestSet set,
                                            const CheckOptions& options) {
  SayWhatThereIs(context, name, set, options.mask_frame != MaskFrame::kBySides);
  std::vector<CheckedPicture> found(set.pictures.size());
  const absl::Status done = RunInFlight(
      context, options.jobs, "checking", static_cast<int64_t>(set.pictures.size()), [&](int64_t i) {
        found[i] = CheckPicture(options, &set.pictures[i]);
        return absl::OkStatus();
      });
  if (!done.ok()) return done;
  const auto turned = std::count_if(set.pictures.begin(), set.pictures.end(),
                                    [](const TestPicture& picture) { return picture.mask_turned; });
  if (turned > 0) {
    Remark(context, name, absl::StrCat(Plural(turned, "mask"), " turned as EXIF turns the picture"));
  }
  CheckedTestSet checked;
  MaskDoubts doubts;
  std::vector<std::string> bad_masks;
  for (size_t i = 0; i < set.pictures.size(); ++i) {
    TestPicture& picture = set.pictures[i];
    if (!found[i].read.ok()) {
      checked.left_out.push_back({picture.path, picture.kind, std::string(found[i].read.message())});
      continue;
    }
    if (!found[i].masks.ok()) {
      bad_masks.push_back(absl::StrCat(picture.path, ": ", found[i].masks.message()));
      continue;
    }
    if (found[i].defective_share > kMostly) doubts.mostly_defect.push_back(picture.masks.front());
    if (!found[i].mask_with_defect.empty()) doubts.beside_good.push_back(found[i].mask_with_defect);
    checked.pictures.push_back(std::move(picture));
  }
  SayDoubts(context, name, doubts);
  SayUnreadable(context, name, checked.left_out, options.strict);
  if (!bad_masks.empty()) {
    if (bad_masks.size() == 1) return absl::InvalidArgumentError(bad_masks.front());
    SayEach(context, name, bad_masks);
    return absl::InvalidArgumentError(
        absl::StrCat(bad_masks.size(), " masks cannot be used, the first: ", bad_masks.front()));
  }
  if (options.strict && !checked.left_out.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(Plural(checked.left_out.size(), "picture"),
                     " cannot be read (--strict), the first: ", checked.left_out.front().reason));
  }
  if (checked.pictures.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("not one of ", Plural(set.pictures.size(), "picture"),
                     " can be read, the first: ", checked.left_out.front().reason));
  }
  return checked;
}

absl::StatusOr<std::vector<std::string>> CheckTrainingSet(const Context& context, const std::string& name,
                                                          const std::vector<std::string>& pictures,
                                                          bool skip_bad, const CheckOptions& options) {
  std::vector<absl::Status> read(pictures.size());
  const absl::Status done =
      RunInFlight(context, options.jobs, "checking", static_cast<int64_t>(pictures.size()), [&](int64_t i) {
        read[i] = ReadFrame(pictures[i], options.reading).status();
        return skip_bad ? absl::OkStatus() : read[i];
      });
  if (!done.ok()) return done;
  std::vector<std::string> readable;
  std::vector<LeftOut> left_out;
  for (size_t i = 0; i < pictures.size(); ++i) {
    if (read[i].ok()) {
      readable.push_back(pictures[i]);
    } else {
      left_out.push_back({pictures[i], "", std::string(read[i].message())});
    }
  }
  SayLeftOut(context, name, left_out);
  return readable;
}

}  // namespace mlfsc::client
