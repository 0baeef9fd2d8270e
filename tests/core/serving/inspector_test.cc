#include "core/serving/inspector.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/retry_hint.h"
#include "core/features/feature_extractor.h"
#include "core/image/input_picture.h"
#include "core/serving/picture_memory.h"
#include "tests/testing/bundles.h"
#include "tests/testing/collected.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/raw_picture.h"
#include "tests/testing/recording_observer.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/stub_extractor.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using testing::Collected;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::Gate;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::RandomBundle;
using testing::RawPicture;
using ::testing::SizeIs;
using testing::SmallOptions;
using testing::StatusIs;
using Answer = absl::StatusOr<Inspection>;

// VGG16's, with the cheaper score: 896 channels of one 8 x 8 patch.
CategoryOptions BackboneOptions() {
  CategoryOptions options = DefaultOptions(FeatureSource::kPyramid, 96);
  options.scoring.method = ScoreMethod::kSum;
  DefaultTopCounts(&options);
  return options;
}

// A pipeline whose clock stands still. `pixels` and `vgg` are categories of it.
class InspectorTest : public ::testing::Test {
 protected:
  InspectorTest() {
    auto store = BundleStore::Open(folder_.path());
    EXPECT_THAT(store, IsOk());
    store_ = *std::move(store);
    catalog_ = std::make_unique<Catalog>(store_.get(), extractor_.backbone_sha256(), &clock_);
    EXPECT_THAT(catalog_->Publish("pixels", RandomBundle(SmallOptions(), 1), true), IsOk());
    EXPECT_THAT(catalog_->Publish("vgg", RandomBundle(BackboneOptions(), 1), true), IsOk());
    stage_options_.max_batch_delay = absl::ZeroDuration();
    // In memory: pictures come to their queue in the order in which they are sent.
    for (const char* category : {"pixels", "vgg"}) EXPECT_THAT(catalog_->Acquire(category, 0), IsOk());
  }

  // The first pass waits for `gate_`.
  void HoldFirstPass() {
    extractor_.on_pass = [this, first = true](auto) mutable {
      if (!std::exchange(first, false)) return;
      began_.Open();
      gate_.Await();
    };
  }

  void Start() {
    stage_ = std::make_unique<FeatureStage>(stage_options_, &extractor_, &clock_, nullptr, &observer_);
    inspector_ = std::make_unique<Inspector>(options_, catalog_.get(), stage_.get(), &clock_, &observer_);
  }

  InspectionRequest MakeRequest(const std::string& category) const {
    InspectionRequest request;
    request.category = category;
    request.picture = picture_.bytes();
    return request;
  }
  void Inspect(InspectionRequest request) {
    inspector_->Inspect(std::move(request), [this](Answer answer) { answers_.Add(std::move(answer)); });
  }

  // What is pushed from here on waits until `gate_` opens; one picture is in its pass.
  void StartAndHoldAPass() {
    HoldFirstPass();
    Start();
    Inspect(MakeRequest("vgg"));
    began_.Await();
  }
  Answer InspectOne(InspectionRequest request) {
    Collected<Answer> answers;
    inspector_->Inspect(std::move(request), [&answers](Answer answer) { answers.Add(std::move(answer)); });
    return answers.Await(1)[0];
  }

  // Of `picture_`, for a category like `pixels`.
  PictureScore ScoreByHand(const CategoryModel& model, ResizeMethod resize) const {
    const PictureFeatures features = PixelFeatures(
        MakeInputPicture(*Decode(picture_.bytes(), {}), SmallOptions().features.input_size, resize));
    return model.Score(*model.Code(features, nullptr), nullptr);
  }

  testing::TemporaryFolder folder_;
  testing::FakeClock clock_;
  testing::StubExtractor extractor_;
  testing::RecordingObserver observer_;
  RawPicture picture_{1};
  FeatureStageOptions stage_options_;
  InspectorOptions options_;
  Gate began_;
  Gate gate_;
  Collected<Answer> answers_;
  std::unique_ptr<BundleStore> store_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<FeatureStage> stage_;
  std::unique_ptr<Inspector> inspector_;
};

