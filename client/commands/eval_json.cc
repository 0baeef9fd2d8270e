#include "client/commands/eval_json.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "client/commands/json.h"
#include "client/commands/times.h"
#include "client/evaluation/paper_table.h"
#include "client/pictures/path_text.h"
#include "client/terminal/terminal.h"

namespace mlfsc::client {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kSchema[] = "mlfsc-evaluation/1";

Json OrNull(const std::optional<double>& value) { return value.has_value() ? Json(*value) : Json(nullptr); }

Json Paths(const std::vector<std::string>& paths) {
  Json list = Json::array();
  for (const std::string& path : paths) list.push_back(PathText(path));
  return list;
}

Json ToJson(const VerdictCounts& counts) {
  return {
      {"pictures", counts.pictures}, {"flagged", counts.flagged}, {"flagged_share", counts.flagged_share()},
      {"review", counts.review},     {"nok", counts.nok},         {"nok_share", counts.nok_share()}};
}

Json ToJson(const KindEvaluation& kind) {
  Json json = {{"kind", PathText(kind.kind)},
               {"image_auroc", OrNull(kind.image_auroc)},
               {"average_precision", OrNull(kind.average_precision)},
               {"pixel_auroc", OrNull(kind.pixels.auroc)},
               {"pro30", OrNull(kind.pixels.pro30)},
               {"with_mask", kind.with_mask}};
  json.update(ToJson(kind.verdicts));
  return json;
}

// Nothing that a side without pictures would have a part in.
Json ToJson(const OperatingPoint& point, const Evaluation& evaluation) {
  const bool both = evaluation.both_sides();
  return {{"threshold", point.threshold},
          {"r1", evaluation.good.verdicts.pictures > 0 ? Json(point.r1) : Json(nullptr)},
          {"r2", evaluation.defects.pictures > 0 ? Json(point.r2) : Json(nullptr)},
          {"mean", both ? Json(point.mean()) : Json(nullptr)},
          {"precision", both ? OrNull(point.precision) : Json(nullptr)},
          {"f1", both ? OrNull(point.f1) : Json(nullptr)}};
}

// What the pixels' figures are of.
Json MasksJson(const Evaluation& evaluation) {
  Json without = Json::array();
  for (const KindEvaluation& kind : evaluation.kinds) {
    if (kind.with_mask == 0) without.push_back(PathText(kind.kind));
  }
  return {{"defective_pictures", evaluation.defects.pictures},
          {"with_mask", evaluation.with_mask},
          {"kinds_without", without}};
}

Json LeftOutJson(const std::vector<LeftOut>& left_out) {
  Json list = Json::array();
  for (const LeftOut& one : left_out) {
    list.push_back(
        {{"picture", PathText(one.path)}, {"kind", PathText(one.kind)}, {"error", Printable(one.reason)}});
  }
  return list;
}

Json ToJson(const LayerEvaluation& layer, const std::vector<KindEvaluation>& kinds) {
  Json of_kinds = Json::array();
  for (size_t k = 0; k < kinds.size() && k < layer.kinds.size(); ++k) {
    of_kinds.push_back({{"kind", PathText(kinds[k].kind)}, {"image_auroc", OrNull(layer.kinds[k])}});
  }
  return {{"layer", layer.layer},
          {"image_auroc", OrNull(layer.image_auroc)},
          {"average_precision", OrNull(layer.average_precision)},
          {"kinds", of_kinds}};
}

void AddMeasures(const Measures& measures, Json* json) {
  ForEachMeasure(
      [&](const char* name, const char*, auto member, auto) { (*json)[name] = OrNull(measures.*member); });
}

Json ToJson(const Intervals& intervals) {
  Json json = Json::object();
  ForEachMeasure([&](const char* name, const char*, auto, auto member) {
    const std::optional<Interval>& interval = intervals.*member;
    if (interval.has_value()) json[name] = {interval->low, interval->high};
  });
  return json;
}

Json PathOrNull(const std::string& path) { return path.empty() ? Json(nullptr) : Json(PathText(path)); }

Json Pictures(const TestSetAnswers& answers) {
  Json pictures = Json::array();
  for (size_t i = 0; i < answers.pictures.size(); ++i) {
    const InspectedPicture& inspected = answers.pictures[i];
    const std::vector<std::string>& masks = inspected.picture.masks;
    const HeatmapFiles files = answers.heatmaps.empty() ? HeatmapFiles() : answers.heatmaps[i];
    Json picture = {
        {"picture", PathText(inspected.picture.path)},
        {"kind", PathText(inspected.picture.kind)},
        {"mask", masks.empty() ? Json(nullptr) : Json(PathText(masks.front()))},
        {"masks", Paths(masks)},
        {"mask_orientation", inspected.picture.mask_turned ? inspected.picture.frame.orientation : kUpright},
        {"heatmap", PathOrNull(files.heatmap)},
        {"shown_picture", PathOrNull(files.picture)},
        {"shown_mask", PathOrNull(files.mask)}};
    picture.update(client::ToJson(inspected.inspection));
    pictures.push_back(std::move(picture));
  }
  return pictures;
}

Json ToJson(const CategoryEvaluation& one, const BootstrapOptions& bootstrap) {
  const Evaluation& evaluation = one.evaluation;
  const Json version = client::ToJson(one.version);
  Json json = {{"category", one.category},
               {"version", one.version.version()},
               {"folder", PathText(one.folder)},
               {"bit_depth", one.reading.bit_depth},
               {"page", one.reading.page},
               {"options", version["options"]},
               {"calibration", version["calibration"]}};
  AddMeasures(evaluation.measures, &json);
  json["intervals"] = bootstrap.samples > 0 ? ToJson(evaluation.intervals) : Json(nullptr);
  json["thresholds"] = {
      {"calibrated", ToJson(evaluation.calibrated, evaluation)},
      {"best", evaluation.both_sides() ? ToJson(evaluation.best, evaluation) : Json(nullptr)}};
  json["masks"] = MasksJson(evaluation);
  json["left_out"] = LeftOutJson(one.left_out);
  json["good"] = ToJson(evaluation.good.verdicts);
  json["defects"] = ToJson(evaluation.defects);
  json["kinds"] = Json::array();
  for (const KindEvaluation& kind : evaluation.kinds) json["kinds"].push_back(ToJson(kind));
  json["views"] = Json::array();
  for (const LayerEvaluation& view : evaluation.views) {
    Json of_view = ToJson(view, evaluation.kinds);
    of_view["view"] = view.layer;
    of_view.erase("layer");
    json["views"].push_back(of_view);
  }
  json["layers"] = Json::array();
  for (const LayerEvaluation& layer : evaluation.layers) {
    json["layers"].push_back(ToJson(layer, evaluation.kinds));
  }
  json["pictures"] = Pictures(one.answers);
  return json;
}

Json PaperFiguresJson() {
  Json figures = Json::array();
  for (const PaperFigures& one : PaperTable()) {
    figures.push_back({{"category", one.category},
                       {"method", one.method},
                       {"r1", OrNull(one.r1)},
                       {"r2", OrNull(one.r2)},
                       {"auroc", OrNull(one.auroc)}});
  }
  return figures;
}

}  // namespace

