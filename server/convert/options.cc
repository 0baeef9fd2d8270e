#include "server/convert/options.h"

#include "absl/status/status.h"
#include "absl/strings/str_format.h"

namespace mlfsc {
namespace {

absl::Status UnknownEnum(const char* field, int value, const char* known) {
  return absl::InvalidArgumentError(absl::StrFormat("%s is %d; it must be %s", field, value, known));
}

absl::StatusOr<FeatureSource> ToFeatureSource(v1::FeatureSource source) {
  switch (source) {
    case v1::FEATURE_SOURCE_UNSPECIFIED:
    case v1::PYRAMID:
      return FeatureSource::kPyramid;
    case v1::SINGLE_PASS:
      return FeatureSource::kSinglePass;
    case v1::PIXELS:
      return FeatureSource::kPixels;
    default:
      return UnknownEnum("feature_source", source, "PYRAMID (1), SINGLE_PASS (2) or PIXELS (3)");
  }
}

v1::FeatureSource ToProto(FeatureSource source) {
  switch (source) {
    case FeatureSource::kPyramid:
      return v1::PYRAMID;
    case FeatureSource::kSinglePass:
      return v1::SINGLE_PASS;
    case FeatureSource::kPixels:
      return v1::PIXELS;
  }
  return v1::FEATURE_SOURCE_UNSPECIFIED;
}

v1::ScoreMethod ToProto(ScoreMethod method) {
  switch (method) {
    case ScoreMethod::kSum:
      return v1::SUM;
    case ScoreMethod::kWhitened:
      return v1::WHITENED;
    case ScoreMethod::kFused:
      return v1::FUSED;
  }
  return v1::SCORE_METHOD_UNSPECIFIED;
}

// The defaults stand when the enumerations are unspecified.
absl::Status SetMethods(const v1::CategoryOptions& proto, CategoryOptions* options) {
  switch (proto.coder()) {
    case v1::CODER_UNSPECIFIED:
      break;
    case v1::LASSO:
      options->coding.coder = Coder::kLasso;
      break;
    case v1::OMP:
      options->coding.coder = Coder::kOmp;
      break;
    default:
      return UnknownEnum("coder", proto.coder(), "LASSO (1) or OMP (2)");
  }
  switch (proto.score_method()) {
    case v1::SCORE_METHOD_UNSPECIFIED:
      break;
    case v1::WHITENED:
      options->scoring.method = ScoreMethod::kWhitened;
      break;
    case v1::SUM:
      options->scoring.method = ScoreMethod::kSum;
      break;
    case v1::FUSED:
      options->scoring.method = ScoreMethod::kFused;
      break;
    default:
      return UnknownEnum("score_method", proto.score_method(), "WHITENED (1), SUM (2) or FUSED (3)");
  }
  switch (proto.resize()) {
    case v1::RESIZE_METHOD_UNSPECIFIED:
      break;
    case v1::AREA:
      options->resize = ResizeMethod::kArea;
      break;
    case v1::BILINEAR:
      options->resize = ResizeMethod::kBilinear;
      break;
    default:
      return UnknownEnum("resize", proto.resize(), "AREA (1) or BILINEAR (2)");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CategoryOptions> ToCategoryOptions(const v1::CategoryOptions& proto) {
  const absl::StatusOr<FeatureSource> source = ToFeatureSource(proto.feature_source());
  if (!source.ok()) return source.status();
  CategoryOptions options =
      proto.has_input_size() ? DefaultOptions(*source, proto.input_size()) : DefaultOptions(*source);
  if (const absl::Status status = SetMethods(proto, &options); !status.ok()) return status;

  if (proto.has_patch_size()) options.patches.size = proto.patch_size();
  if (proto.has_stride()) options.patches.stride = proto.stride();
  DefaultTopCounts(&options);
  if (proto.has_top_residuals()) options.scoring.top_residuals = proto.top_residuals();
  if (proto.has_top_patches()) options.scoring.top_patches = proto.top_patches();

  if (proto.has_alpha()) options.coding.alpha = proto.alpha();
  if (proto.has_nonzeros()) options.coding.nonzeros = proto.nonzeros();
  if (proto.has_false_alarm_rate()) options.scoring.false_alarm_rate = proto.false_alarm_rate();
  if (proto.has_atoms()) options.learning.atoms = proto.atoms();
  if (proto.has_epochs()) options.learning.epochs = proto.epochs();
  if (proto.has_batch_pictures()) options.learning.batch_pictures = proto.batch_pictures();
  if (proto.has_seed()) options.learning.seed = proto.seed();

  if (const absl::Status status = Validate(options); !status.ok()) return status;
  return options;
}

v1::CategoryOptions ToProto(const CategoryOptions& options) {
  v1::CategoryOptions proto;
  proto.set_feature_source(ToProto(options.features.source));
  proto.set_input_size(options.features.input_size);
  proto.set_resize(options.resize == ResizeMethod::kArea ? v1::AREA : v1::BILINEAR);
  proto.set_patch_size(options.patches.size);
  proto.set_stride(options.patches.stride);
  proto.set_atoms(options.learning.atoms);
  proto.set_alpha(options.coding.alpha);
  proto.set_coder(options.coding.coder == Coder::kLasso ? v1::LASSO : v1::OMP);
  proto.set_nonzeros(options.coding.nonzeros);
  proto.set_score_method(ToProto(options.scoring.method));
  proto.set_top_residuals(options.scoring.top_residuals);
  proto.set_top_patches(options.scoring.top_patches);
  proto.set_false_alarm_rate(options.scoring.false_alarm_rate);
  proto.set_epochs(options.learning.epochs);
  proto.set_batch_pictures(options.learning.batch_pictures);
  proto.set_seed(options.learning.seed);
  return proto;
}

}  // namespace mlfsc
