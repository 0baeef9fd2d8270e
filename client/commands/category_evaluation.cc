#include "client/commands/category_evaluation.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/commands/training.h"
#include "client/pictures/data_set.h"
#include "client/pictures/picture_file.h"

namespace mlfsc::client {
namespace {

absl::StatusOr<v1::Version> Learn(const Context& context, Client* client,
                                  const std::vector<std::string>& pictures,
                                  const v1::TrainRequest::Start& start, const PictureReading& reading,
                                  const std::string& name) {
  absl::StatusOr<Trained> trained = TrainOnFiles(context, client, start, pictures, reading);
  if (!trained.ok()) return trained.status();
  SayWhatWasOdd(context, name, *trained);
  Remark(context, name, Describe(*trained));
  PrintFindings(*trained, context.terminal.err);
  return std::move(*trained->result.mutable_version());
}

// The pictures to learn from: read, and those that cannot be left out where that is allowed.
absl::StatusOr<std::vector<std::string>> CheckedTraining(const Context& context, const EvaluationPlan& plan) {
  FolderOptions options;
  options.recursive = plan.recursive;
  options.masks_apart = true;
  const absl::StatusOr<FolderListing> listing =
      ListFolderOfPictures(absl::StrCat(plan.folder, "/train/", kGoodKind), options);
  if (!listing.ok()) return listing.status();
  const std::string passed_over = Describe(listing->passed_over);
  if (!passed_over.empty())
    Remark(context, plan.category, absl::StrCat("train/", kGoodKind, ": ", passed_over));
  const bool skip_bad = plan.training.has_value() && plan.training->skip_bad_pictures();
  return CheckTrainingSet(context, plan.category, listing->pictures, skip_bad, plan.check);
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
  request.reading = plan.check.reading;
  request.mask_frame = plan.check.mask_frame;
  request.strict = plan.check.strict;
  request.jobs = plan.check.jobs;
  absl::StatusOr<TestSetAnswers> answers = InspectTestSet(context, client, request);
  if (!answers.ok()) return answers.status();
  CategoryEvaluation measured;
  measured.category = plan.category;
  measured.folder = plan.folder;
  measured.reading = plan.check.reading;
  measured.version = std::move(version);
  measured.evaluation = Evaluate(answers->pictures, answers->pixels, plan.bootstrap);
  measured.left_out = answers->left_out;
  measured.answers = *std::move(answers);
  for (const LeftOut& one : measured.left_out) {
    Remark(context, plan.category, absl::StrCat("left out: ", one.reason));
  }
  return measured;
}

absl::StatusOr<CategoryEvaluation> MeasureBaseline(const Context& context, Client* client,
                                                   EvaluationPlan plan,
                                                   const std::vector<TestPicture>& pictures,
                                                   const std::vector<std::string>& training) {
  absl::StatusOr<v1::Version> version = Learn(context, client, training, BaselineOf(plan.category),
                                              plan.check.reading, plan.category + ", baseline");
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
  absl::StatusOr<TestSet> set = ListTestSet(plan.folder, plan.recursive);
  if (!set.ok()) return set.status();
  absl::StatusOr<v1::Version> version;
  if (!plan.training.has_value()) {
    version = FindVersion(client, plan.category, plan.version);
    if (!version.ok()) return version.status();
  }
  absl::StatusOr<CheckedTestSet> checked = CheckTestSet(context, plan.category, *std::move(set), plan.check);
  if (!checked.ok()) return checked.status();
  const absl::StatusOr<std::vector<HeatmapFiles>> heatmaps =
      HeatmapPaths(checked->pictures, plan.heatmap_folder);
  if (!heatmaps.ok()) return heatmaps.status();
  if (!heatmaps->empty()) {
    if (absl::Status writable = CheckWritable(heatmaps->front().heatmap); !writable.ok()) return writable;
  }
  std::vector<std::string> training;
  if (plan.training.has_value() || plan.baseline) {
    absl::StatusOr<std::vector<std::string>> readable = CheckedTraining(context, plan);
    if (!readable.ok()) return readable.status();
    training = *std::move(readable);
  }
  if (plan.training.has_value()) {
    version = Learn(context, client, training, *plan.training, plan.check.reading, plan.category);
    if (!version.ok()) return version.status();
  }
  absl::StatusOr<CategoryEvaluation> measured =
      Measure(context, client, plan, *std::move(version), checked->pictures);
  if (!measured.ok()) return measured;
  measured->left_out.insert(measured->left_out.begin(), checked->left_out.begin(), checked->left_out.end());
  if (!plan.baseline) return measured;
  absl::StatusOr<CategoryEvaluation> baseline =
      MeasureBaseline(context, client, plan, checked->pictures, training);
  if (!baseline.ok()) return baseline.status();
  measured->baseline = std::make_shared<const CategoryEvaluation>(*std::move(baseline));
  return measured;
}

}  // namespace mlfsc::client
