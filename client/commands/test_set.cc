#include "client/commands/test_set.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/commands/in_flight.h"
#include "client/commands/picture_flags.h"
#include "client/commands/picture_notices.h"
#include "client/pictures/float_map.h"
#include "client/pictures/output_paths.h"
#include "client/pictures/picture_file.h"
#include "client/terminal/progress_bar.h"
#include "core/image/draw.h"

namespace mlfsc::client {
namespace {

// Of the files of HeatmapFiles, in their order.
constexpr std::array<const char*, 3> kEndings = {".png", ".picture.png", ".mask.png"};
// Longer side of what is written of a picture to be shown beside its heatmap.
constexpr int kShownSide = 960;

class TestSetRun {
 public:
  TestSetRun(Client* client, const TestSetRequest& request, std::vector<HeatmapFiles> heatmaps,
             std::unique_ptr<PixelRanking> pixels)
      : client_(client),
        request_(request),
        kinds_(KindsOf(request.pictures)),
        heatmaps_(std::move(heatmaps)),
        pixels_(std::move(pixels)),
        inspected_(request.pictures.size()),
        refused_(request.pictures.size()) {}

  // One picture; thread-safe for different indices.
  absl::Status Inspect(int64_t index) {
    const TestPicture& test = request_.pictures[index];
    absl::StatusOr<v1::Picture> picture = ReadPicture(test.path, request_.reading);
    if (!picture.ok()) return Refused(index, picture.status());
    absl::StatusOr<v1::Inspection> inspection =
        NeedsMap(test) ? InspectWithMap(index, *std::move(picture))
                       : client_->Score(request_.category, *std::move(picture), request_.version);
    if (!inspection.ok()) {
      return IsAboutThePicture(inspection.status())
                 ? Refused(index, OfPicture(test.path, inspection.status()))
                 : inspection.status();
    }
    notices_.Add(test.path, inspection->notice());
    inspected_[index] = {test, *std::move(inspection)};
    return absl::OkStatus();
  }

  const PictureNotices& notices() const { return notices_; }

  // After the last picture.
  absl::StatusOr<TestSetAnswers> Finish() {
    TestSetAnswers answers;
    for (size_t i = 0; i < inspected_.size(); ++i) {
      if (!refused_[i].ok()) {
        answers.left_out.push_back(
            {request_.pictures[i].path, request_.pictures[i].kind, std::string(refused_[i].message())});
        continue;
      }
      answers.pictures.push_back(std::move(inspected_[i]));
      if (!heatmaps_.empty()) answers.heatmaps.push_back(std::move(heatmaps_[i]));
    }
    if (answers.pictures.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("not one picture could be scored, the first because: ",
                                                     answers.left_out.front().reason));
    }
    if (pixels_ != nullptr) {
      absl::StatusOr<PixelEvaluation> pixels = pixels_->Compute();
      if (!pixels.ok()) return pixels.status();
      answers.pixels = *std::move(pixels);
      KeepKindsOf(answers.pictures, &answers.pixels);
    }
    return answers;
  }

 private:
  // A kind none of whose pictures is left has no figures.
  void KeepKindsOf(const std::vector<InspectedPicture>& pictures, PixelEvaluation* pixels) const {
    std::vector<TestPicture> left;
    for (const InspectedPicture& one : pictures) left.push_back(one.picture);
    std::vector<PixelMeasures> by_kind;
    for (const std::string& kind : KindsOf(left)) {
      by_kind.push_back(pixels->by_kind[std::find(kinds_.begin(), kinds_.end(), kind) - kinds_.begin()]);
    }
    pixels->by_kind = std::move(by_kind);
  }

  absl::Status Refused(int64_t index, const absl::Status& why) {
    if (request_.strict) return why;
    refused_[index] = why;
    return absl::OkStatus();
  }

  bool CountsPixels(const TestPicture& test) const {
    return pixels_ != nullptr && (test.good() || !test.masks.empty());
  }
  bool NeedsMap(const TestPicture& test) const { return !heatmaps_.empty() || CountsPixels(test); }

  absl::StatusOr<v1::Inspection> InspectWithMap(int64_t index, v1::Picture picture) {
    absl::StatusOr<v1::HeatmapResponse> response = client_->Heatmap(
        request_.category, std::move(picture), v1::HeatmapRequest::FLOAT32_MAP, request_.version);
    if (!response.ok()) return response.status();
    const absl::StatusOr<cv::Mat> map = ToFloatMap(*response);
    if (!map.ok()) return map.status();
    const absl::StatusOr<cv::Mat> mask = ReadMask(request_.pictures[index]);
    if (!mask.ok()) return mask.status();
    absl::Status used;
    if (CountsPixels(request_.pictures[index])) used.Update(CountPixels(index, *map, *mask));
    if (!heatmaps_.empty()) used.Update(WriteHeatmap(index, *map, *mask, *response));
    if (!used.ok()) return used;
    return std::move(*response->mutable_inspection());
  }