TEST_F(InspectorTest, AVersionThatIsNotInMemoryIsLoadedOnAThreadForThat) {
  Collected<std::string> loaded_on;
  CatalogOptions options;
  options.make_coder = [&](const Dictionaries& dictionaries, const PatchOptions& patches,
                           const CodingOptions& coding) {
    char name[16] = "";
    pthread_getname_np(pthread_self(), name, sizeof(name));
    loaded_on.Add(name);
    return MakeResidualCoder(dictionaries, patches, coding);
  };
  catalog_ = std::make_unique<Catalog>(store_.get(), extractor_.backbone_sha256(), &clock_, options);
  ASSERT_THAT(catalog_->CheckAll(nullptr), IsOk());
  Start();
  EXPECT_THAT(InspectOne(MakeRequest("pixels")), IsOk());
  EXPECT_THAT(InspectOne(MakeRequest("pixels")), IsOk());
  EXPECT_THAT(loaded_on.Await(1), ElementsAre("mlfsc-load"));
  EXPECT_THAT(InspectOne(MakeRequest("made-up")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("made-up")));
  inspector_.reset();
}

TEST_F(InspectorTest, APictureIsScoredAsByHand) {
  Start();
  const Answer answer = InspectOne(MakeRequest("pixels"));
  ASSERT_THAT(answer, IsOk());
  const auto model = *catalog_->Acquire("pixels", 0);
  const PictureScore score = ScoreByHand(*model, SmallOptions().resize);
  const Calibration& calibration = model->manifest().calibration;
  EXPECT_EQ(answer->model, model);
  EXPECT_EQ(answer->score.raw, score.raw);
  EXPECT_EQ(answer->normalised, calibration.Normalised(score.raw));
  EXPECT_EQ(answer->verdict, calibration.VerdictOf(score.raw));
  EXPECT_EQ(answer->picture_width, RawPicture::kWidth);
  EXPECT_EQ(answer->picture_height, RawPicture::kHeight);
  EXPECT_THAT(answer->map, IsEmpty());
}

TEST_F(InspectorTest, AVersionResizesPicturesByItsOwnMethod) {
  Start();
  CategoryOptions options = SmallOptions();
  std::vector<double> scores;
  for (const ResizeMethod method : {ResizeMethod::kArea, ResizeMethod::kBilinear}) {
    options.resize = method;
    ASSERT_THAT(catalog_->Publish("pixels", RandomBundle(options, 1), true), IsOk());
    const Answer answer = InspectOne(MakeRequest("pixels"));
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(answer->score.raw, ScoreByHand(**catalog_->Acquire("pixels", 0), method).raw);
    scores.push_back(answer->score.raw);
  }
  EXPECT_NE(scores[0], scores[1]);
}

TEST_F(InspectorTest, RegionsAgreeWithTheVerdict) {
  Bundle bundle = RandomBundle(SmallOptions(), 1);
  Start();
  for (const double factor : {1e-6, 1e6}) {
    Calibration& calibration = bundle.manifest.calibration;
    calibration.threshold *= factor;
    calibration.review_low *= factor;
    calibration.review_high *= factor;
    ASSERT_THAT(catalog_->Publish("pixels", bundle, true), IsOk());
    const Answer answer = InspectOne(MakeRequest("pixels"));
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(answer->regions.empty(), answer->verdict == Verdict::kOk);
  }
}

TEST_F(InspectorTest, MapsComeInTheAskedForFormAtTheOriginalSize) {
  Start();
  InspectionRequest request = MakeRequest("vgg");
  for (const HeatmapFormat format : {HeatmapFormat::kOverlayPng, HeatmapFormat::kColorMapPng}) {
    request.heatmap = format;
    const Answer answer = InspectOne(request);
    ASSERT_THAT(answer, IsOk());
    const absl::StatusOr<Image> drawn = DecodePicture(answer->map, {});
    ASSERT_THAT(drawn, IsOk());
    EXPECT_EQ(drawn->width(), RawPicture::kWidth);
    EXPECT_EQ(drawn->height(), RawPicture::kHeight);
  }
  request.heatmap = HeatmapFormat::kFloat32;
  const Answer answer = InspectOne(request);
  ASSERT_THAT(answer, IsOk());
  ASSERT_THAT(answer->map, SizeIs(sizeof(float) * RawPicture::kWidth * RawPicture::kHeight));
  const cv::Mat expected = answer->model->Heatmap(answer->score, RawPicture::kHeight, RawPicture::kWidth)
                               .Rows(0, RawPicture::kHeight);
  EXPECT_EQ(std::memcmp(answer->map.data(), expected.data, answer->map.size()), 0);
}

