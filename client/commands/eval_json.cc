#include "client/commands/eval_json.h"

#include <cstddef>
#include <utility>

#include <nlohmann/json.hpp>

#include "client/commands/json.h"
#include "client/commands/times.h"
#include "client/evaluation/paper_table.h"

namespace mlfsc::client {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kSchema[] = "mlfsc-evaluation/1";

Json OrNull(const std::optional<double>& value) { return value.has_value() ? Json(*value) : Json(nullptr); }
Json OrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json ToJson(const VerdictCounts& counts) {
  return {
      {"pictures", counts.pictures}, {"flagged", counts.flagged}, {"flagged_share", counts.flagged_share()},
      {"review", counts.review},     {"nok", counts.nok},         {"nok_share", counts.nok_share()}};
}

Json ToJson(const KindEvaluation& kind) {
  Json json = {{"kind", kind.kind},
               {"image_auroc", OrNull(kind.image_auroc)},
               {"average_precision", OrNull(kind.average_precision)},
               {"pixel_auroc", OrNull(kind.pixels.auroc)},
               {"pro30", OrNull(kind.pixels.pro30)}};
  json.update(ToJson(kind.verdicts));
  return json;
}

Json ToJson(const OperatingPoint& point) {
  return {{"threshold", point.threshold},
          {"r1", point.r1},
          {"r2", point.r2},
          {"mean", point.mean()},
          {"precision", OrNull(point.precision)},
          {"f1", OrNull(point.f1)}};
}

Json ToJson(const LayerEvaluation& layer, const std::vector<KindEvaluation>& kinds) {
  Json of_kinds = Json::array();
  for (size_t k = 0; k < kinds.size() && k < layer.kinds.size(); ++k) {
    of_kinds.push_back({{"kind", kinds[k].kind}, {"image_auroc", OrNull(layer.kinds[k])}});
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

Json Pictures(const TestSetAnswers& answers) {
  Json pictures = Json::array();
  for (size_t i = 0; i < answers.pictures.size(); ++i) {
    const InspectedPicture& inspected = answers.pictures[i];
    Json picture = {{"picture", inspected.picture.path},
                    {"kind", inspected.picture.kind},
                    {"mask", OrNull(inspected.picture.mask)},
                    {"heatmap", answers.heatmaps.empty() ? Json(nullptr) : Json(answers.heatmaps[i])}};
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
               {"folder", one.folder},
               {"options", version["options"]},
               {"calibration", version["calibration"]}};
  AddMeasures(evaluation.measures, &json);
  json["intervals"] = bootstrap.samples > 0 ? ToJson(evaluation.intervals) : Json(nullptr);
  json["thresholds"] = {{"calibrated", ToJson(evaluation.calibrated)}, {"best", ToJson(evaluation.best)}};
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
               {"run_folder", run.run_folder},
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