Json ToJson(const EvaluationRun& run) {
  std::vector<Measures> measures;
  Json categories = Json::array();
  for (const CategoryEvaluation& one : run.categories) {
    measures.push_back(one.evaluation.measures);
    Json category = ToJson(one, run.bootstrap);
    category["baseline"] = one.baseline == nullptr ? Json(nullptr) : ToJson(*one.baseline, run.bootstrap);
    categories.push_back(std::move(category));
  }
  const Measures mean = MeanOf(measures);
  Json json = {{"schema", kSchema},
               {"program_version", MLFSC_VERSION},
               {"create_time", FormatUtc(run.create_time)},
               {"run_folder", PathText(run.run_folder)},
               {"image_auroc", OrNull(mean.image_auroc)},
               {"pixel_auroc", OrNull(mean.pixel_auroc)}};
  json["mean"] = {{"categories", run.categories.size()}};
  AddMeasures(mean, &json["mean"]);
  json["bootstrap"] = nullptr;
  if (run.bootstrap.samples > 0) {
    json["bootstrap"] = {{"samples", run.bootstrap.samples},
                         {"confidence", run.bootstrap.confidence},
                         {"seed", run.bootstrap.seed}};
  }
  json["categories"] = std::move(categories);
  json["paper"] = run.compare_paper ? PaperFiguresJson() : Json(nullptr);
  return json;
}

}  // namespace mlfsc::client