// Grey, samples of 16 bits: low byte first.
RawPixels Pixels16(const std::string& samples, int side, int bit_depth) {
  RawPixels raw;
  raw.data = samples;
  raw.height = raw.width = side;
  raw.channels = 1;
  raw.sample_type = SampleType::kUint16;
  raw.bit_depth = bit_depth;
  return raw;
}

TEST_F(InspectorTest, ThePictureComesAlongWithItsMapAsItWasSeen) {
  Start();
  std::string samples;
  for (int i = 0; i < 20 * 20; ++i) samples += {static_cast<char>(0x00), static_cast<char>(0x08)};
  InspectionRequest request = MakeRequest("pixels");
  request.picture = Pixels16(samples, 20, 12);
  for (const HeatmapFormat format :
       {HeatmapFormat::kOverlayPng, HeatmapFormat::kColorMapPng, HeatmapFormat::kFloat32}) {
    request.heatmap = format;
    request.with_picture = false;
    EXPECT_THAT(InspectOne(request)->picture, IsEmpty());
    request.with_picture = true;
    const Answer answer = InspectOne(request);
    ASSERT_THAT(answer, IsOk());
    const absl::StatusOr<Image> seen = DecodePicture(answer->picture, {});
    ASSERT_THAT(seen, IsOk());
    EXPECT_EQ(seen->width(), 20);
    EXPECT_EQ(seen->height(), 20);
    // 2048 of 4095.
    EXPECT_EQ(seen->rgb.at<cv::Vec3b>(7, 9), cv::Vec3b(128, 128, 128));
  }
}

TEST_F(InspectorTest, ALargePictureComesAlongSmaller) {
  Start();
  InspectionRequest request = MakeRequest("pixels");
  RawPixels raw;
  const std::string pixels(size_t{2} * kPreviewSide * 100, 'x');
  raw.data = pixels;
  raw.height = 100;
  raw.width = 2 * kPreviewSide;
  raw.channels = 1;
  request.picture = raw;
  request.heatmap = HeatmapFormat::kColorMapPng;
  request.with_picture = true;
  const Answer answer = InspectOne(request);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->picture_width, 2 * kPreviewSide);
  const absl::StatusOr<Image> seen = DecodePicture(answer->picture, {});
  ASSERT_THAT(seen, IsOk());
  EXPECT_EQ(seen->width(), kPreviewSide);
  EXPECT_EQ(seen->height(), 50);
}

TEST_F(InspectorTest, MapAndPictureTogetherAreWhatClientsTake) {
  constexpr int kMapBytes = 4 * RawPicture::kWidth * RawPicture::kHeight;
  options_.max_map_bytes = kMapBytes;
  extractor_.on_pass = [](auto) { ADD_FAILURE() << "nothing is computed"; };
  Start();
  InspectionRequest request = MakeRequest("vgg");
  request.heatmap = HeatmapFormat::kFloat32;
  request.with_picture = true;
  EXPECT_THAT(
      InspectOne(request),
      StatusIs(absl::StatusCode::kInvalidArgument,
               HasSubstr("has 7680 bytes, and the picture that comes along 5760; the limit is 7680")));
  extractor_.on_pass = [](auto) {};
  request.with_picture = false;
  EXPECT_THAT(InspectOne(request), IsOk());
}

TEST_F(InspectorTest, AMapThatNoClientTakesIsRefusedBeforeItIsComputed) {
  constexpr int kBytes = 4 * RawPicture::kWidth * RawPicture::kHeight;
  options_.max_map_bytes = kBytes - 1;
  extractor_.on_pass = [](auto) { ADD_FAILURE() << "nothing is computed"; };
  Start();
  InspectionRequest request = MakeRequest("vgg");
  request.heatmap = HeatmapFormat::kFloat32;
  EXPECT_THAT(InspectOne(request),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("the map of a picture of 48x40 px has 7680 bytes; the limit is 7679, which "
                                 "clients take: ask for it as a PNG picture")));
  extractor_.on_pass = [](auto) {};
  request.heatmap = HeatmapFormat::kColorMapPng;
  EXPECT_THAT(InspectOne(request), IsOk());
}

