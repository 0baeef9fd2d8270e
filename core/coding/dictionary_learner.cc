#include "core/coding/dictionary_learner.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "core/coding/atom_update.h"
#include "core/coding/correlation.h"
#include "core/coding/first_atoms.h"
#include "core/coding/patch_band.h"
#include "core/coding/patch_coder.h"
#include "core/coding/worst_patches.h"

namespace mlfsc {
namespace {

using Batch = absl::Span<const PictureFeatures* const>;

// Rounds of block coordinate descent over the atoms after each mini-batch.
constexpr int kUpdatePasses = 2;

// What mini-batch s of t weighs: (s / t) to this power (Mairal et al. 2010, section 3.4.2, rho). Measured on
// VGG16 features of 10 and 110 pictures: 4 is better than 1 or 2, and hardly worse than anything above.
constexpr double kForgetting = 4;

// The first mini-batches are coded again with the atoms that they have just improved: with few pictures there
// would be too few steps. Measured as above: worth 1 % of the objective with 10 pictures.
constexpr int kEarlyUpdates = 16;
constexpr int kEarlyRounds = 2;

// An atom that none of this many patches has used is dead.
constexpr int64_t kUnusedPatches = 500;

// A layer of few channels is split into this many parts of each channel, whatever the number of threads, so
// that they have something to share. The parts' sums are added in order.
constexpr int kParts = 8;
constexpr int kManyChannels = 16;

// What coding a part of a mini-batch gives.
struct PartSums {
  CodeStatistics statistics;
  // Whether some patch uses each atom.
  std::vector<bool> used;
  double objective;
  WorstPatches worst;
};

// Memory for the codes of a band.
struct BandCodes {
  CodingScratch scratch;
  std::vector<float> residuals;
  std::vector<float> codes;
};

}  // namespace

class DictionaryLearner::Impl {
 public:
  Impl(const std::vector<LayerShape>& layers, const PatchOptions& patches, double alpha,
       const LearningOptions& options)
      : patches_(patches), alpha_(alpha), options_(options) {
    const int cells = patches.size * patches.size;
    for (const LayerShape& shape : layers) {
      LayerDictionaries layer{shape.layer, shape.channels, options.atoms, cells, {}};
      layer.values.resize(static_cast<size_t>(shape.channels) * options.atoms * cells);
      const int parts = shape.channels >= kManyChannels ? 1 : kParts;
      for (int c = 0; c < shape.channels; ++c) {
        Channel channel;
        channel.layer = dictionaries_.size();
        channel.index = c;
        channel.grid = MakePatchGrid(patches, shape.height, shape.width);
        channel.past = CodeStatistics(options.atoms, cells);
        channel.unused.resize(options.atoms);
        channel.first_part = part_channels_.size();
        channel.parts.resize(parts);
        part_channels_.insert(part_channels_.end(), parts, channels_.size());
        channels_.push_back(std::move(channel));
      }
      dictionaries_.push_back(std::move(layer));
    }
  }

  double Update(Batch batch, Workers workers) {
    if (updates_ == 0) {
      ParallelFor(workers, channels_.size(), [&](int64_t i) {
        const Channel& channel = channels_[i];
        ChooseFirstAtoms(PlanesOf(channel, batch), patches_, options_.atoms, {options_.seed, i},
                         Dictionary(channel), workers.cancellation());
      });
    }
    const int rounds = updates_ < kEarlyUpdates ? kEarlyRounds : 1;
    double objective = 0;
    for (int round = 0; round < rounds; ++round) {
      ParallelFor(workers, channels_.size(), [&](int64_t i) {
        channels_[i].coder = MakePatchCoder(Dictionary(channels_[i]), options_.atoms,
                                            patches_.size * patches_.size, {Coder::kLasso, alpha_});
      });
      ParallelFor(workers, part_channels_.size(), [&](int64_t i) {
        Channel& channel = channels_[part_channels_[i]];
        CodePart(workers, channel, i - channel.first_part, batch);
      });
      if (round == 0) objective = MeanObjective(batch);
      ParallelFor(workers, channels_.size(),
                  [&](int64_t i) { FoldIn(workers, channels_[i], batch, round == rounds - 1); });
    }
    ++updates_;
    return objective;
  }

  Dictionaries dictionaries() const { return dictionaries_; }

 private:
  struct Channel {
    size_t layer = 0;
    int index = 0;
    PatchGrid grid;
    // Of the present dictionary.
    std::unique_ptr<PatchCoder> coder;
    // Of the mini-batches so far, the older the less.
    CodeStatistics past;
    std::vector<PartSums> parts;
    size_t first_part = 0;
    // Of each atom, the patches since one used it last.
    std::vector<int64_t> unused;
  };

  // The channel's planes of a mini-batch.
  ChannelPlanes PlanesOf(const Channel& channel, Batch batch) const {
    ChannelPlanes planes;
    for (const PictureFeatures* picture : batch) {
      const FeatureMap& map = picture->maps[channel.layer];
      planes.planes.push_back(map.plane(channel.index));
      planes.height = map.height;
      planes.width = map.width;
    }
    return planes;
  }

  float* Dictionary(const Channel& channel) { return dictionaries_[channel.layer].dictionary(channel.index); }

