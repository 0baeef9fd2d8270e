#include "client/evaluation/evaluation.h"

#include <algorithm>

namespace mlfsc::client {
namespace {

void Count(const v1::Inspection& inspection, VerdictCounts* counts) {
  ++counts->pictures;
  if (inspection.raw_score() > inspection.threshold()) ++counts->flagged;
  if (inspection.verdict() == v1::REVIEW) ++counts->review;
  if (inspection.verdict() == v1::NOK) ++counts->nok;
}

template <typename Wanted>
std::vector<double> Scores(const std::vector<InspectedPicture>& pictures, Wanted wanted) {
  std::vector<double> scores;
  for (const InspectedPicture& inspected : pictures) {
    if (wanted(inspected.picture)) scores.push_back(inspected.inspection.raw_score());
  }
  return scores;
}

KindEvaluation EvaluateKind(const std::string& kind, const std::vector<InspectedPicture>& pictures,
                            const std::vector<double>& good_scores) {
  KindEvaluation evaluation;
  evaluation.kind = kind;
  const auto of_kind = [&](const TestPicture& picture) { return picture.kind == kind; };
  for (const InspectedPicture& inspected : pictures) {
    if (of_kind(inspected.picture)) Count(inspected.inspection, &evaluation.verdicts);
  }
  if (kind != kGoodKind) evaluation.image_auroc = Auroc(good_scores, Scores(pictures, of_kind));
  return evaluation;
}

}  // namespace

std::vector<std::string> KindsOf(const std::vector<TestPicture>& pictures) {
  std::vector<std::string> kinds = {kGoodKind};
  for (const TestPicture& picture : pictures) {
    if (std::find(kinds.begin(), kinds.end(), picture.kind) == kinds.end()) kinds.push_back(picture.kind);
  }
  return kinds;
}

Evaluation Evaluate(const std::vector<InspectedPicture>& pictures, const PixelAuroc::Areas& pixels) {
  const std::vector<double> good =
      Scores(pictures, [](const TestPicture& picture) { return picture.good(); });
  const std::vector<double> bad =
      Scores(pictures, [](const TestPicture& picture) { return !picture.good(); });
  Evaluation evaluation;
  evaluation.image_auroc = Auroc(good, bad);
  evaluation.pixel_auroc = pixels.all;
  if (!pictures.empty()) {
    evaluation.calibrated = OperatingPointAt(pictures.front().inspection.threshold(), good, bad);
  }
  evaluation.best = BestOperatingPoint(good, bad);

  std::vector<TestPicture> listed;
  for (const InspectedPicture& inspected : pictures) listed.push_back(inspected.picture);
  const std::vector<std::string> kinds = KindsOf(listed);
  evaluation.good = EvaluateKind(kGoodKind, pictures, good);
  for (size_t k = 1; k < kinds.size(); ++k) {
    evaluation.kinds.push_back(EvaluateKind(kinds[k], pictures, good));
    if (k < pixels.by_kind.size()) evaluation.kinds.back().pixel_auroc = pixels.by_kind[k];
  }
  for (const InspectedPicture& inspected : pictures) {
    if (!inspected.picture.good()) Count(inspected.inspection, &evaluation.defects);
  }
  return evaluation;
}

}  // namespace mlfsc::client