// A grey picture of `side` x `side` px as a PNG file.
std::string GreyPng(int side) {
  Image image;
  image.rgb = cv::Mat(side, side, CV_8UC3, cv::Scalar::all(100));
  return *EncodePng(image);
}

TEST_F(InspectorTest, WhatAPictureHoldsIsChargedUntilItsAnswerIsGone) {
  MemoryBudget memory(int64_t{256} << 20, &clock_);
  options_.memory = &memory;
  Start();
  InspectionRequest request = MakeRequest("pixels");
  request.heatmap = HeatmapFormat::kFloat32;
  request.client = "camera";
  Answer answer = InspectOne(request);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(memory.taken(), RequestMemory(request.picture) + 2 * static_cast<int64_t>(answer->map.size()));
  answer = absl::UnknownError("taken");
  EXPECT_EQ(memory.taken(), 0);
  request.heatmap.reset();
  answer = InspectOne(request);
  EXPECT_EQ(memory.taken(), RequestMemory(request.picture));
  answer = absl::UnknownError("taken");
  request.category = "unknown";
  EXPECT_THAT(InspectOne(request), StatusIs(absl::StatusCode::kNotFound, HasSubstr("unknown")));
  EXPECT_EQ(memory.taken(), 0);
}

TEST_F(InspectorTest, APictureThatTheBudgetHasNoRoomForIsRefusedBeforeItIsDecoded) {
  MemoryBudget memory(int64_t{16} << 20, &clock_);
  options_.memory = &memory;
  Start();
  const std::string large = GreyPng(1200);
  InspectionRequest request = MakeRequest("pixels");
  request.picture = EncodedPicture(large);
  const Answer refused = InspectOne(request);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted,
                                HasSubstr("decoding a picture of 1200x1200 px takes 12.4 MiB; the limit is 12.0 MiB")));
  EXPECT_FALSE(RetryDelay(refused.status()).has_value());
  EXPECT_EQ(observer_.drops(Stage::kDecode, DropReason::kMemory), 1);
  // Too large for any budget: its sides are what is wrong.
  options_.limits.max_side = 1000;
  Start();
  EXPECT_THAT(InspectOne(request), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("1200x1200")));
  // Others hold what it needs.
  options_.limits.max_side = 8192;
  Start();
  MemoryCharge others(&memory, "others");
  ASSERT_THAT(others.Resize(int64_t{10} << 20, "x"), IsOk());
  const std::string smaller = GreyPng(700);
  request.picture = EncodedPicture(smaller);
  const Answer later = InspectOne(request);
  EXPECT_THAT(later, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("are in use")));
  EXPECT_TRUE(RetryDelay(later.status()).has_value());
  others.Release();
  EXPECT_THAT(InspectOne(request), IsOk());
}

TEST_F(InspectorTest, ALargePictureIsDrawnOnAsIfItHadBeenKept) {
  Start();
  std::vector<std::string> overlays;
  // Kept, and too large for that.
  for (const int side : {2000, 2600}) {
    const std::string png = GreyPng(side);
    InspectionRequest request = MakeRequest("pixels");
    request.picture = EncodedPicture(png);
    request.heatmap = HeatmapFormat::kOverlayPng;
    const Answer answer = InspectOne(request);
    ASSERT_THAT(answer, IsOk());
    const HeatmapRows map = answer->model->Heatmap(answer->score, side, side);
    const absl::StatusOr<Image> drawn = DecodePicture(answer->map, {});
    ASSERT_THAT(drawn, IsOk());
    std::vector<Mark> marks;
    for (const Region& region : answer->regions) {
      marks.push_back({{region.x, region.y, region.width, region.height}, {region.peak_x, region.peak_y}});
    }
    const Image want = Overlay(*DecodePicture(EncodedPicture(png), {}),
                               Intensity(map.Rows(0, side), answer->scale), marks);
    ASSERT_EQ(drawn->rgb.size(), want.rgb.size());
    ASSERT_TRUE(want.rgb.isContinuous() && drawn->rgb.isContinuous());
    EXPECT_EQ(std::memcmp(drawn->rgb.data, want.rgb.data, want.rgb.total() * 3), 0);
  }
}

