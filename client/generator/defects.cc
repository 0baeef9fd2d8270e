#include "client/generator/defects.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <opencv2/imgproc.hpp>

#include "client/generator/cloth.h"

namespace mlfsc::client {
namespace {

constexpr double kPi = 3.14159265358979323846;

// Lengths below are for a picture of 256 pixels a side, at which a thread is 8 wide.
double Scale(int size) { return size / 256.0; }

// A point well inside the picture.
cv::Point2d DrawPlace(int size, Random* random) {
  return {random->Uniform(0.2, 0.8) * size, random->Uniform(0.2, 0.8) * size};
}

// An irregular closed outline: a circle whose radius wanders by `unevenness` of itself.
std::vector<cv::Point> DrawOutline(const cv::Point2d& center, double radius, double unevenness,
                                   Random* random) {
  double phases[3];
  for (double& phase : phases) phase = random->Uniform(0, 2 * kPi);
  const double flattening = random->Uniform(0.7, 1.3);
  std::vector<cv::Point> outline;
  for (int step = 0; step < 72; ++step) {
    const double angle = 2 * kPi * step / 72;
    double wander = 0;
    for (int wave = 0; wave < 3; ++wave) wander += std::sin((wave + 2) * angle + phases[wave]) / (wave + 2);
    const double r = radius * (1 + unevenness * wander);
    outline.emplace_back(cvRound(center.x + r * flattening * std::cos(angle)),
                         cvRound(center.y + r / flattening * std::sin(angle)));
  }
  return outline;
}

// A line that bends a little all the way.
std::vector<cv::Point> DrawTrail(cv::Point2d from, double length, double bend, Random* random) {
  double angle = random->Uniform(0, 2 * kPi);
  const double turn = random->Uniform(-bend, bend);
  constexpr int kSteps = 24;
  std::vector<cv::Point> trail;
  for (int step = 0; step <= kSteps; ++step) {
    trail.emplace_back(cvRound(from.x), cvRound(from.y));
    angle += turn / kSteps + 0.04 * random->Normal();
    from += cv::Point2d(std::cos(angle), std::sin(angle)) * (length / kSteps);
  }
  return trail;
}

// [size, size] CV_32FC1 in [0, 1]: how much of each pixel a shape covers.
cv::Mat Coverage(int size, const cv::Mat& shape, double softness) {
  cv::Mat coverage;
  shape.convertTo(coverage, CV_32F, 1.0 / 255);
  if (softness > 0) cv::GaussianBlur(coverage, coverage, cv::Size(), softness * Scale(size));
  return coverage;
}

// picture = picture (1 - coverage) + color coverage.
void Cover(cv::Mat* picture, const cv::Mat& coverage, const cv::Vec3f& color) {
  for (int y = 0; y < picture->rows; ++y) {
    for (int x = 0; x < picture->cols; ++x) {
      const float share = coverage.at<float>(y, x);
      cv::Vec3f& pixel = picture->at<cv::Vec3f>(y, x);
      pixel = pixel * (1 - share) + color * share;
    }
  }
}

// picture = picture (1 - coverage (1 - factor)): what is under it still shows.
void Soak(cv::Mat* picture, const cv::Mat& coverage, const cv::Vec3f& factor) {
  for (int y = 0; y < picture->rows; ++y) {
    for (int x = 0; x < picture->cols; ++x) {
      const float share = coverage.at<float>(y, x);
      cv::Vec3f& pixel = picture->at<cv::Vec3f>(y, x);
      for (int c = 0; c < 3; ++c) pixel[c] *= 1 - share * (1 - factor[c]);
    }
  }
}

cv::Mat Blank(int size) { return cv::Mat(size, size, CV_8UC1, cv::Scalar(0)); }

cv::Mat Filled(int size, const std::vector<cv::Point>& outline) {
  cv::Mat shape = Blank(size);
  cv::fillPoly(shape, std::vector<std::vector<cv::Point>>{outline}, cv::Scalar(255), cv::LINE_AA);
  return shape;
}

void Trace(cv::Mat* shape, const std::vector<cv::Point>& trail, double thickness) {
  const int pixels = std::max(1, cvRound(thickness));
  cv::polylines(*shape, std::vector<std::vector<cv::Point>>{trail}, false, cv::Scalar(255), pixels,
                cv::LINE_AA);
}

cv::Mat MaskOf(const cv::Mat& coverage, double above) {
  cv::Mat mask = coverage > above;
  return mask;
}

// Painting over a good cloth. Each returns the mask.

cv::Mat PaintScratch(int size, cv::Mat* picture, Random* random) {
  const double unit = Scale(size);
  cv::Mat shape = Blank(size);
  const std::vector<cv::Point> trail =
      DrawTrail(DrawPlace(size, random), random->Uniform(60, 130) * unit, 0.8, random);
  Trace(&shape, trail, random->Uniform(2, 3.5) * unit);
  const cv::Mat coverage = Coverage(size, shape, 0.6);
  // Torn fibres scatter the light: brighter than the cloth, and its pattern is gone.
  Cover(picture, coverage * 0.85, cv::Vec3f(0.82f, 0.80f, 0.76f));
  return MaskOf(coverage, 0.3);
}

cv::Mat PaintStain(int size, cv::Mat* picture, Random* random) {
  const double unit = Scale(size);
  const cv::Mat shape =
      Filled(size, DrawOutline(DrawPlace(size, random), random->Uniform(16, 30) * unit, 0.35, random));
  const cv::Mat coverage = Coverage(size, shape, 2.5);
  const auto depth = static_cast<float>(random->Uniform(0.45, 0.6));
  Soak(picture, coverage, cv::Vec3f(depth * 1.05f, depth * 0.9f, depth * 0.7f));
  return MaskOf(coverage, 0.4);
}

cv::Mat PaintHole(int size, cv::Mat* picture, Random* random) {
  const double unit = Scale(size);
  const cv::Point2d center = DrawPlace(size, random);
  const double radius = random->Uniform(10, 18) * unit;
  cv::Mat shape = Filled(size, DrawOutline(center, radius, 0.3, random));
  const cv::Mat coverage = Coverage(size, shape, 0.8);
  Cover(picture, coverage, cv::Vec3f(0.05f, 0.05f, 0.05f));
  // Loose ends around the rim reach inwards.
  cv::Mat ends = Blank(size);
  const int count = random->Integer(6, 10);
  for (int i = 0; i < count; ++i) {
    const double angle = random->Uniform(0, 2 * kPi);
    const cv::Point2d rim = center + cv::Point2d(std::cos(angle), std::sin(angle)) * radius;
    const double reach = random->Uniform(0.2, 0.6);
    const double swerve = random->Uniform(-0.25, 0.25) * radius;
    const cv::Point2d end = rim + (center - rim) * reach + cv::Point2d(swerve, -swerve);
    Trace(&ends, {cv::Point(rim), cv::Point(end)}, unit);
  }
  Cover(picture, Coverage(size, ends, 0.5) * 0.8, cv::Vec3f(0.6f, 0.58f, 0.52f));
  return MaskOf(coverage, 0.5);
}

cv::Mat PaintContamination(int size, cv::Mat* picture, Random* random) {
  const double unit = Scale(size);
  const cv::Point2d place = DrawPlace(size, random);
  cv::Mat grains = Blank(size);
  const int count = random->Integer(4, 8);
  for (int i = 0; i < count; ++i) {
    const cv::Point2d offset(random->Normal() * 12 * unit, random->Normal() * 12 * unit);
    const std::vector<cv::Point> outline =
        DrawOutline(place + offset, random->Uniform(2.2, 4.5) * unit, 0.4, random);
    cv::fillPoly(grains, std::vector<std::vector<cv::Point>>{outline}, cv::Scalar(255), cv::LINE_AA);
  }
  cv::Mat hair = Blank(size);
  Trace(&hair, DrawTrail(place, random->Uniform(30, 55) * unit, 4, random), 1.5 * unit);
  const cv::Mat grain_coverage = Coverage(size, grains, 0.5);
  const cv::Mat hair_coverage = Coverage(size, hair, 0.4);
  Cover(picture, hair_coverage * 0.9, cv::Vec3f(0.13f, 0.10f, 0.09f));
  Cover(picture, grain_coverage, cv::Vec3f(0.20f, 0.15f, 0.10f));
  return MaskOf(cv::max(grain_coverage, hair_coverage), 0.4);
}

// Faults of the weave itself.

std::vector<ThreadFault> DrawMissingThread(const Cloth& cloth, Random* random) {
  ThreadFault fault;
  fault.kind = ThreadFault::Kind::kMissing;
  fault.thread = static_cast<int>(random->Uniform(0.2, 0.8) * cloth.size / cloth.weft_pitch);
  fault.from = random->Uniform(0, 0.35) * cloth.size;
  fault.to = fault.from + random->Uniform(0.35, 0.6) * cloth.size;
  return {fault};
}

std::vector<ThreadFault> DrawWrongColor(const Cloth& cloth, Random* random) {
  const int first = static_cast<int>(random->Uniform(0.2, 0.75) * cloth.size / cloth.weft_pitch);
  const int threads = random->Integer(2, 4);
  const double from = random->Uniform(0.05, 0.4) * cloth.size;
  const double to = from + random->Uniform(0.3, 0.5) * cloth.size;
  const cv::Vec3f dyes[] = {{0.70f, 0.34f, 0.28f}, {0.34f, 0.58f, 0.36f}, {0.72f, 0.62f, 0.26f}};
  const cv::Vec3f dye = dyes[random->Integer(0, 2)];
  std::vector<ThreadFault> faults;
  for (int i = 0; i < threads; ++i) {
    faults.push_back({ThreadFault::Kind::kWrongColor, first + i, from, to, dye});
  }
  return faults;
}

using DrawFaults = std::vector<ThreadFault> (*)(const Cloth&, Random*);
using Paint = cv::Mat (*)(int size, cv::Mat*, Random*);

const std::map<std::string, DrawFaults>& WeavingDefects() {
  static const auto& defects = *new std::map<std::string, DrawFaults>{{"color", DrawWrongColor},
                                                                      {"missing_thread", DrawMissingThread}};
  return defects;
}

const std::map<std::string, Paint>& PaintedDefects() {
  static const auto& defects = *new std::map<std::string, Paint>{{"contamination", PaintContamination},
                                                                 {"hole", PaintHole},
                                                                 {"scratch", PaintScratch},
                                                                 {"stain", PaintStain}};
  return defects;
}

}  // namespace

const std::vector<std::string>& DefectKinds() {
  static const auto& kinds =
      *new std::vector<std::string>{"color", "contamination", "hole", "missing_thread", "scratch", "stain"};
  return kinds;
}

cv::Mat DrawGoodPicture(int size, Random* random) {
  const Cloth cloth = DrawCloth(size, random);
  return Photograph(RenderCloth(cloth, {}).picture, random);
}

DefectivePicture DrawDefectivePicture(int size, const std::string& kind, Random* random) {
  const Cloth cloth = DrawCloth(size, random);
  DefectivePicture defective;
  const auto weaving = WeavingDefects().find(kind);
  if (weaving != WeavingDefects().end()) {
    const RenderedCloth rendered = RenderCloth(cloth, weaving->second(cloth, random));
    defective.picture = Photograph(rendered.picture, random);
    // The dark lines between a fault's crossings belong to it.
    const cv::Mat brush =
        cv::getStructuringElement(cv::MORPH_RECT, cv::Size(cvRound(cloth.warp_pitch) + 2, 3));
    cv::morphologyEx(rendered.fault_mask, defective.mask, cv::MORPH_CLOSE, brush);
    return defective;
  }
  RenderedCloth rendered = RenderCloth(cloth, {});
  defective.mask = PaintedDefects().at(kind)(size, &rendered.picture, random);
  defective.picture = Photograph(rendered.picture, random);
  return defective;
}

}  // namespace mlfsc::client
