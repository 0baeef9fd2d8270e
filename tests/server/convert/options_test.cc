#include "server/convert/options.h"

#include <cmath>
#include <functional>

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>

#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using google::protobuf::util::MessageDifferencer;
using ::testing::HasSubstr;
using testing::StatusIs;

TEST(ConvertOptionsTest, NothingSetMeansTheDefaults) {
  const absl::StatusOr<CategoryOptions> options = ToCategoryOptions(v1::CategoryOptions());
  ASSERT_THAT(options, testing::IsOk());
  EXPECT_TRUE(
      MessageDifferencer::Equals(ToProto(*options), ToProto(DefaultOptions(FeatureSource::kPyramid))));
}

TEST(ConvertOptionsTest, PixelsHaveDefaultsOfTheirOwn) {
  v1::CategoryOptions proto;
  proto.set_feature_source(v1::PIXELS);
  const absl::StatusOr<CategoryOptions> options = ToCategoryOptions(proto);
  ASSERT_THAT(options, testing::IsOk());
  EXPECT_EQ(options->patches.size, 16);
  EXPECT_EQ(options->learning.atoms, 200);
}

TEST(ConvertOptionsTest, EveryFieldSurvivesTheWayThereAndBack) {
  v1::CategoryOptions proto;
  proto.set_feature_source(v1::SINGLE_PASS);
  proto.set_input_size(512);
  proto.set_patch_size(10);
  proto.set_stride(3);
  proto.set_atoms(12);
  proto.set_alpha(0.5);
  proto.set_coder(v1::OMP);
  proto.set_nonzeros(4);
  proto.set_score_method(v1::SUM);
  proto.set_top_residuals(7);
  proto.set_top_patches(9);
  proto.set_false_alarm_rate(0.05);
  proto.set_epochs(3);
  proto.set_batch_pictures(2);
  proto.set_seed(uint64_t{1} << 63);
  proto.set_resize(v1::BILINEAR);
  const absl::StatusOr<CategoryOptions> options = ToCategoryOptions(proto);
  ASSERT_THAT(options, testing::IsOk());
  EXPECT_TRUE(MessageDifferencer::Equals(ToProto(*options), proto)) << ToProto(*options).DebugString();
}

TEST(ConvertOptionsTest, TopCountsKeepTheirShareOfAnotherGrid) {
  v1::CategoryOptions proto;
  proto.set_stride(1);
  const absl::StatusOr<CategoryOptions> options = ToCategoryOptions(proto);
  ASSERT_THAT(options, testing::IsOk());
  // 28 cells, patches of 8 at stride 1: 21 x 21 = 441 patches, of which 20 / 121 are 72.9.
  EXPECT_EQ(options->scoring.top_patches, 73);
}

struct BadField {
  std::function<void(v1::CategoryOptions*)> set;
  // What the message must name.
  const char* name;
};

TEST(ConvertOptionsTest, EachBadFieldIsNamedWithItsValue) {
  const BadField cases[] = {
      {[](auto* o) { o->set_feature_source(static_cast<v1::FeatureSource>(9)); }, "feature_source is 9"},
      {[](auto* o) { o->set_coder(static_cast<v1::Coder>(9)); }, "coder is 9"},
      {[](auto* o) { o->set_score_method(static_cast<v1::ScoreMethod>(9)); }, "score_method is 9"},
      {[](auto* o) { o->set_resize(static_cast<v1::ResizeMethod>(9)); }, "resize is 9"},
      {[](auto* o) { o->set_input_size(100); }, "input_size is 100"},
      {[](auto* o) { o->set_input_size(-256); }, "input_size is -256"},
      {[](auto* o) { o->set_patch_size(0); }, "patch_size is 0"},
      {[](auto* o) { o->set_stride(0); }, "stride is 0"},
      {[](auto* o) { o->set_stride(9); }, "stride is 9"},
      {[](auto* o) { o->set_atoms(0); }, "atoms is 0"},
      {[](auto* o) { o->set_alpha(-1); }, "alpha is -1"},
      {[](auto* o) { o->set_alpha(NAN); }, "alpha is nan"},
      {[](auto* o) { o->set_nonzeros(17); }, "nonzeros is 17"},
      {[](auto* o) { o->set_top_residuals(0); }, "top_residuals is 0"},
      {[](auto* o) { o->set_top_patches(122); }, "top_patches is 122"},
      {[](auto* o) { o->set_false_alarm_rate(0.5); }, "false_alarm_rate is 0.5"},
      {[](auto* o) { o->set_epochs(101); }, "epochs is 101"},
      {[](auto* o) { o->set_batch_pictures(0); }, "batch_pictures is 0"},
  };
  for (const BadField& bad : cases) {
    v1::CategoryOptions proto;
    bad.set(&proto);
    EXPECT_THAT(ToCategoryOptions(proto), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(bad.name)));
  }
}

}  // namespace
}  // namespace mlfsc
