#include "models/winograd/extractor.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "models/forward_input.h"
#include "models/winograd/network.h"

namespace mlfsc {
namespace {

// Three times pooled, and tiles of four.
constexpr int kSizeStep = 32;

absl::Status CheckInput(const FeatureOptions& options, absl::Span<const InputPicture* const> batch) {
  if (absl::Status status = CheckBatch(options, batch); !status.ok()) return status;
  if (options.input_size > 0 && options.input_size % kSizeStep == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("input size is ", options.input_size, " px; it must be a multiple of ", kSizeStep));
}

class WinogradVgg16 : public FeatureExtractor {
 public:
  WinogradVgg16(const Backbone& backbone, int threads)
      : network_(backbone, threads), threads_(threads), sha256_(backbone.sha256) {}

  absl::StatusOr<std::vector<PictureFeatures>> Extract(const FeatureOptions& options,
                                                       absl::Span<const InputPicture* const> batch) override {
    if (absl::Status status = CheckInput(options, batch); !status.ok()) return status;
    std::vector<PictureFeatures> features;
    features.reserve(batch.size());
    for (const InputPicture* picture : batch) features.push_back(network_.Features(options, *picture));
    return features;
  }

  absl::StatusOr<PictureFeatures> ExtractGivingWay(const FeatureOptions& options, const InputPicture& picture,
                                                   absl::FunctionRef<void()> give_way) override {
    const InputPicture* const batch[] = {&picture};
    if (absl::Status status = CheckInput(options, batch); !status.ok()) return status;
    return network_.Features(options, picture, give_way);
  }

  // Pictures are computed one by one: a batch has no shape of its own to warm up.
  int MostAtOnce(int /*batch*/) const override { return 1; }

  std::string backbone_sha256() const override { return sha256_; }

  FeatureArithmetic arithmetic() const override { return {"float32", "winograd"}; }

  std::string description() const override {
    return absl::StrCat("cpu, ", threads_, threads_ == 1 ? " thread" : " threads", ", float32, winograd");
  }

 private:
  winograd::Network network_;
  const int threads_;
  const std::string sha256_;
};

}  // namespace

std::unique_ptr<FeatureExtractor> MakeWinogradVgg16(const Backbone& backbone, int threads) {
  return std::make_unique<WinogradVgg16>(backbone, threads);
}

}  // namespace mlfsc
