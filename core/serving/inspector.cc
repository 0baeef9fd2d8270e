#include "core/serving/inspector.h"

#include <memory>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/contained.h"
#include "core/base/mutex.h"
#include "core/base/unshared.h"
#include "core/features/feature_extractor.h"
#include "core/image/bit_depth.h"
#include "core/image/draw.h"
#include "core/image/input_picture.h"
#include "core/serving/model_loader.h"
#include "core/serving/work_stage.h"

namespace mlfsc {
namespace {

// A picture on its way, and what is known of it so far.
struct Job {
  InspectionRequest request;
  std::function<void(absl::StatusOr<Inspection>)> done;
  absl::Time arrival;
  // When it came to the queue that it waits in.
  absl::Time queued_at;
  Inspection inspection;
  // Kept when the map is drawn over it.
  Image image;
  // Kept when it comes along with the map.
  Image preview;
  PictureFeatures features;
};
using JobPointer = std::shared_ptr<Job>;
using ModelPointer = std::shared_ptr<const CategoryModel>;

Ticket<Anything> MakeTicket(const Job& job) {
  return {{}, job.request.category, Lane::kScore, job.request.deadline, job.request.cancellation};
}

// Whether a picture left a queue unworked, as opposed to a stage that failed.
bool WasDropped(const absl::Status& status) {
  return absl::IsResourceExhausted(status) || absl::IsDeadlineExceeded(status) || absl::IsCancelled(status) ||
         absl::IsUnavailable(status);
}

std::vector<Mark> MarksOf(const std::vector<Region>& regions) {
  std::vector<Mark> marks;
  marks.reserve(regions.size());
  for (const Region& region : regions) {
    marks.push_back({{region.x, region.y, region.width, region.height}, {region.peak_x, region.peak_y}});
  }
  return marks;
}

absl::StatusOr<std::string> DrawMap(HeatmapFormat format, const cv::Mat& heatmap,
                                    const Inspection& inspection, const Image& image) {
  switch (format) {
    case HeatmapFormat::kOverlayPng:
      return EncodePng(Overlay(image, Intensity(heatmap, inspection.scale), MarksOf(inspection.regions)));
    case HeatmapFormat::kColorMapPng:
      return EncodePng(ColorMap(Intensity(heatmap, inspection.scale)));
    case HeatmapFormat::kFloat32:
      break;
  }
  std::string values;
  values.reserve(heatmap.total() * sizeof(float));
  for (int row = 0; row < heatmap.rows; ++row) {
    values.append(heatmap.ptr<char>(row), static_cast<size_t>(heatmap.cols) * sizeof(float));
  }
  return values;
}

}  // namespace

class Inspector::Impl {
 public:
  Impl(const InspectorOptions& options, Catalog* catalog, FeatureStage* features, Clock* clock,
       ServingObserver* observer)
      : options_(options),
        catalog_(catalog),
        features_(features),
        clock_(clock),
        observer_(observer),
        coding_(
            {Stage::kCoding, options.coding_threads, options.coding_queue_length, "mlfsc-coding"}, clock,
            observer, [this](const JobPointer& job, absl::Duration waited) { CodeAndScore(job, waited); },
            [this](const JobPointer& job, const absl::Status& status) { Refuse(job, status); }),
        decode_(
            {Stage::kDecode, options.decode_threads, options.queue_length, "mlfsc-decode"}, clock, observer,
            [this](const JobPointer& job, absl::Duration waited) { DecodePicture(job, waited); },
            [this](const JobPointer& job, const absl::Status& status) { Refuse(job, status); }),
        loader_(
            {options.load_threads, options.queue_length},
            [catalog](const std::string& category, int64_t version) {
              return catalog->Acquire(category, version);
            },
            clock) {}

  ~Impl() {
    Shutdown();
    MutexLock lock(&mutex_);
    mutex_.Await([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return under_way_ == 0; });
  }

