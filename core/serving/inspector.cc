#include "core/serving/inspector.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_format.h"
#include "core/base/contained.h"
#include "core/base/mutex.h"
#include "core/base/retry_hint.h"
#include "core/base/unshared.h"
#include "core/features/feature_extractor.h"
#include "core/image/bit_depth.h"
#include "core/image/draw.h"
#include "core/image/input_picture.h"
#include "core/image/picture_header.h"
#include "core/serving/model_loader.h"
#include "core/serving/picture_memory.h"
#include "core/serving/work_stage.h"

namespace mlfsc {
namespace {

// A decoded picture up to this size waits to be drawn on; a larger one is decoded twice.
constexpr int64_t kKeptImage = int64_t{16} << 20;
// Scores come first.
constexpr int kDrawingNice = 5;

// A picture on its way, and what is known of it so far.
struct Job {
  InspectionRequest request;
  std::function<void(absl::StatusOr<Inspection>)> done;
  absl::Time arrival;
  // When it came to the queue that it waits in.
  absl::Time queued_at;
  Inspection inspection;
  // What is held for it.
  std::shared_ptr<MemoryCharge> memory;
  // Kept when the map is drawn over it and it is small; a large one is decoded again.
  Image image;
  // Kept when it comes along with the map.
  Image preview;
  PictureFeatures features;
  // Once it is scored.
  std::optional<HeatmapRows> map;
};
using JobPointer = std::shared_ptr<Job>;
using ModelPointer = std::shared_ptr<const CategoryModel>;

Ticket<Anything> MakeTicket(const Job& job) {
  return {{}, job.request.category, Lane::kScore, job.request.deadline, job.request.cancellation};
}

// Whether a picture left a queue unworked, as opposed to a stage that failed: memory that ran out there has no
// hint when to come back.
bool WasDropped(const absl::Status& status) {
  return (absl::IsResourceExhausted(status) && RetryDelay(status).has_value()) ||
         absl::IsDeadlineExceeded(status) || absl::IsCancelled(status) || absl::IsUnavailable(status);
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
        encode_(
            {Stage::kEncode, options.coding_threads, options.queue_length, "mlfsc-encode", kDrawingNice}, clock,
            observer,
            [this](const JobPointer& job, absl::Duration waited) { DrawAndAnswer(job, waited); },
            [this](const JobPointer& job, const absl::Status& status) { Refuse(job, status); }),
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
    job->memory = std::make_shared<MemoryCharge>(options_.memory, job->request.client);
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
    if (absl::Status held = Hold(job.get(), 0, Stage::kDecode, "a request"); !held.ok()) return Answer(job, held);
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

  // Charges the job for its request and `bytes` besides. Less always fits.
  absl::Status Hold(Job* job, int64_t bytes, Stage stage, absl::string_view what) {
    absl::Status held = job->memory->Resize(RequestMemory(job->request.picture) + bytes, what);
    if (!held.ok()) observer_->OnDrop(stage, DropReason::kMemory);
    return held;
  }

  // Of what is kept of the picture while it waits.
  static int64_t KeptMemory(const Job& job) { return ImageMemory(job.image) + ImageMemory(job.preview); }

  static std::string Decoding(const PictureBytes& picture) {
    const auto* file = std::get_if<EncodedPicture>(&picture);
    const std::optional<PictureFrame> frame =
        file == nullptr ? std::nullopt : FrameOf(file->bytes);
    if (!frame.has_value()) return "decoding the picture";
    return absl::StrFormat("decoding a picture of %dx%d px", frame->width, frame->height);
  }

  // Decodes the picture once there is memory for it.
  absl::StatusOr<Image> DecodeWithin(Job* job) {
    const PictureBytes& picture = job->request.picture;
    if (absl::Status held = Hold(job, DecodingMemory(picture, options_.limits), Stage::kDecode, Decoding(picture));
        !held.ok()) {
      // Too large for the limits is not too large for the budget.
      const absl::Status sides = CheckSidesInHeader(picture, options_.limits);
      return sides.ok() ? held : sides;
    }
    absl::StatusOr<Image> image = Decode(picture, options_.limits, options_.decoder);
    if (!image.ok()) return image;
    // What its header says is believed no longer.
    const int64_t decoded = RequestMemory(picture) + ImageMemory(*image);
    if (decoded > job->memory->bytes()) {
      if (absl::Status held = Hold(job, ImageMemory(*image), Stage::kDecode, "the picture"); !held.ok()) return held;
    }
    return image;
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
    absl::StatusOr<Image> image = DecodeWithin(job.get());
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
    if (request.heatmap == HeatmapFormat::kOverlayPng && ImageMemory(*image) <= kKeptImage) {
      job->image = *std::move(image);
    }
    image = absl::UnknownError("not kept");
    const absl::Status held =
        Hold(job.get(), KeptMemory(*job) + FeatureMemory(options), Stage::kFeatures, "the picture's features");
    if (!held.ok()) return held;
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
    absl::Status scored = Contained("coding and scoring the picture", [&] {
      try {
        return Scored(job.get());
      } catch (const WorkCancelled&) {
        return StillWanted(*job, Stage::kCoding);
      }
    });
    if (!scored.ok() || !job->request.heatmap.has_value()) return AnswerWorked(job, scored);
    job->queued_at = clock_->Now();
    scored = ContainedVoid("queueing the map", [&] { encode_.Push(MakeTicket(*job), job); });
    if (!scored.ok()) Answer(job, scored);
  }

  // The coding threads, for as long as somebody waits for the answer.
  Workers WorkersOf(const Job& job) { return {coding_.pool(), job.request.cancellation.get()}; }

  // Fills in all but the map, and makes that ready to be drawn.
  absl::Status Scored(Job* job) {
    Inspection& inspection = job->inspection;
    absl::Time start = clock_->Now();
    const absl::StatusOr<CodedPicture> coded =
        inspection.model->Code(std::move(job->features), WorkersOf(*job));
    inspection.times.coding = clock_->Now() - start;
    if (!coded.ok()) return coded.status();
    observer_->OnStage(Stage::kCoding, inspection.times.coding);
    if (absl::Status status = StillWanted(*job, Stage::kCoding); !status.ok()) return status;

    start = clock_->Now();
    Score(job, *coded);
    if (absl::Status held = Hold(job, KeptMemory(*job), Stage::kCoding, "the picture"); !held.ok()) return held;
    inspection.times.scoring = clock_->Now() - start;
    observer_->OnStage(Stage::kScoring, inspection.times.scoring);
    return StillWanted(*job, Stage::kCoding);
  }

  // Fills in score, verdict, regions and scale.
  void Score(Job* job, const CodedPicture& coded) {
    Inspection& inspection = job->inspection;
    const CategoryModel& model = *inspection.model;
    const int height = inspection.picture_height;
    const int width = inspection.picture_width;
    inspection.score = model.Score(coded, WorkersOf(*job));
    inspection.normalised = model.manifest().calibration.Normalised(inspection.score.raw);
    inspection.verdict = model.manifest().calibration.VerdictOf(inspection.score.raw);
    inspection.scale = MakeColorScale(model.manifest().map_calibration);
    inspection.regions = model.Regions(inspection.score, height, width, inspection.verdict);
    if (job->request.heatmap.has_value()) job->map = model.Heatmap(inspection.score, height, width);
  }

  void DrawAndAnswer(const JobPointer& job, absl::Duration waited) {
    job->inspection.times.queue += waited;
    AnswerWorked(job, Contained("drawing the map", [&] { return Drawn(job.get()); }));
  }

  // Fills in map and picture, once there is memory for them.
  absl::Status Drawn(Job* job) {
    Inspection& inspection = job->inspection;
    const HeatmapFormat format = *job->request.heatmap;
    const absl::Time asked = clock_->Now();
    if (absl::Status held = HoldForDrawing(job); !held.ok()) return held;
    const absl::Time start = clock_->Now();
    inspection.times.queue += start - asked;
    if (format == HeatmapFormat::kOverlayPng && job->image.rgb.empty()) {
      absl::StatusOr<Image> again = Decode(job->request.picture, options_.limits, options_.decoder);
      if (!again.ok()) return again.status();
      job->image = *std::move(again);
    }
    absl::StatusOr<std::string> map =
        DrawMap(format, *job->map, inspection.scale, job->image, inspection.regions);
    if (!map.ok()) return map.status();
    inspection.map = *std::move(map);
    if (job->request.with_picture) {
      absl::StatusOr<std::string> picture = EncodePng(job->preview);
      if (!picture.ok()) return picture.status();
      inspection.picture = *std::move(picture);
    }
    job->image = job->preview = Image();
    job->map.reset();
    inspection.times.encode = clock_->Now() - start;
    const auto map_bytes = static_cast<int64_t>(inspection.map.size());
    const auto picture_bytes = static_cast<int64_t>(inspection.picture.size());
    if (absl::Status fits = CheckMapSize(map_bytes, picture_bytes, inspection, "send a smaller picture");
        !fits.ok()) {
      return fits;
    }
    observer_->OnStage(Stage::kEncode, inspection.times.encode);
    // Once more on its way out.
    return Hold(job, 2 * (map_bytes + picture_bytes), Stage::kEncode, "the map");
  }

  absl::Status HoldForDrawing(Job* job) {
    const Inspection& inspection = job->inspection;
    const HeatmapFormat format = *job->request.heatmap;
    int64_t bytes = KeptMemory(*job) + 2 * ImageMemory(job->preview) +
                    DrawingMemory(format, inspection.picture_height, inspection.picture_width);
    if (format == HeatmapFormat::kOverlayPng && job->image.rgb.empty()) {
      bytes += DecodingMemory(job->request.picture, options_.limits);
    }
    absl::Status held = job->memory->ResizeWhenThereIsRoom(
        RequestMemory(job->request.picture) + bytes,
        absl::StrFormat("the map of a picture of %dx%d px", inspection.picture_width,
                        inspection.picture_height),
        job->request.deadline, [&] {
          return job->request.cancellation == nullptr || !job->request.cancellation->cancelled();
        });
    if (absl::Status wanted = StillWanted(*job, Stage::kEncode); !wanted.ok()) return wanted;
    if (!held.ok()) observer_->OnDrop(Stage::kEncode, DropReason::kMemory);
    return held;
  }

  // Whether somebody still waits for the answer.
  absl::Status StillWanted(const Job& job, Stage stage) {
    Drop drop;
    drop.waited = clock_->Now() - job.arrival;
    if (job.request.cancellation != nullptr && job.request.cancellation->cancelled()) {
      drop.reason = DropReason::kCancelled;
    } else if (job.request.deadline <= clock_->Now()) {
      drop.reason = DropReason::kExpired;
    } else {
      return absl::OkStatus();
    }
    observer_->OnDrop(stage, drop.reason);
    return DropStatus(drop, StageName(stage));
  }

  // The end of one that waited for nothing.
  void Refuse(const JobPointer& job, const absl::Status& status) {
    job->inspection.times.queue += clock_->Now() - job->queued_at;
    Answer(job, status);
  }

  // The end of one that came to a stage behind the queues.
  void AnswerWorked(const JobPointer& job, const absl::Status& status) {
    observer_->OnStage(Stage::kQueue, job->inspection.times.queue);
    Answer(job, status);
  }

  // The end of every way.
  void Answer(const JobPointer& job, const absl::Status& status) {
    job->inspection.times.total = clock_->Now() - job->arrival;
    if (job->request.times != nullptr) *job->request.times = job->inspection.times;
    if (status.ok()) {
      job->inspection.memory = std::move(job->memory);
      job->done(std::move(job->inspection));
    } else {
      job->memory->Release();
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
  WorkStage<JobPointer> encode_;
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
