#include "client/generator/generator.h"

#include <filesystem>
#include <system_error>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/generator/defects.h"
#include "client/generator/random.h"
#include "client/pictures/data_set.h"
#include "client/pictures/picture_file.h"
#include "core/base/mutex.h"
#include "core/image/draw.h"

namespace mlfsc::client {
namespace {

struct PictureToDraw {
  // "train" or "test".
  std::string split;
  std::string kind;
  std::string name;
};

std::vector<PictureToDraw> Plan(const GeneratorOptions& options) {
  std::vector<PictureToDraw> plan;
  const auto add = [&](const std::string& split, const std::string& kind, int count) {
    for (int i = 0; i < count; ++i) plan.push_back({split, kind, absl::StrFormat("%03d", i)});
  };
  add("train", kGoodKind, options.train);
  add("test", kGoodKind, options.test_good);
  for (const std::string& kind : DefectKinds()) add("test", kind, options.test_defective);
  return plan;
}

absl::Status Validate(const GeneratorOptions& options) {
  if (options.size < 64 || options.size > 4096) {
    return absl::InvalidArgumentError(
        absl::StrCat("pictures of ", options.size, " px a side; 64 to 4096 are possible"));
  }
  for (const int count : {options.train, options.test_good, options.test_defective}) {
    if (count < 1 || count > 100000) {
      return absl::InvalidArgumentError(absl::StrCat(count, " pictures; 1 to 100000 are possible"));
    }
  }
  return absl::OkStatus();
}

absl::Status WritePng(const cv::Mat& rgb, const std::string& path) {
  Image image;
  image.rgb = rgb;
  const absl::StatusOr<std::string> png = EncodePng(image);
  if (!png.ok()) return png.status();
  return WriteFile(path, *png);
}

absl::Status Draw(const PictureToDraw& wanted, const GeneratorOptions& options, const std::string& folder) {
  Random random(SeedOf(options.seed, absl::StrCat(wanted.split, "/", wanted.kind, "/", wanted.name)));
  const std::string path =
      absl::StrCat(folder, "/", wanted.split, "/", wanted.kind, "/", wanted.name, ".png");
  if (wanted.kind == kGoodKind) return WritePng(DrawGoodPicture(options.size, &random), path);

  const DefectivePicture defective = DrawDefectivePicture(options.size, wanted.kind, &random);
  absl::Status written = WritePng(defective.picture, path);
  cv::Mat mask;
  cv::cvtColor(defective.mask, mask, cv::COLOR_GRAY2RGB);
  written.Update(
      WritePng(mask, absl::StrCat(folder, "/ground_truth/", wanted.kind, "/", wanted.name, "_mask.png")));
  return written;
}

}  // namespace

absl::Status GeneratePictures(const GeneratorOptions& options, const std::string& folder, ThreadPool* threads,
                              const std::function<void(int, int)>& on_progress) {
  absl::Status valid = Validate(options);
  if (!valid.ok()) return valid;
  std::error_code error;
  if (std::filesystem::exists(folder, error) && !std::filesystem::is_empty(folder, error)) {
    return absl::AlreadyExistsError(absl::StrCat(folder, ": there is something in it already"));
  }
  const std::vector<PictureToDraw> plan = Plan(options);
  Mutex mutex;
  absl::Status status;
  int done = 0;
  threads->ParallelFor(static_cast<int64_t>(plan.size()), [&](int64_t i) {
    {
      MutexLock lock(&mutex);
      if (!status.ok()) return;
    }
    const absl::Status drawn = Draw(plan[i], options, folder);
    MutexLock lock(&mutex);
    status.Update(drawn);
    if (on_progress) on_progress(++done, static_cast<int>(plan.size()));
  });
  return status;
}

}  // namespace mlfsc::client