TEST_F(InspectorTest, AMapWaitsForTheMemoryThatOthersHoldAndScoresGoOnMeanwhile) {
  MemoryBudget memory(int64_t{64} << 20, &clock_);
  options_.memory = &memory;
  options_.coding_threads = 1;
  MemoryCharge others(&memory, "others");
  // Once it is scored and before it is drawn.
  observer_.on_stage = [&](Stage stage) {
    if (stage != Stage::kScoring) return;
    EXPECT_THAT(others.Resize(int64_t{40} << 20, "x"), IsOk());
  };
  Start();
  const std::string png = GreyPng(1300);
  InspectionRequest request = MakeRequest("pixels");
  request.picture = EncodedPicture(png);
  request.heatmap = HeatmapFormat::kFloat32;
  Collected<Answer> maps;
  inspector_->Inspect(request, [&maps](Answer answer) { maps.Add(std::move(answer)); });
  // The feature stage for pictures, and the map for memory.
  clock_.AwaitWaiters(2);
  EXPECT_THAT(InspectOne(MakeRequest("pixels")), IsOk());
  EXPECT_EQ(maps.size(), 0);
  others.Release();
  EXPECT_THAT(maps.Await(1)[0], IsOk());
}

TEST_F(InspectorTest, MemoryThatRanOutInTheForwardPassIsTheForwardPassesTime) {
  extractor_.on_pass = [this](auto) {
    clock_.Advance(absl::Seconds(3));
    throw std::bad_alloc();
  };
  Start();
  InspectionRequest request = MakeRequest("vgg");
  request.times = std::make_shared<StageTimes>();
  EXPECT_THAT(InspectOne(request), StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("memory")));
  EXPECT_EQ(request.times->features, absl::Seconds(3));
  EXPECT_EQ(request.times->queue, absl::ZeroDuration());
}

TEST_F(InspectorTest, WhatIsOddAboutAPictureIsSaidWithTheAnswer) {
  Start();
  InspectionRequest request = MakeRequest("pixels");
  EXPECT_EQ(InspectOne(request)->notice, "");
  // Samples of 16 bits, none above 12 bits.
  std::string samples;
  for (int i = 0; i < 20 * 20; ++i) samples += {static_cast<char>(i % 256), static_cast<char>(i % 16)};
  request.picture = Pixels16(samples, 20, 0);
  EXPECT_THAT(InspectOne(request)->notice, HasSubstr("no sample above 4095 in a 16-bit picture"));
  request.picture = Pixels16(samples, 20, 12);
  EXPECT_EQ(InspectOne(request)->notice, "");
}

