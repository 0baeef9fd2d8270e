#include "client/commands/category_evaluation.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/commands/training.h"
#include "client/pictures/picture_folder.h"

namespace mlfsc::client {
namespace {

absl::StatusOr<v1::Version> Learn(const Context& context, Client* client, const std::string& folder,
                                  const v1::TrainRequest::Start& start, const PictureReading& reading,
                                  const std::string& name) {
  const absl::StatusOr<std::vector<std::string>> pictures =
      ListPictures(absl::StrCat(folder, "/train/", kGoodKind));
  if (!pictures.ok()) return pictures.status();
  absl::StatusOr<Trained> trained = TrainOnFiles(context, client, start, *pictures, reading);
  if (!trained.ok()) return trained.status();
  *context.terminal.err << name << ": " << Describe(*trained) << '\n';
  PrintFindings(trained->result, *pictures, context.terminal.err);
  return std::move(*trained->result.mutable_version());
}

absl::StatusOr<v1::Version> FindVersion(Client* client, const std::string& name, int64_t number) {
  const absl::StatusOr<v1::Category> category = client->GetCategory(name);
  if (!category.ok()) return category.status();
  const int64_t wanted = number != 0 ? number : category->active_version();
  for (const v1::Version& version : category->versions()) {
    if (version.version() == wanted) return version;
  }
  if (wanted == 0) return absl::FailedPreconditionError(absl::StrCat(name, " has no active version"));
  return absl::NotFoundError(absl::StrCat(name, " has no version ", wanted));
}

// Puts the test set before a version.
absl::StatusOr<CategoryEvaluation> Measure(const Context& context, Client* client, const EvaluationPlan& plan,
                                           v1::Version version, std::vector<TestPicture> pictures) {
  TestSetRequest request;
  request.category = plan.category;
  request.version = version.version();
  request.pictures = std::move(pictures);
  request.heatmap_folder = plan.heatmap_folder;
  request.reading = plan.reading;
  request.jobs = plan.jobs;
  absl::StatusOr<TestSetAnswers> answers = InspectTestSet(context, client, request);
  if (!answers.ok()) return answers.status();
  CategoryEvaluation measured;
  measured.category = plan.category;
  measured.folder = plan.folder;
  measured.version = std::move(version);
  measured.evaluation = Evaluate(answers->pictures, answers->pixels, plan.bootstrap);
  measured.answers = *std::move(answers);
  return measured;
}

absl::StatusOr<CategoryEvaluation> MeasureBaseline(const Context& context, Client* client,
                                                   EvaluationPlan plan,
                                                   const std::vector<TestPicture>& pictures) {
  absl::StatusOr<v1::Version> version = Learn(context, client, plan.folder, BaselineOf(plan.category),
                                              plan.reading, plan.category + ", baseline");
  if (!version.ok()) return version.status();
  const int64_t number = version->version();
  plan.heatmap_folder.clear();
  absl::StatusOr<CategoryEvaluation> measured = Measure(context, client, plan, *std::move(version), pictures);
  const absl::Status deleted = client->DeleteVersion(plan.category, number).status();
  if (!deleted.ok()) {
    *context.terminal.err << plan.category << ": version " << number
                          << ", the baseline, is left: " << Printable(deleted.message()) << '\n';
  }
  return measured;
}

}  // namespace

v1::TrainRequest::Start BaselineOf(const std::string& category) {
  v1::TrainRequest::Start start;
  start.set_category(category);
  start.set_keep_active(true);
  start.mutable_options()->set_feature_source(v1::PIXELS);
  start.mutable_options()->set_score_method(v1::SUM);
  return start;
}

absl::StatusOr<CategoryEvaluation> EvaluateCategory(const Context& context, Client* client,
                                                    const EvaluationPlan& plan) {
  const absl::StatusOr<std::vector<TestPicture>> pictures = ListTestPictures(plan.folder);
  if (!pictures.ok()) return pictures.status();
  absl::StatusOr<v1::Version> version =
      plan.training.has_value()
          ? Learn(context, client, plan.folder, *plan.training, plan.reading, plan.category)
          : FindVersion(client, plan.category, plan.version);
  if (!version.ok()) return version.status();
  absl::StatusOr<CategoryEvaluation> measured =
      Measure(context, client, plan, *std::move(version), *pictures);
  if (!measured.ok() || !plan.baseline) return measured;
  absl::StatusOr<CategoryEvaluation> baseline = MeasureBaseline(context, client, plan, *pictures);
  if (!baseline.ok()) return baseline.status();
  measured->baseline = std::make_shared<const CategoryEvaluation>(*std::move(baseline));
  return measured;
}

}  // namespace mlfsc::client
