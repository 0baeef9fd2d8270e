// What a category's answers on a test set are worth.
#ifndef MLFSC_CLIENT_EVALUATION_EVALUATION_H_
#define MLFSC_CLIENT_EVALUATION_EVALUATION_H_

#include <optional>
#include <string>
#include <vector>

#include "client/evaluation/pixel_auroc.h"
#include "client/evaluation/roc.h"
#include "client/pictures/picture_folder.h"
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

struct KindEvaluation {
  std::string kind;
  VerdictCounts verdicts;
  // Of this kind against the good pictures; nothing for the good ones themselves.
  std::optional<double> image_auroc;
  std::optional<double> pixel_auroc;
};

struct Evaluation {
  std::optional<double> image_auroc;
  // Where there are masks.
  std::optional<double> pixel_auroc;
  KindEvaluation good;
  // In the order of the pictures.
  std::vector<KindEvaluation> kinds;
  // All defective pictures together.
  VerdictCounts defects;
  OperatingPoint calibrated;
  OperatingPoint best;
};

// The kinds in `pictures`, in order of first appearance, "good" always first: its index is a kind's number in
// PixelAuroc.
std::vector<std::string> KindsOf(const std::vector<TestPicture>& pictures);

// `pixels`: of KindsOf the same pictures; no areas when there are no masks.
Evaluation Evaluate(const std::vector<InspectedPicture>& pictures, const PixelAuroc::Areas& pixels);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_EVALUATION_EVALUATION_H_