  // Codes those bands of the batch's pictures, numbered through, that are `number` modulo the number of
  // parts.
  void CodePart(Workers workers, Channel& channel, size_t number, Batch batch) {
    PartSums& sums = channel.parts[number];
    sums = {CodeStatistics(options_.atoms, channel.past.cells), std::vector<bool>(options_.atoms), 0, {}};
    PatchBand band(patches_);
    BandCodes codes;
    codes.scratch.cancellation = workers.cancellation();
    const int band_rows = PatchCoder::BandRows(options_.atoms, channel.grid.columns);
    size_t band_number = 0;
    for (size_t picture = 0; picture < batch.size(); ++picture) {
      const FeatureMap& map = batch[picture]->maps[channel.layer];
      for (int row = 0; row < channel.grid.rows; row += band_rows) {
        if (band_number++ % channel.parts.size() != number) continue;
        band.Load(map.plane(channel.index), map.height, map.width, row,
                  std::min(band_rows, channel.grid.rows - row));
        CodeBand(*channel.coder, band, &codes, &sums);
        for (int i = 0; i < band.rows() * band.columns(); ++i) {
          sums.worst.Offer({codes.residuals[i], static_cast<int>(picture), row * channel.grid.columns + i});
        }
      }
    }
  }

  void CodeBand(const PatchCoder& coder, const PatchBand& band, BandCodes* codes, PartSums* sums) const {
    const int patches = band.rows() * band.columns();
    const size_t pitch = PositionsPitch(band.positions());
    codes->residuals.resize(patches);
    codes->codes.resize(options_.atoms * pitch);
    coder.Code(band, &codes->scratch, codes->residuals.data(), codes->codes.data());
    CheckCancelled(codes->scratch.cancellation);
    AddCodePatches(band, codes->codes.data(), options_.atoms, sums->statistics.code_patches.data());
    AddCodeProducts(codes->codes.data(), options_.atoms, band.positions(),
                    sums->statistics.code_products.data());
    for (int i = 0; i < patches; ++i) sums->objective += 0.5 * codes->residuals[i];
    for (int k = 0; k < options_.atoms; ++k) {
      const float* row = &codes->codes[k * pitch];
      float norm = 0;
      for (int q = 0; q < band.positions(); ++q) norm += std::abs(row[q]);
      if (norm > 0) sums->used[k] = true;
      sums->objective += alpha_ * norm;
    }
  }

  double MeanObjective(Batch batch) const {
    double sum = 0;
    double patches = 0;
    for (const Channel& channel : channels_) {
      for (const PartSums& part : channel.parts) sum += part.objective;
      patches += static_cast<double>(batch.size()) * channel.grid.count();
    }
    return patches > 0 ? sum / patches : 0;
  }

  // Improves the atoms by what the past and this batch say; of a batch that is coded again, only the last
  // round becomes past.
  void FoldIn(Workers workers, Channel& channel, Batch batch, bool last_round) {
    CodeStatistics all = channel.past;
    all.Scale(std::pow(static_cast<double>(updates_) / (updates_ + 1), kForgetting));
    for (const PartSums& part : channel.parts) all.Add(part.statistics);
    UpdateAtoms(all, kUpdatePasses, Dictionary(channel), workers.cancellation());
    if (!last_round) return;
    channel.past = std::move(all);
    for (int k = 0; k < options_.atoms; ++k) {
      const bool used = std::any_of(channel.parts.begin(), channel.parts.end(),
                                    [k](const PartSums& part) { return part.used[k]; });
      channel.unused[k] =
          used ? 0 : channel.unused[k] + static_cast<int64_t>(batch.size()) * channel.grid.count();
    }
    ReplaceDeadAtoms(channel, batch);
  }

  void ReplaceDeadAtoms(Channel& channel, Batch batch) {
    WorstPatches worst;
    for (const PartSums& part : channel.parts) {
      for (const PatchPlace& place : part.worst.places()) worst.Offer(place);
    }
    std::vector<float> patch(channel.past.cells);
    auto next = worst.places().begin();
    for (int k = 0; k < channel.past.atoms && next != worst.places().end(); ++k) {
      if (channel.unused[k] < kUnusedPatches && !IsZero(Dictionary(channel), k)) continue;
      const FeatureMap& map = batch[next->picture]->maps[channel.layer];
      CopyPatch(map.plane(channel.index), map.width, patches_, channel.grid, next->index, patch.data());
      ReplaceAtom(k, patch.data(), &channel.past, Dictionary(channel));
      channel.unused[k] = 0;
      ++next;
    }
  }

  bool IsZero(const float* dictionary, int atom) const {
    const int cells = patches_.size * patches_.size;
    const float* values = dictionary + static_cast<size_t>(atom) * cells;
    return std::all_of(values, values + cells, [](float value) { return value == 0; });
  }

  const PatchOptions patches_;
  const double alpha_;
  const LearningOptions options_;
  int64_t updates_ = 0;
  Dictionaries dictionaries_;
  std::vector<Channel> channels_;
  // Of each part of each channel, the channel's number.
  std::vector<size_t> part_channels_;
};

DictionaryLearner::DictionaryLearner(const std::vector<LayerShape>& layers, const PatchOptions& patches,
                                     double alpha, const LearningOptions& options)
    : impl_(std::make_unique<Impl>(layers, patches, alpha, options)) {}

DictionaryLearner::~DictionaryLearner() = default;

double DictionaryLearner::Update(Batch batch, Workers workers) { return impl_->Update(batch, workers); }

Dictionaries DictionaryLearner::dictionaries() const { return impl_->dictionaries(); }

}  // namespace mlfsc