  // Empty of a picture without one.
  absl::StatusOr<cv::Mat> ReadMask(const TestPicture& test) const {
    if (test.masks.empty()) return cv::Mat();
    return ReadMasks(test.masks, test.frame, request_.mask_frame);
  }

  absl::Status CountPixels(int64_t index, const cv::Mat& map, const cv::Mat& mask) {
    const auto kind =
        std::find(kinds_.begin(), kinds_.end(), request_.pictures[index].kind) - kinds_.begin();
    return pixels_->Add(index, static_cast<int>(kind), map, mask);
  }

  // The overlay, and what it was made of as it was seen.
  absl::Status WriteHeatmap(int64_t index, const cv::Mat& map, const cv::Mat& mask,
                            const v1::HeatmapResponse& response) {
    const absl::StatusOr<Image> image = DecodePictureFile(request_.pictures[index].path, request_.reading);
    if (!image.ok()) return image.status();
    const HeatmapFiles& files = heatmaps_[index];
    absl::Status written = Write(files.heatmap, DrawOverlay(*image, map, response));
    written.Update(Write(files.picture, EncodePng(Preview(*image, kShownSide))));
    if (!files.mask.empty()) written.Update(Write(files.mask, DrawMask(mask, kShownSide)));
    return written;
  }

  static absl::Status Write(const std::string& path, const absl::StatusOr<std::string>& png) {
    return png.ok() ? WriteFile(path, *png) : png.status();
  }

  Client* const client_;
  const TestSetRequest& request_;
  const std::vector<std::string> kinds_;
  // One a picture, or none at all.
  std::vector<HeatmapFiles> heatmaps_;
  // Null when there are no masks.
  const std::unique_ptr<PixelRanking> pixels_;
  std::vector<InspectedPicture> inspected_;
  PictureNotices notices_;
  // One a picture; OK for what was inspected.
  std::vector<absl::Status> refused_;
};

}  // namespace

absl::StatusOr<std::vector<HeatmapFiles>> HeatmapPaths(const std::vector<TestPicture>& pictures,
                                                       const std::string& folder) {
  if (folder.empty()) return std::vector<HeatmapFiles>();
  std::vector<std::string> paths;
  for (const TestPicture& picture : pictures) paths.push_back(picture.path);
  std::array<std::vector<std::string>, 3> outputs;
  std::set<std::string> taken;
  for (size_t i = 0; i < outputs.size(); ++i) {
    absl::StatusOr<std::vector<std::string>> named = OutputPaths(paths, folder, kEndings[i]);
    if (!named.ok()) return named.status();
    outputs[i] = *std::move(named);
    for (const std::string& path : outputs[i]) {
      if (taken.insert(path).second) continue;
      return absl::InvalidArgumentError(
          absl::StrCat("two files would be written as ", path, ": rename a picture"));
    }
  }
  std::vector<HeatmapFiles> files;
  for (size_t i = 0; i < pictures.size(); ++i) {
    files.push_back({outputs[0][i], outputs[1][i], pictures[i].masks.empty() ? "" : outputs[2][i]});
  }
  return files;
}

absl::StatusOr<TestSetAnswers> InspectTestSet(const Context& context, Client* client,
                                              const TestSetRequest& request) {
  absl::StatusOr<std::vector<HeatmapFiles>> heatmaps = HeatmapPaths(request.pictures, request.heatmap_folder);
  if (!heatmaps.ok()) return heatmaps.status();
  std::unique_ptr<PixelRanking> pixels;
  if (std::any_of(request.pictures.begin(), request.pictures.end(),
                  [](const TestPicture& picture) { return !picture.masks.empty(); })) {
    absl::StatusOr<std::unique_ptr<PixelRanking>> created =
        PixelRanking::Create(static_cast<int>(KindsOf(request.pictures).size()));
    if (!created.ok()) return created.status();
    pixels = *std::move(created);
  }
  TestSetRun run(client, request, *std::move(heatmaps), std::move(pixels));
  const absl::Status status =
      RunInFlight(context, request.jobs, "evaluating", static_cast<int64_t>(request.pictures.size()),
                  [&run](int64_t i) { return run.Inspect(i); });
  if (!status.ok()) return status;
  run.notices().Print(context.terminal.err);
  // Ranking many millions of pixels takes a while.
  ProgressBar bar(context.terminal, context.clock);
  bar.Show("ranking", 0, 0, "");
  return run.Finish();
}

}  // namespace mlfsc::client
