#include "server/convert/inspection.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "core/bundle/bundle_store.h"
#include "server/convert/picture.h"

namespace mlfsc {
namespace {

constexpr size_t kTopChannels = 8;

// Of both requests, which share the fields' names.
template <typename Request>
absl::StatusOr<InspectionRequest> CommonFields(const Request& request) {
  if (const absl::Status status = ValidateCategoryName(request.category()); !status.ok()) return status;
  if (request.version() < 0) {
    return absl::InvalidArgumentError(
        absl::StrFormat("version is %d; it must be 1 or more, or 0 for the active one", request.version()));
  }
  absl::StatusOr<PictureBytes> picture = ToPictureBytes(request.picture());
  if (!picture.ok()) return picture.status();
  InspectionRequest inspection;
  inspection.category = request.category();
  inspection.version = request.version();
  inspection.picture = *std::move(picture);
  return inspection;
}

absl::StatusOr<HeatmapFormat> ToHeatmapFormat(v1::HeatmapRequest::Format format) {
  switch (format) {
    case v1::HeatmapRequest::FORMAT_UNSPECIFIED:
    case v1::HeatmapRequest::OVERLAY_PNG:
      return HeatmapFormat::kOverlayPng;
    case v1::HeatmapRequest::COLOR_MAP_PNG:
      return HeatmapFormat::kColorMapPng;
    case v1::HeatmapRequest::FLOAT32_MAP:
      return HeatmapFormat::kFloat32;
    default:
      return absl::InvalidArgumentError(
          absl::StrFormat("format is %d; it must be OVERLAY_PNG (1), COLOR_MAP_PNG (2) or FLOAT32_MAP (3)",
                          static_cast<int>(format)));
  }
}

v1::Verdict ToProto(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk:
      return v1::OK;
    case Verdict::kReview:
      return v1::REVIEW;
    case Verdict::kNok:
      return v1::NOK;
  }
  return v1::VERDICT_UNSPECIFIED;
}

void SetLayer(const LayerScore& layer, v1::LayerScore* proto) {
  proto->set_layer(layer.layer);
  proto->set_score(layer.score);
  std::vector<int> worst(layer.channels.size());
  std::iota(worst.begin(), worst.end(), 0);
  const size_t shown = std::min(kTopChannels, worst.size());
  // By number where scores are equal, so that the answer does not depend on the sort.
  std::partial_sort(
      worst.begin(), worst.begin() + static_cast<int64_t>(shown), worst.end(), [&layer](int a, int b) {
        return layer.channels[a] != layer.channels[b] ? layer.channels[a] > layer.channels[b] : a < b;
      });
  worst.resize(shown);
  for (const int channel : worst) {
    v1::ChannelScore* top = proto->add_top_channels();
    top->set_channel(channel);
    top->set_score(layer.channels[channel]);
  }
}

void SetRegion(const Region& region, v1::Region* proto) {
  proto->set_x(region.x);
  proto->set_y(region.y);
  proto->set_width(region.width);
  proto->set_height(region.height);
  proto->set_area(region.area);
  proto->set_peak(region.peak);
  proto->set_peak_x(region.peak_x);
  proto->set_peak_y(region.peak_y);
  proto->set_center_x(region.center_x);
  proto->set_center_y(region.center_y);
}

void SetStageTimes(const StageTimes& times, v1::StageTimes* proto) {
  proto->set_decode(absl::ToDoubleMilliseconds(times.decode));
  proto->set_queue(absl::ToDoubleMilliseconds(times.queue));
  proto->set_features(absl::ToDoubleMilliseconds(times.features));
  proto->set_coding(absl::ToDoubleMilliseconds(times.coding));
  proto->set_scoring(absl::ToDoubleMilliseconds(times.scoring));
  proto->set_encode(absl::ToDoubleMilliseconds(times.encode));
  proto->set_total(absl::ToDoubleMilliseconds(times.total));
}

void SetInspection(const Inspection& inspection, v1::Inspection* proto) {
  proto->set_category(inspection.model->category());
  proto->set_version(inspection.model->version());
  proto->set_raw_score(inspection.score.raw);
  proto->set_normalized_score(inspection.normalised);
  proto->set_verdict(ToProto(inspection.verdict));
  proto->set_threshold(inspection.model->manifest().calibration.threshold);
  for (const LayerScore& layer : inspection.score.layers) SetLayer(layer, proto->add_layers());
  for (const ViewScore& view : inspection.score.views) {
    v1::ViewScore* added = proto->add_views();
    added->set_view(view.view);
    added->set_deviations(view.deviations);
  }
  for (const Region& region : inspection.regions) SetRegion(region, proto->add_regions());
  proto->set_picture_width(inspection.picture_width);
  proto->set_picture_height(inspection.picture_height);
  proto->set_notice(inspection.notice);
  SetStageTimes(inspection.times, proto->mutable_stage_times());
}

}  // namespace

absl::StatusOr<InspectionRequest> ToInspectionRequest(const v1::ScoreRequest& request) {
  return CommonFields(request);
}

absl::StatusOr<InspectionRequest> ToInspectionRequest(const v1::HeatmapRequest& request) {
  absl::StatusOr<InspectionRequest> inspection = CommonFields(request);
  if (!inspection.ok()) return inspection;
  const absl::StatusOr<HeatmapFormat> format = ToHeatmapFormat(request.format());
  if (!format.ok()) return format.status();
  inspection->heatmap = *format;
  inspection->with_picture = request.with_picture();
  return inspection;
}

v1::ScoreResponse ToScoreResponse(const Inspection& inspection) {
  v1::ScoreResponse response;
  SetInspection(inspection, response.mutable_inspection());
  return response;
}

v1::HeatmapResponse ToHeatmapResponse(Inspection inspection, v1::HeatmapRequest::Format format) {
  v1::HeatmapResponse response;
  SetInspection(inspection, response.mutable_inspection());
  response.set_map(std::move(inspection.map));
  response.set_picture(std::move(inspection.picture));
  response.set_format(format == v1::HeatmapRequest::FORMAT_UNSPECIFIED ? v1::HeatmapRequest::OVERLAY_PNG
                                                                       : format);
  response.set_scale_low(inspection.scale.low);
  response.set_scale_high(inspection.scale.high);
  response.set_region_threshold(inspection.model->manifest().map_calibration.threshold);
  return response;
}

}  // namespace mlfsc
