#include "core/training/outliers.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "core/scoring/calibration.h"
#include "core/scoring/spread.h"

namespace mlfsc {
namespace {

// Sets of good pictures in which one is named by chance.
constexpr double kSetsWithAFalseName = 1e-4;
constexpr int kFewestOthers = 3;
// Grey levels.
constexpr double kBlankContrast = 2;
constexpr double kBlankShare = 8;
constexpr double kBlack = 16;
constexpr double kWhite = 239;

// Why the picture shows nothing; empty when it shows something.
std::string Blank(const PictureSignature& signature, double typical_contrast) {
  if (signature.contrast >= std::min(kBlankContrast, typical_contrast / kBlankShare)) return "";
  if (signature.brightest <= kBlack) {
    return absl::StrFormat("black: brightest grey %.0f of 255", signature.brightest);
  }
  if (signature.darkest >= kWhite) {
    return absl::StrFormat("white: darkest grey %.0f of 255", signature.darkest);
  }
  return absl::StrFormat(
      "blank: greys of %.0f to %.0f of 255 and a deviation of %.2g, where others have %.0f",
      signature.darkest, signature.brightest, signature.contrast, typical_contrast);
}

double TypicalContrast(absl::Span<const PictureSignature> signatures) {
  std::vector<double> contrasts;
  contrasts.reserve(signatures.size());
  for (const PictureSignature& signature : signatures) contrasts.push_back(signature.contrast);
  return Median(std::move(contrasts));
}

}  // namespace

std::vector<Outlier> FindOutliers(const std::vector<double>& scores, const CopyGroups& groups,
                                  absl::Span<const PictureSignature> signatures, double false_alarm_rate) {
  std::vector<std::string> reasons(scores.size());
  if (!signatures.empty()) {
    const double typical = TypicalContrast(signatures);
    for (size_t i = 0; i < scores.size(); ++i) reasons[i] = Blank(signatures[i], typical);
  }
  std::vector<size_t> too_high;
  double limit_of_others = 0;
  while (true) {
    std::vector<int64_t> others;
    std::vector<double> others_scores;
    for (size_t i = 0; i < scores.size(); ++i) {
      if (!reasons[i].empty()) continue;
      others.push_back(static_cast<int64_t>(i));
      others_scores.push_back(scores[i]);
    }
    const CopyGroups independent = groups.Only(others);
    if (independent.count < kFewestOthers) break;
    const absl::StatusOr<Calibration> calibration =
        Calibrate(ScoresOfGroups(others_scores, independent), false_alarm_rate);
    if (!calibration.ok()) break;
    limit_of_others = calibration->threshold;
    const double limit = LimitAt(*calibration, kSetsWithAFalseName / independent.count);
    const size_t before = too_high.size();
    for (const int64_t picture : others) {
      if (scores[picture] <= limit) continue;
      too_high.push_back(picture);
      reasons[picture] = "score";
    }
    if (too_high.size() == before) break;
  }
  for (const size_t picture : too_high) {
    reasons[picture] =
        absl::StrFormat("scores %.5g; the others' limit is %.5g", scores[picture], limit_of_others);
  }
  std::vector<Outlier> outliers;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (!reasons[i].empty()) {
      outliers.push_back({static_cast<int64_t>(i), scores[i], reasons[i], /*dropped=*/false});
    }
  }
  return outliers;
}

}  // namespace mlfsc