TEST_F(InspectorTest, ErrorsAreThoseOfWhoFoundThem) {
  Start();
  EXPECT_THAT(InspectOne(MakeRequest("wood")), StatusIs(absl::StatusCode::kNotFound, HasSubstr("wood")));
  EXPECT_THAT(InspectOne(MakeRequest("../x")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("../x")));
  InspectionRequest request = MakeRequest("pixels");
  request.version = 9;
  EXPECT_THAT(InspectOne(request), StatusIs(absl::StatusCode::kNotFound, HasSubstr("9")));
  request.version = 0;
  request.picture = absl::string_view("no picture");
  EXPECT_EQ(InspectOne(request).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(InspectorTest, DeadRequestsAreNotEvenDecoded) {
  Start();
  InspectionRequest request = MakeRequest("vgg");
  request.picture = absl::string_view("no picture");
  request.deadline = clock_.Now();
  EXPECT_THAT(InspectOne(request), StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("deadline")));
  request.deadline = absl::InfiniteFuture();
  const auto cancellation = std::make_shared<Cancellation>();
  cancellation->Cancel();
  request.cancellation = cancellation;
  EXPECT_THAT(InspectOne(request), StatusIs(absl::StatusCode::kCancelled, HasSubstr("cancelled")));
  EXPECT_EQ(observer_.drops(Stage::kDecode, DropReason::kExpired), 1);
  EXPECT_EQ(observer_.drops(Stage::kDecode, DropReason::kCancelled), 1);
}

TEST_F(InspectorTest, WhatIsCancelledWhileItWaitsCostsNoPass) {
  StartAndHoldAPass();
  InspectionRequest request = MakeRequest("vgg");
  const auto cancellation = std::make_shared<Cancellation>();
  request.cancellation = cancellation;
  Inspect(request);
  observer_.AwaitDepth(Stage::kFeatures, 1);
  cancellation->Cancel();
  gate_.Open();
  EXPECT_THAT(answers_.Await(2), ::testing::UnorderedElementsAre(
                                     IsOk(), StatusIs(absl::StatusCode::kCancelled, HasSubstr("features"))));
  EXPECT_THAT(extractor_.passes(), ElementsAre(1));
}

TEST_F(InspectorTest, AFullFeatureQueueRefusesBeforeDecoding) {
  stage_options_.queue_length = 1;
  StartAndHoldAPass();
  Inspect(MakeRequest("vgg"));
  observer_.AwaitDepth(Stage::kFeatures, 1);
  InspectionRequest request = MakeRequest("vgg");
  request.picture = absl::string_view("no picture");
  const Answer answer = InspectOne(request);
  EXPECT_THAT(answer, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("features queue is full")));
  EXPECT_TRUE(RetryDelay(answer.status()).has_value());
  gate_.Open();
  EXPECT_THAT(answers_.Await(2), Each(IsOk()));
}

TEST_F(InspectorTest, OneCategorysFloodDoesNotStarveAnother) {
  ASSERT_THAT(catalog_->Publish("quiet", RandomBundle(BackboneOptions(), 2), true), IsOk());
  stage_options_.queue_length = 4;
  stage_options_.max_batch = 1;
  HoldFirstPass();
  Start();
  Collected<std::string> order;
  const auto inspect = [&](const std::string& category) {
    inspector_->Inspect(MakeRequest(category), [&order, category](const Answer& answer) {
      order.Add(answer.ok() ? category : "refused");
    });
  };
  inspect("vgg");
  began_.Await();
  for (int i = 0; i < 4; ++i) inspect("vgg");
  observer_.AwaitDepth(Stage::kFeatures, 4);
  inspect("vgg");
  order.Await(1);
  // Displaces the youngest of the flood and has the next turn but one.
  inspect("quiet");
  order.Await(2);
  gate_.Open();
  const std::vector<std::string> answers = order.Await(7);
  EXPECT_EQ(std::count(answers.begin(), answers.end(), "refused"), 2);
  EXPECT_LE(std::find(answers.begin(), answers.end(), "quiet") - answers.begin(), 4);
}

TEST_F(InspectorTest, AFullFeatureQueueDoesNotConcernPixels) {
  stage_options_.queue_length = 1;
  StartAndHoldAPass();
  Inspect(MakeRequest("vgg"));
  observer_.AwaitDepth(Stage::kFeatures, 1);
  EXPECT_THAT(InspectOne(MakeRequest("pixels")), IsOk());
  gate_.Open();
  answers_.Await(2);
}

TEST_F(InspectorTest, AFullDecodeQueueRefusesAtOnce) {
  options_.queue_length = 2;
  Gate decoding;
  Gate go_on;
  observer_.on_stage = [&, first = true](Stage stage) mutable {
    if (stage != Stage::kDecode || !std::exchange(first, false)) return;
    decoding.Open();
    go_on.Await();
  };
  Start();
  Inspect(MakeRequest("pixels"));
  decoding.Await();
  for (int i = 0; i < 3; ++i) Inspect(MakeRequest("pixels"));
  EXPECT_THAT(answers_.Await(1),
              ElementsAre(StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("decode queue is full"))));
  go_on.Open();
  answers_.Await(4);
}