  void Inspect(InspectionRequest request, std::function<void(absl::StatusOr<Inspection>)> done) {
    const JobPointer job = NewJob();
    job->request = std::move(request);
    job->done = std::move(done);
    job->arrival = clock_->Now();
    job->queued_at = job->arrival;
    bool shut_down;
    {
      MutexLock lock(&mutex_);
      shut_down = shut_down_;
    }
    if (shut_down) {
      Drop drop;
      drop.reason = DropReason::kClosed;
      observer_->OnDrop(Stage::kDecode, drop.reason);
      Answer(job, DropStatus(drop, StageName(Stage::kDecode)));
      return;
    }
    auto model = Contained("looking for the version", [&] {
      return ModelInMemory(catalog_->TryAcquire(job->request.category, job->request.version));
    });
    if (!model.ok()) return Answer(job, model.status());
    if (*model != nullptr) return QueueForDecoding(job, *std::move(model));
    const absl::Status waits = ContainedVoid("waiting for the version", [&] {
      loader_.Add(job->request.category, job->request.version,
                  {[this, job](absl::StatusOr<ModelPointer> loaded) {
                     if (!loaded.ok()) return Refuse(job, loaded.status());
                     job->inspection.times.queue += clock_->Now() - job->queued_at;
                     job->queued_at = clock_->Now();
                     QueueForDecoding(job, *std::move(loaded));
                   },
                   job->request.deadline, job->request.cancellation});
    });
    if (!waits.ok()) Answer(job, waits);
  }

  void Shutdown() {
    MutexLock lock(&mutex_);
    shut_down_ = true;
  }

 private:
  // Null for what must be loaded.
  static absl::StatusOr<ModelPointer> ModelInMemory(std::optional<absl::StatusOr<ModelPointer>> model) {
    return model.has_value() ? *std::move(model) : absl::StatusOr<ModelPointer>(nullptr);
  }

  void QueueForDecoding(const JobPointer& job, ModelPointer model) {
    job->inspection.model = std::move(model);
    const absl::Status queued =
        ContainedVoid("queueing the picture", [&] { decode_.Push(MakeTicket(*job), job); });
    if (!queued.ok()) Answer(job, queued);
  }

  void DecodePicture(const JobPointer& job, absl::Duration waited) {
    job->inspection.times.queue += waited;
    const absl::Time start = clock_->Now();
    const absl::Status status =
        Contained("decoding the picture", [&] { return DecodeAndSubmit(job, start); });
    if (status.ok()) return;
    job->inspection.times.decode = clock_->Now() - start;
    Answer(job, status);
  }

  // `map` and `picture`: their bytes, 0 for a picture that does not come along.
  absl::Status CheckMapSize(int64_t map, int64_t picture, const Inspection& inspection,
                            absl::string_view way_out) const {
    if (map + picture <= options_.max_map_bytes) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrFormat(
        "the map of a picture of %dx%d px has %d bytes%s; the limit is %d, which clients take: %s",
        inspection.picture_width, inspection.picture_height, map,
        picture == 0 ? "" : absl::StrFormat(", and the picture that comes along %d", picture),
        options_.max_map_bytes, way_out));
  }

