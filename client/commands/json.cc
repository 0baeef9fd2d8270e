#include "client/commands/json.h"

#include <nlohmann/json.hpp>

#include "client/commands/option_names.h"
#include "client/commands/times.h"

namespace mlfsc::client {
namespace {

using Json = nlohmann::ordered_json;

Json ToJson(const v1::LayerScore& layer) {
  Json channels = Json::array();
  for (const v1::ChannelScore& channel : layer.top_channels()) {
    channels.push_back({{"channel", channel.channel()}, {"score", channel.score()}});
  }
  return {{"layer", layer.layer()}, {"score", layer.score()}, {"top_channels", channels}};
}

Json ToJson(const v1::Region& region) {
  return {{"x", region.x()},
          {"y", region.y()},
          {"width", region.width()},
          {"height", region.height()},
          {"area", region.area()},
          {"peak", region.peak()},
          {"peak_x", region.peak_x()},
          {"peak_y", region.peak_y()},
          {"center_x", region.center_x()},
          {"center_y", region.center_y()}};
}

Json ToJson(const v1::StageTimes& times) {
  return {{"decode", times.decode()}, {"queue", times.queue()},     {"features", times.features()},
          {"coding", times.coding()}, {"scoring", times.scoring()}, {"encode", times.encode()},
          {"total", times.total()}};
}

Json ToJson(const v1::CategoryStatistics& category) {
  Json minutes = Json::array();
  for (const v1::TrafficMinute& minute : category.minutes()) {
    minutes.push_back({{"start_time", FormatUtc(minute.start_time())},
                       {"pictures", minute.pictures()},
                       {"flagged", minute.flagged()},
                       {"mean_normalized_score", minute.mean_normalized_score()}});
  }
  Json histogram = Json::array();
  for (const int64_t pictures : category.score_histogram()) histogram.push_back(pictures);
  return {{"category", category.category()}, {"ok", category.ok()},          {"review", category.review()},
          {"nok", category.nok()},           {"score_histogram", histogram}, {"minutes", minutes}};
}

}  // namespace

Json ToJson(const v1::Inspection& inspection) {
  Json layers = Json::array();
  for (const v1::LayerScore& layer : inspection.layers()) layers.push_back(ToJson(layer));
  Json views = Json::array();
  for (const v1::ViewScore& view : inspection.views()) {
    views.push_back({{"view", view.view()}, {"deviations", view.deviations()}});
  }
  Json regions = Json::array();
  for (const v1::Region& region : inspection.regions()) regions.push_back(ToJson(region));
  Json json = {{"category", inspection.category()},
               {"version", inspection.version()},
               {"verdict", Name(inspection.verdict())},
               {"normalized_score", inspection.normalized_score()},
               {"raw_score", inspection.raw_score()},
               {"threshold", inspection.threshold()},
               {"views", views},
               {"layers", layers},
               {"regions", regions},
               {"picture_width", inspection.picture_width()},
               {"picture_height", inspection.picture_height()},
               {"stage_times", ToJson(inspection.stage_times())}};
  if (!inspection.notice().empty()) json["notice"] = inspection.notice();
  return json;
}

Json ToJson(const v1::CategoryOptions& options) {
  Json json = {{"feature_source", Name(options.feature_source())}};
  if (options.has_input_size()) json["input_size"] = options.input_size();
  // A server of before there was a choice does not tell.
  if (options.resize() != v1::RESIZE_METHOD_UNSPECIFIED) json["resize"] = Name(options.resize());
  if (options.has_patch_size()) json["patch_size"] = options.patch_size();
  if (options.has_stride()) json["stride"] = options.stride();
  if (options.has_atoms()) json["atoms"] = options.atoms();
  if (options.has_alpha()) json["alpha"] = options.alpha();
  json["coder"] = Name(options.coder());
  if (options.has_nonzeros()) json["nonzeros"] = options.nonzeros();
  json["score_method"] = Name(options.score_method());
  if (options.has_top_residuals()) json["top_residuals"] = options.top_residuals();
  if (options.has_top_patches()) json["top_patches"] = options.top_patches();
  if (options.has_false_alarm_rate()) json["false_alarm_rate"] = options.false_alarm_rate();
  if (options.has_epochs()) json["epochs"] = options.epochs();
  if (options.has_batch_pictures()) json["batch_pictures"] = options.batch_pictures();
  if (options.has_seed()) json["seed"] = options.seed();
  return json;
}

Json ToJson(const v1::Version& version) {
  const v1::Calibration& calibration = version.calibration();
  return {{"version", version.version()},
          {"pictures", version.pictures()},
          {"outliers", Name(version.outliers())},
          {"outliers_dropped", version.outliers_dropped()},
          {"create_time", FormatUtc(version.create_time())},
          {"options", ToJson(version.options())},
          {"calibration",
           {{"pictures", calibration.pictures()},
            {"log_mean", calibration.log_mean()},
            {"log_deviation", calibration.log_deviation()},
            {"degrees_of_freedom", calibration.degrees_of_freedom()},
            {"false_alarm_rate", calibration.false_alarm_rate()},
            {"threshold", calibration.threshold()},
            {"review_low", calibration.review_low()},
            {"review_high", calibration.review_high()}}},
          {"backbone_sha256", version.backbone_sha256()},
          {"program_version", version.program_version()},
          {"arithmetic", version.arithmetic()},
          {"arithmetic_note", version.arithmetic_note()},
          {"error", version.error()}};
}

Json ToJson(const v1::Category& category) {
  Json versions = Json::array();
  for (const v1::Version& version : category.versions()) versions.push_back(ToJson(version));
  return {{"category", category.category()},
          {"active_version", category.active_version()},
          {"versions", versions},
          {"error", category.error()}};
}

Json FindingsJson(const v1::TrainResult& result, const std::vector<std::string>& names) {
  Json outliers = Json::array();
  for (const v1::Outlier& outlier : result.outliers()) {
    Json json = {{"picture", outlier.picture()}};
    const auto index = static_cast<size_t>(outlier.picture());
    if (outlier.picture() >= 0 && index < names.size()) json["file"] = names[index];
    json["score"] = outlier.score();
    json["reason"] = outlier.reason();
    json["dropped"] = outlier.dropped();
    outliers.push_back(std::move(json));
  }
  Json notices = Json::array();
  for (const v1::Notice& notice : result.notices()) {
    notices.push_back({{"code", Name(notice.code())}, {"text", notice.text()}});
  }
  Json skipped = Json::array();
  for (const v1::SkippedPicture& one : result.skipped()) {
    Json json = {{"picture", one.picture()}};
    const auto index = static_cast<size_t>(one.picture());
    if (one.picture() >= 0 && index < names.size()) json["file"] = names[index];
    json["error"] = one.error();
    skipped.push_back(std::move(json));
  }
  return {{"pictures_skipped", result.pictures_skipped()},
          {"skipped", skipped},
          {"independent_pictures", result.independent_pictures()},
          {"outliers", outliers},
          {"notices", notices}};
}

Json ToJson(const v1::GetStatisticsResponse& statistics) {
  Json categories = Json::array();
  for (const v1::CategoryStatistics& category : statistics.categories())
    categories.push_back(ToJson(category));
  Json queues = Json::array();
  for (const v1::QueueStatistics& queue : statistics.queues()) {
    queues.push_back(
        {{"stage", queue.stage()}, {"waiting", queue.waiting()}, {"capacity", queue.capacity()}});
  }
  return {{"start_time", FormatUtc(statistics.start_time())},
          {"categories", categories},
          {"queues", queues},
          {"trainings", statistics.trainings()},
          {"max_message_bytes", statistics.max_message_bytes()}};
}

std::string FormatJson(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string FormatJsonLine(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

void PrintJson(const Json& json, std::ostream* out) { *out << FormatJson(json); }

}  // namespace mlfsc::client