TEST_F(InspectorTest, NoForwardPassIsThrownAwayWhenCodingIsSlow) {
  options_.coding_queue_length = 1;
  stage_options_.max_batch = 2;
  Gate coding;
  observer_.on_stage = [&](Stage stage) {
    if (stage == Stage::kCoding) coding.Await();
  };
  Start();
  constexpr int kPictures = 12;
  for (int i = 0; i < kPictures; ++i) Inspect(MakeRequest("vgg"));
  // One is being coded, one waits, and the stage stands with a batch of up to two in its hands.
  observer_.AwaitDepth(Stage::kCoding, 1);
  coding.Open();
  EXPECT_THAT(answers_.Await(kPictures), Each(IsOk()));
  for (int reason = 0; reason < kDropReasons; ++reason) {
    EXPECT_EQ(observer_.drops(Stage::kCoding, static_cast<DropReason>(reason)), 0);
  }
}

TEST_F(InspectorTest, ACancellationBetweenStagesEndsTheWork) {
  const auto cancellation = std::make_shared<Cancellation>();
  observer_.on_stage = [&](Stage stage) {
    if (stage == Stage::kCoding) cancellation->Cancel();
  };
  Start();
  InspectionRequest request = MakeRequest("pixels");
  request.cancellation = cancellation;
  EXPECT_THAT(InspectOne(request), StatusIs(absl::StatusCode::kCancelled, HasSubstr("coding")));
  EXPECT_EQ(observer_.stages(Stage::kScoring), 0);
  EXPECT_EQ(observer_.drops(Stage::kCoding, DropReason::kCancelled), 1);
}

// Is cancelled in the midst of a picture.
class CancelledCoder : public ResidualCoder {
 public:
  explicit CancelledCoder(Cancellation* cancellation) : cancellation_(cancellation) {}

  absl::StatusOr<ResidualMaps> Code(const PictureFeatures&, Workers workers) const override {
    cancellation_->Cancel();
    workers.Check();
    return absl::InternalError("it coded on");
  }

 private:
  Cancellation* const cancellation_;
};

TEST_F(InspectorTest, ACancellationInTheMidstOfCodingEndsTheWork) {
  const auto cancellation = std::make_shared<Cancellation>();
  CatalogOptions catalog_options;
  catalog_options.make_coder = [&](const Dictionaries&, const PatchOptions&,
                                   const CodingOptions&) -> absl::StatusOr<std::unique_ptr<ResidualCoder>> {
    return std::make_unique<CancelledCoder>(cancellation.get());
  };
  catalog_ = std::make_unique<Catalog>(store_.get(), extractor_.backbone_sha256(), &clock_, catalog_options);
  Start();
  InspectionRequest request = MakeRequest("pixels");
  request.cancellation = cancellation;
  EXPECT_THAT(InspectOne(request), StatusIs(absl::StatusCode::kCancelled, HasSubstr("coding")));
  EXPECT_EQ(observer_.drops(Stage::kCoding, DropReason::kCancelled), 1);
}

TEST_F(InspectorTest, OnePicturesAnswerDoesNotDependOnItsCompany) {
  stage_options_.max_batch = 17;
  Start();
  const Answer alone = InspectOne(MakeRequest("vgg"));
  ASSERT_THAT(alone, IsOk());
  inspector_.reset();
  stage_.reset();

  // Again among 16 others, which wait behind the first, coded by several threads.
  options_.coding_threads = 3;
  StartAndHoldAPass();
  std::vector<RawPicture> others;
  for (unsigned i = 0; i < 16; ++i) others.emplace_back(100 + i);
  Collected<Answer> in_company;
  for (const RawPicture& other : others) {
    InspectionRequest request = MakeRequest("vgg");
    request.picture = other.bytes();
    Inspect(request);
    if (&other != &others[8]) continue;
    inspector_->Inspect(MakeRequest("vgg"), [&](Answer answer) { in_company.Add(std::move(answer)); });
  }
  observer_.AwaitDepth(Stage::kFeatures, 17);
  gate_.Open();
  const Answer answer = in_company.Await(1)[0];
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->score.raw, alone->score.raw);
  EXPECT_EQ(answer->score.map.values, alone->score.map.values);
  answers_.Await(17);
  EXPECT_EQ(extractor_.passes().back(), 17);
}