  // The feature stage has the job when this is OK, and only then.
  absl::Status DecodeAndSubmit(const JobPointer& job, absl::Time start) {
    const InspectionRequest& request = job->request;
    const FeatureOptions options = job->inspection.model->features();
    // Decoding takes long enough to be worth asking first.
    if (absl::Status status = features_->WouldRefuse(request.category, options, request.deadline);
        !status.ok()) {
      return status;
    }
    absl::StatusOr<Image> image = Decode(request.picture, options_.limits, options_.decoder);
    if (!image.ok()) return image.status();
    job->inspection.picture_width = image->width();
    job->inspection.picture_height = image->height();
    job->inspection.notice = PictureNotice(*image);
    if (request.heatmap.has_value() && request.with_picture) job->preview = Preview(*image, kPreviewSide);
    if (request.heatmap == HeatmapFormat::kFloat32) {
      const absl::Status fits = CheckMapSize(
          int64_t{4} * image->width() * image->height(),
          static_cast<int64_t>(job->preview.rgb.total() * job->preview.rgb.elemSize()), job->inspection,
          "ask for it as a PNG picture (COLOR_MAP_PNG; mlfsc heatmap "
          "--format map), or send a smaller picture");
      if (!fits.ok()) return fits;
    }
    FeatureRequest features;
    features.category = request.category;
    features.options = options;
    features.input =
        MakeInputPicture(*image, options.input_size, job->inspection.model->manifest().options.resize);
    features.deadline = request.deadline;
    features.cancellation = request.cancellation;
    if (request.heatmap == HeatmapFormat::kOverlayPng) job->image = *std::move(image);
    job->queued_at = clock_->Now();
    job->inspection.times.decode = job->queued_at - start;
    observer_->OnStage(Stage::kDecode, job->inspection.times.decode);
    features_->Submit(std::move(features), [this, job](absl::StatusOr<FeatureResult> result) {
      TakeFeatures(job, std::move(result));
    });
    return absl::OkStatus();
  }

  void TakeFeatures(const JobPointer& job, absl::StatusOr<FeatureResult> result) {
    StageTimes& times = job->inspection.times;
    if (!result.ok()) {
      if (WasDropped(result.status())) return Refuse(job, result.status());
      times.features = clock_->Now() - job->queued_at;
      return Answer(job, result.status());
    }
    times.queue += result->queued;
    times.features = result->computed;
    observer_->OnStage(Stage::kFeatures, result->computed);
    job->features = std::move(result->features);
    job->queued_at = clock_->Now();
    const absl::Status queued = ContainedVoid("queueing the picture's features",
                                              [&] { coding_.PushWhenThereIsRoom(MakeTicket(*job), job); });
    if (!queued.ok()) Answer(job, queued);
  }

  void CodeAndScore(const JobPointer& job, absl::Duration waited) {
    job->inspection.times.queue += waited;
    observer_->OnStage(Stage::kQueue, job->inspection.times.queue);
    Answer(job, Contained("coding and scoring the picture", [&] { return Inspected(job.get()); }));
  }

  // Fills in the inspection.
  absl::Status Inspected(Job* job) {
    Inspection& inspection = job->inspection;
    absl::Time start = clock_->Now();
    const auto time_since_start = [this, &start] {
      const absl::Time end = clock_->Now();
      return end - std::exchange(start, end);
    };

    const absl::StatusOr<CodedPicture> coded =
        inspection.model->Code(std::move(job->features), coding_.pool());
    inspection.times.coding = time_since_start();
    if (!coded.ok()) return coded.status();
    observer_->OnStage(Stage::kCoding, inspection.times.coding);
    if (absl::Status status = StillWanted(*job); !status.ok()) return status;

    const cv::Mat heatmap = ScorePicture(job, *coded, coding_.pool());
    inspection.times.scoring = time_since_start();
    observer_->OnStage(Stage::kScoring, inspection.times.scoring);
    if (absl::Status status = StillWanted(*job); !status.ok()) return status;

    if (!job->request.heatmap.has_value()) return absl::OkStatus();
    const absl::Status drawn = Draw(job, heatmap);
    inspection.times.encode = time_since_start();
    if (!drawn.ok()) return drawn;
    observer_->OnStage(Stage::kEncode, inspection.times.encode);
    return absl::OkStatus();
  }

  // Fills in map and picture.
  absl::Status Draw(Job* job, const cv::Mat& heatmap) const {
    Inspection& inspection = job->inspection;
    absl::StatusOr<std::string> map = DrawMap(*job->request.heatmap, heatmap, inspection, job->image);
    if (!map.ok()) return map.status();
    inspection.map = *std::move(map);
    if (job->request.with_picture) {
      absl::StatusOr<std::string> picture = EncodePng(job->preview);
      if (!picture.ok()) return picture.status();
      inspection.picture = *std::move(picture);
    }
    return CheckMapSize(static_cast<int64_t>(inspection.map.size()),
                        static_cast<int64_t>(inspection.picture.size()), inspection,
                        "send a smaller picture");
  }

