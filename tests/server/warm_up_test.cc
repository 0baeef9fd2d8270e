#include "server/warm_up.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/stub_extractor.h"

namespace mlfsc {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// Input size, source, batch size.
using Shape = std::tuple<int, FeatureSource, int>;

class CountingExtractor : public testing::StubExtractor {
 public:
  explicit CountingExtractor(int most_at_once) : most_at_once_(most_at_once) {}

  absl::StatusOr<std::vector<PictureFeatures>> Extract(const FeatureOptions& options,
                                                       absl::Span<const InputPicture* const> batch) override {
    // Called by the stage's thread only.
    ++shapes[{options.input_size, options.source, static_cast<int>(batch.size())}];
    return StubExtractor::Extract(options, batch);
  }
  int MostAtOnce(int batch) const override { return std::min(batch, most_at_once_); }

  std::map<Shape, int> shapes;

 private:
  const int most_at_once_;
};

absl::Status Warm(CountingExtractor* extractor, const std::vector<int>& sizes, int max_batch) {
  WarmUp warm_up(sizes, max_batch, extractor);
  FeatureStage stage({}, extractor, Clock::Real(), [&warm_up] { warm_up.Run(); });
  return warm_up.Finish(&stage);
}

TEST(WarmUpTest, EveryShapeThatARequestCanBringIsSeen) {
  CountingExtractor extractor(/*most_at_once=*/8);
  ASSERT_THAT(Warm(&extractor, {64, 96}, 3), testing::IsOk());
  for (const int size : {64, 96}) {
    for (const FeatureSource source : {FeatureSource::kPyramid, FeatureSource::kSinglePass}) {
      for (const int batch : {1, 2, 3}) EXPECT_GE((extractor.shapes[{size, source, batch}]), 1);
    }
  }
}

TEST(WarmUpTest, ABackboneThatTakesOneAtATimeSeesOne) {
  CountingExtractor extractor(/*most_at_once=*/1);
  ASSERT_THAT(Warm(&extractor, {64}, 8), testing::IsOk());
  // The second pyramid went through the stage.
  EXPECT_THAT(extractor.shapes, ElementsAre(Pair(Shape{64, FeatureSource::kPyramid, 1}, 2),
                                            Pair(Shape{64, FeatureSource::kSinglePass, 1}, 1)));
}

TEST(WarmUpTest, TheBackbonesErrorIsTold) {
  CountingExtractor extractor(8);
  extractor.failure = absl::InternalError("out of memory");
  EXPECT_THAT(Warm(&extractor, {64}, 2), testing::StatusIs(absl::StatusCode::kInternal, "out of memory"));
}

}  // namespace
}  // namespace mlfsc
