#include "client/evaluation/pixel_auroc.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mlfsc::client {
namespace {

// The Mann-Whitney count of one ROC curve, fed with counts of ever larger values. Twice the number of pairs
// is kept, so that ties are whole numbers; long double holds them exactly up to 2^64.
class PairCount {
 public:
  // Pixels of one value.
  void Add(int64_t good, int64_t bad) {
    twice_pairs_ += static_cast<long double>(bad) * (2 * good_ + good);
    good_ += good;
    bad_ += bad;
  }

  std::optional<double> Area() const {
    if (good_ == 0 || bad_ == 0) return std::nullopt;
    return static_cast<double>(twice_pairs_ / 2 / good_ / bad_);
  }

 private:
  int64_t good_ = 0;
  int64_t bad_ = 0;
  long double twice_pairs_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<PixelAuroc>> PixelAuroc::Create(int kinds) {
  absl::StatusOr<std::unique_ptr<SortedRuns>> values = SortedRuns::Create();
  if (!values.ok()) return values.status();
  return std::unique_ptr<PixelAuroc>(new PixelAuroc(kinds, *std::move(values)));
}

absl::Status PixelAuroc::Add(int kind, const cv::Mat& map, const cv::Mat& mask) {
  if (!mask.empty() && mask.size() != map.size()) {
    return absl::InvalidArgumentError(absl::StrCat("the mask is ", mask.cols, "x", mask.rows,
                                                   " px, the picture ", map.cols, "x", map.rows));
  }
  std::vector<float> good;
  std::vector<float> bad;
  for (int y = 0; y < map.rows; ++y) {
    const float* values = map.ptr<float>(y);
    const uint8_t* labels = mask.empty() ? nullptr : mask.ptr<uint8_t>(y);
    for (int x = 0; x < map.cols; ++x) {
      (labels != nullptr && labels[x] != 0 ? bad : good).push_back(values[x]);
    }
  }
  absl::Status added = values_->Add(2 * kind, std::move(good));
  added.Update(values_->Add(2 * kind + 1, std::move(bad)));
  return added;
}

absl::StatusOr<PixelAuroc::Areas> PixelAuroc::Compute() {
  PairCount all;
  std::vector<PairCount> by_kind(kinds_);
  // How many pixels of each tag have the value at hand.
  std::vector<int64_t> here(2 * kinds_, 0);
  float value_here = 0;
  const auto count_here = [&] {
    int64_t good = 0;
    int64_t bad = 0;
    for (int kind = 0; kind < kinds_; ++kind) {
      good += here[2 * kind];
      bad += here[2 * kind + 1];
      const int64_t background = kind == 0 ? 0 : here[0];
      if (here[2 * kind] + here[2 * kind + 1] + background > 0) {
        by_kind[kind].Add(here[2 * kind] + background, here[2 * kind + 1]);
      }
    }
    all.Add(good, bad);
    here.assign(here.size(), 0);
  };
  const absl::Status merged = values_->Merge([&](float value, int tag, int64_t count) {
    if (value != value_here) {
      count_here();
      value_here = value;
    }
    here[tag] += count;
  });
  if (!merged.ok()) return merged;
  count_here();
  Areas areas;
  areas.all = all.Area();
  for (const PairCount& pairs : by_kind) areas.by_kind.push_back(pairs.Area());
  return areas;
}

}  // namespace mlfsc::client
