// What a category's answers on a test set are worth.
#ifndef MLFSC_CLIENT_EVALUATION_EVALUATION_H_
#define MLFSC_CLIENT_EVALUATION_EVALUATION_H_

#include <optional>
#include <string>
#include <vector>

#include "client/evaluation/bootstrap.h"
#include "client/evaluation/measures.h"
#include "client/evaluation/pixel_ranking.h"
#include "client/evaluation/roc.h"
#include "client/pictures/data_set.h"
#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc::client {

struct InspectedPicture {
  TestPicture picture;
  v1::Inspection inspection;
};

// The verdicts on some of the pictures.
struct VerdictCounts {
  int pictures = 0;
  // Raw score above the threshold.
  int flagged = 0;
  int review = 0;
  int nok = 0;

  double flagged_share() const { return pictures == 0 ? 0 : static_cast<double>(flagged) / pictures; }
  double nok_share() const { return pictures == 0 ? 0 : static_cast<double>(nok) / pictures; }
};

// The areas are of this kind against the good pictures; nothing for the good ones themselves.
struct KindEvaluation {
  std::string kind;
  VerdictCounts verdicts;
  // Pictures that have a mask: what the pixels' figures are of.
  int with_mask = 0;
  std::optional<double> image_auroc;
  std::optional<double> average_precision;
  PixelMeasures pixels;
};

// What the scores of one layer, or of one view, alone would do.
struct LayerEvaluation {
  std::string layer;
  std::optional<double> image_auroc;
  std::optional<double> average_precision;
  // AUROC by kind, in the order of the kinds.
  std::vector<std::optional<double>> kinds;
};

struct Evaluation {
  Measures measures;
  Intervals intervals;
  KindEvaluation good;
  // In the order of the pictures.
  std::vector<KindEvaluation> kinds;
  // All defective pictures together, and how many of them have a mask.
  VerdictCounts defects;
  int with_mask = 0;
  // Both as the server lists them; no views unless the score is fused.
  std::vector<LayerEvaluation> views;
  std::vector<LayerEvaluation> layers;
  OperatingPoint calibrated;
  OperatingPoint best;

  // Whether there are pictures of both sides. If not, only the share flagged of the one side is known.
  bool both_sides() const { return good.verdicts.pictures > 0 && defects.pictures > 0; }
};

// The kinds in `pictures`, in order of first appearance, "good" always first: its index is a kind's number in
// PixelRanking.
std::vector<std::string> KindsOf(const std::vector<TestPicture>& pictures);

// `pixels`: of KindsOf the same pictures; empty when there are no masks.
Evaluation Evaluate(const std::vector<InspectedPicture>& pictures, const PixelEvaluation& pixels,
                    const BootstrapOptions& bootstrap);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_EVALUATION_EVALUATION_H_
