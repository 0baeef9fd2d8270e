#include "client/commands/test_set_check.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/commands/in_flight.h"
#include "client/pictures/mask_file.h"
#include "client/pictures/picture_file.h"
#include "client/pictures/picture_header.h"

namespace mlfsc::client {
namespace {

// Lines of one kind that are printed; the rest are counted.
constexpr size_t kNamed = 20;

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

void SayWhatThereIs(const Context& context, const std::string& name, const TestSet& set) {
  size_t good = 0;
  size_t masks = 0;
  for (const TestPicture& picture : set.pictures) {
    if (picture.good()) ++good;
    if (!picture.masks.empty()) ++masks;
  }
  const size_t defective = set.pictures.size() - good;
  const std::string without = KindsWithoutMasks(set.pictures);
  Remark(context, name,
         absl::StrCat(Plural(good, "good picture"), ", ", Plural(defective, "defective picture"), ", ",
                      Plural(masks, "mask"), " found",
                      masks == 0 || without.empty() ? "" : absl::StrCat("; without a mask: ", without)));
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
  if (!set.unused_masks.empty()) {
    Remark(context, name,
           absl::StrCat(Plural(set.unused_masks.size(), "mask"),
                        " of no picture, the first: ", set.unused_masks.front()));
  }
  Remark(context, name, Describe(set.passed_over));
}

}  // namespace

void Remark(const Context& context, const std::string& name, const std::string& remark) {
  if (!remark.empty()) *context.terminal.err << Printable(absl::StrCat(name, ": ", remark)) << '\n';
}

absl::StatusOr<CheckedTestSet> CheckTestSet(const Context& context, const std::string& name, TestSet set,
                                            const CheckOptions& options) {
  SayWhatThereIs(context, name, set);
  std::vector<absl::Status> read(set.pictures.size());
  std::vector<absl::Status> masks(set.pictures.size());
  const absl::Status done = RunInFlight(
      context, options.jobs, "checking", static_cast<int64_t>(set.pictures.size()), [&](int64_t i) {
        TestPicture& picture = set.pictures[i];
        const absl::StatusOr<PictureFrame> frame = ReadFrame(picture.path, options.reading);
        read[i] = frame.status();
        if (!frame.ok()) return absl::OkStatus();
        picture.frame = *frame;
        if (!picture.masks.empty()) {
          masks[i] =
              ReadMasks(picture.masks, picture.frame, options.mask_frame, &picture.mask_turned).status();
        }
        return absl::OkStatus();
      });
  if (!done.ok()) return done;
  const auto turned = std::count_if(set.pictures.begin(), set.pictures.end(),
                                    [](const TestPicture& picture) { return picture.mask_turned; });
  if (turned > 0) {
    Remark(context, name, absl::StrCat(Plural(turned, "mask"), " turned as EXIF turns the picture"));
  }
  CheckedTestSet checked;
  std::vector<std::string> bad_masks;
  for (size_t i = 0; i < set.pictures.size(); ++i) {
    TestPicture& picture = set.pictures[i];
    if (!read[i].ok()) {
      checked.left_out.push_back({picture.path, picture.kind, std::string(read[i].message())});
    } else if (!masks[i].ok()) {
      bad_masks.push_back(absl::StrCat(picture.path, ": ", masks[i].message()));
    } else {
      checked.pictures.push_back(std::move(picture));
    }
  }
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