  // Fills in score, verdict, regions and scale; returns the heatmap, empty when nobody looks at it.
  static cv::Mat ScorePicture(Job* job, const CodedPicture& coded, ThreadPool* pool) {
    Inspection& inspection = job->inspection;
    const Manifest& manifest = inspection.model->manifest();
    inspection.score = inspection.model->Score(coded, pool);
    inspection.normalised = manifest.calibration.Normalised(inspection.score.raw);
    inspection.verdict = manifest.calibration.VerdictOf(inspection.score.raw);
    inspection.scale = MakeColorScale(manifest.map_calibration);
    if (inspection.verdict == Verdict::kOk && !job->request.heatmap.has_value()) return {};
    cv::Mat heatmap =
        inspection.model->Heatmap(inspection.score, inspection.picture_height, inspection.picture_width);
    inspection.regions = FindRegions(heatmap, manifest.map_calibration, inspection.verdict);
    return heatmap;
  }

  // Whether somebody still waits for the answer.
  absl::Status StillWanted(const Job& job) {
    Drop drop;
    drop.waited = clock_->Now() - job.arrival;
    if (job.request.cancellation != nullptr && job.request.cancellation->cancelled()) {
      drop.reason = DropReason::kCancelled;
    } else if (job.request.deadline <= clock_->Now()) {
      drop.reason = DropReason::kExpired;
    } else {
      return absl::OkStatus();
    }
    observer_->OnDrop(Stage::kCoding, drop.reason);
    return DropStatus(drop, StageName(Stage::kCoding));
  }

  // The end of one that waited for nothing.
  void Refuse(const JobPointer& job, const absl::Status& status) {
    job->inspection.times.queue += clock_->Now() - job->queued_at;
    Answer(job, status);
  }

  // The end of every way.
  void Answer(const JobPointer& job, const absl::Status& status) {
    job->inspection.times.total = clock_->Now() - job->arrival;
    if (job->request.times != nullptr) *job->request.times = job->inspection.times;
    if (status.ok()) {
      job->done(std::move(job->inspection));
    } else {
      job->done(Unshared(status));
    }
  }

  // A job is under way until the last one that uses it, and with it this object, has let go.
  JobPointer NewJob() {
    auto job = std::make_unique<Job>();
    {
      MutexLock lock(&mutex_);
      ++under_way_;
    }
    // Also undone when there is no memory for the pointer's count.
    return {job.release(), [this](Job* ended) {
              delete ended;
              MutexLock lock(&mutex_);
              --under_way_;
              mutex_.SignalAll();
            }};
  }

  const InspectorOptions options_;
  Catalog* const catalog_;
  FeatureStage* const features_;
  Clock* const clock_;
  ServingObserver* const observer_;

  Mutex mutex_;
  bool shut_down_ ABSL_GUARDED_BY(mutex_) = false;
  int under_way_ ABSL_GUARDED_BY(mutex_) = 0;

  // A stage outlives the one before it.
  WorkStage<JobPointer> coding_;
  WorkStage<JobPointer> decode_;
  ModelLoader loader_;
};

Inspector::Inspector(const InspectorOptions& options, Catalog* catalog, FeatureStage* features, Clock* clock,
                     ServingObserver* observer)
    : impl_(std::make_unique<Impl>(options, catalog, features, clock, observer)) {}
Inspector::~Inspector() = default;

void Inspector::Inspect(InspectionRequest request, std::function<void(absl::StatusOr<Inspection>)> done) {
  impl_->Inspect(std::move(request), std::move(done));
}

void Inspector::Shutdown() { impl_->Shutdown(); }

}  // namespace mlfsc
