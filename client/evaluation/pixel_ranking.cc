#include "client/evaluation/pixel_ranking.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <opencv2/imgproc.hpp>

#include "absl/strings/str_cat.h"

namespace mlfsc::client {
namespace {

constexpr int kBins = 1024;

struct Counts {
  long double good = 0;
  long double bad = 0;
  long double overlap = 0;
};

}  // namespace

// One way through all pixels, by ascending value.
class PixelRanking::Pass {
 public:
  Pass(int kinds, const std::vector<Picture>& pictures, const std::vector<Tag>& tags)
      : pictures_(pictures), tags_(tags), here_(kinds) {
    std::vector<Counts> totals(kinds);
    for (const Picture& picture : pictures) {
      Counts& total = totals[picture.kind];
      total.good += picture.good;
      total.bad += picture.bad;
      // Each region's overlap is 1 in the end.
      total.overlap += picture.regions;
    }
    for (int kind = 0; kind < kinds; ++kind) {
      total_.good += totals[kind].good;
      total_.bad += totals[kind].bad;
      total_.overlap += totals[kind].overlap;
      const long double background = kind == 0 ? 0 : totals[0].good;
      by_kind_.emplace_back(totals[kind].good + background, totals[kind].bad, totals[kind].overlap);
    }
    all_ = std::make_unique<PixelCurves>(total_.good, total_.bad, total_.overlap);
    histograms_.bins = kBins;
    histograms_.pictures.resize(pictures.size());
    for (size_t i = 0; i < pictures.size(); ++i) {
      PixelHistograms::Picture& histogram = histograms_.pictures[i];
      histogram.good.resize(kBins);
      histogram.regions = pictures[i].regions;
      if (histogram.regions == 0) continue;
      histogram.bad.resize(kBins);
      histogram.overlap.resize(kBins);
    }
  }

  void Visit(float value, int tag_number, int64_t count) {
    if (value != value_here_) {
      EndOfValue();
      value_here_ = value;
    }
    const Tag& tag = tags_[tag_number];
    Counts& here = here_[pictures_[tag.picture].kind];
    PixelHistograms::Picture& histogram = histograms_.pictures[tag.picture];
    if (tag.region_area == 0) {
      here.good += count;
      histogram.good[bin_] += static_cast<float>(count);
      return;
    }
    const long double overlap = static_cast<long double>(count) / tag.region_area;
    here.bad += count;
    here.overlap += overlap;
    histogram.bad[bin_] += static_cast<float>(count);
    histogram.overlap[bin_] += static_cast<float>(overlap);
  }

  PixelEvaluation Finish() {
    EndOfValue();
    PixelEvaluation evaluation;
    evaluation.all = all_->Measure();
    for (const PixelCurves& curves : by_kind_) evaluation.by_kind.push_back(curves.Measure());
    evaluation.histograms = std::move(histograms_);
    return evaluation;
  }

 private:
  void EndOfValue() {
    Counts sum;
    for (size_t kind = 0; kind < here_.size(); ++kind) {
      const Counts& here = here_[kind];
      sum.good += here.good;
      sum.bad += here.bad;
      sum.overlap += here.overlap;
      const long double background = kind == 0 ? 0 : here_[0].good;
      if (here.good + here.bad + background > 0) {
        by_kind_[kind].Add(here.good + background, here.bad, here.overlap);
      }
    }
    all_->Add(sum.good, sum.bad, sum.overlap);
    below_.good += sum.good;
    below_.bad += sum.bad;
    std::fill(here_.begin(), here_.end(), Counts());
    bin_ = BinHere();
  }

  // Half of the bins are shared out by the rank among the good pixels and half by that among the bad ones, so
  // that no bin holds more than two in a thousand of either, but for ties.
  int BinHere() const {
    const long double good = total_.good > 0 ? below_.good / total_.good : 0;
    const long double bad = total_.bad > 0 ? below_.bad / total_.bad : 0;
    return std::min(kBins - 1, static_cast<int>((good + bad) / 2 * kBins));
  }

  const std::vector<Picture>& pictures_;
  const std::vector<Tag>& tags_;
  Counts total_;
  Counts below_;
  std::unique_ptr<PixelCurves> all_;
  std::vector<PixelCurves> by_kind_;
  PixelHistograms histograms_;
  // Of the value at hand, by kind.
  std::vector<Counts> here_;
  float value_here_ = 0;
  int bin_ = 0;
};

absl::StatusOr<std::unique_ptr<PixelRanking>> PixelRanking::Create(int kinds) {
  absl::StatusOr<std::unique_ptr<SortedRuns>> values = SortedRuns::Create();
  if (!values.ok()) return values.status();
  return std::unique_ptr<PixelRanking>(new PixelRanking(kinds, *std::move(values)));
}

absl::Status PixelRanking::Add(int64_t index, int kind, const cv::Mat& map, const cv::Mat& mask) {
  if (!mask.empty() && mask.size() != map.size()) {
    return absl::InvalidArgumentError(absl::StrCat("the mask is ", mask.cols, "x", mask.rows,
                                                   " px, the picture ", map.cols, "x", map.rows));
  }
  cv::Mat labels;
  const int count = mask.empty() ? 1 : cv::connectedComponents(mask, labels, 8, CV_32S);
  // By label: the good pixels, then region by region.
  std::vector<std::vector<float>> values(count);
  for (int y = 0; y < map.rows; ++y) {
    const float* row = map.ptr<float>(y);
    const int* label = labels.empty() ? nullptr : labels.ptr<int>(y);
    for (int x = 0; x < map.cols; ++x) values[label == nullptr ? 0 : label[x]].push_back(row[x]);
  }
  size_t first_tag;
  {
    MutexLock lock(&mutex_);
    Picture picture{index, kind, count - 1};
    picture.good = static_cast<int64_t>(values[0].size());
    first_tag = tags_.size();
    tags_.push_back({pictures_.size(), 0});
    for (int region = 1; region < count; ++region) {
      const auto area = static_cast<int64_t>(values[region].size());
      picture.bad += area;
      tags_.push_back({pictures_.size(), area});
    }
    pictures_.push_back(picture);
  }
  absl::Status added;
  for (int label = 0; label < count; ++label) {
    added.Update(values_->Add(static_cast<int>(first_tag) + label, std::move(values[label])));
  }
  return added;
}

absl::StatusOr<PixelEvaluation> PixelRanking::Compute() {
  MutexLock lock(&mutex_);
  Pass pass(kinds_, pictures_, tags_);
  const absl::Status merged =
      values_->Merge([&pass](float value, int tag, int64_t count) { pass.Visit(value, tag, count); });
  if (!merged.ok()) return merged;
  PixelEvaluation evaluation = pass.Finish();
  // Pictures came in any order; what is drawn from them must not depend on it.
  std::vector<std::pair<int64_t, size_t>> order;
  for (size_t i = 0; i < pictures_.size(); ++i) order.emplace_back(pictures_[i].index, i);
  std::sort(order.begin(), order.end());
  std::vector<PixelHistograms::Picture> ordered;
  for (const auto& [index, i] : order) ordered.push_back(std::move(evaluation.histograms.pictures[i]));
  evaluation.histograms.pictures = std::move(ordered);
  return evaluation;
}

}  // namespace mlfsc::client