TEST_F(InspectorTest, RequestsInFlightFinishOnTheVersionTheyBeganWith) {
  StartAndHoldAPass();
  ASSERT_THAT(catalog_->Publish("vgg", RandomBundle(BackboneOptions(), 2), true), IsOk());
  ASSERT_THAT(catalog_->Delete("vgg", 1), IsOk());
  gate_.Open();
  const std::vector<Answer> answers = answers_.Await(1);
  ASSERT_THAT(answers[0], IsOk());
  EXPECT_EQ(answers[0]->model->version(), 1);
  const Answer next = InspectOne(MakeRequest("vgg"));
  ASSERT_THAT(next, IsOk());
  EXPECT_EQ(next->model->version(), 2);
}

TEST_F(InspectorTest, ShutdownRefusesWhatComesAndFinishesWhatWasBegun) {
  StartAndHoldAPass();
  inspector_->Shutdown();
  EXPECT_THAT(InspectOne(MakeRequest("vgg")),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("shutting down")));
  gate_.Open();
  EXPECT_THAT(answers_.Await(1), ElementsAre(IsOk()));
}

TEST_F(InspectorTest, TheDestructorFinishesWhatWasBegun) {
  Start();
  for (int i = 0; i < 16; ++i) Inspect(MakeRequest(i % 2 == 0 ? "vgg" : "pixels"));
  inspector_.reset();
  ASSERT_EQ(answers_.size(), 16);
  EXPECT_THAT(answers_.Await(16), Each(IsOk()));
}

TEST_F(InspectorTest, StageTimesSayWhereTheTimeWent) {
  StartAndHoldAPass();
  Inspect(MakeRequest("vgg"));
  observer_.AwaitDepth(Stage::kFeatures, 1);
  clock_.Advance(absl::Milliseconds(40));
  gate_.Open();
  const std::vector<Answer> answers = answers_.Await(2);
  EXPECT_EQ(answers[0]->times.features, absl::Milliseconds(40));
  EXPECT_EQ(answers[0]->times.total, absl::Milliseconds(40));
  EXPECT_EQ(answers[1]->times.queue, absl::Milliseconds(40));
  EXPECT_EQ(answers[1]->times.total, absl::Milliseconds(40));
  for (const Stage stage :
       {Stage::kDecode, Stage::kQueue, Stage::kFeatures, Stage::kCoding, Stage::kScoring}) {
    EXPECT_EQ(observer_.stages(stage), 2);
  }
  EXPECT_EQ(observer_.stages(Stage::kEncode), 0);
}

TEST_F(InspectorTest, StageTimesOfAPictureThatFailedSayHowFarItCame) {
  StartAndHoldAPass();
  InspectionRequest request = MakeRequest("vgg");
  const auto cancellation = std::make_shared<Cancellation>();
  request.cancellation = cancellation;
  request.times = std::make_shared<StageTimes>();
  Inspect(request);
  observer_.AwaitDepth(Stage::kFeatures, 1);
  clock_.Advance(absl::Milliseconds(40));
  cancellation->Cancel();
  gate_.Open();
  answers_.Await(2);
  EXPECT_EQ(request.times->queue, absl::Milliseconds(40));
  EXPECT_EQ(request.times->features, absl::ZeroDuration());
  EXPECT_EQ(request.times->total, absl::Milliseconds(40));
}

TEST_F(InspectorTest, TheTimeOfAPassThatFailedIsThePasss) {
  extractor_.failure = absl::InternalError("out of luck");
  extractor_.on_pass = [this](auto) { clock_.Advance(absl::Milliseconds(30)); };
  Start();
  InspectionRequest request = MakeRequest("vgg");
  request.times = std::make_shared<StageTimes>();
  EXPECT_THAT(InspectOne(request), StatusIs(absl::StatusCode::kInternal, HasSubstr("luck")));
  EXPECT_EQ(request.times->features, absl::Milliseconds(30));
  EXPECT_EQ(request.times->queue, absl::ZeroDuration());
}

TEST_F(InspectorTest, AnswersMayAskForMoreInspections) {
  Start();
  Collected<Answer> second;
  inspector_->Inspect(MakeRequest("pixels"), [&](const Answer&) {
    inspector_->Inspect(MakeRequest("pixels"), [&](Answer answer) { second.Add(std::move(answer)); });
  });
  EXPECT_THAT(second.Await(1), ElementsAre(IsOk()));
}

}  // namespace
}  // namespace mlfsc
