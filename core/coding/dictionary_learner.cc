#include "core/coding/dictionary_learner.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <utility>

#include "core/coding/atom_update.h"
#include "core/coding/lasso.h"

namespace mlfsc {
namespace {

using Batch = absl::Span<const PictureFeatures* const>;

// Rounds of block coordinate descent over the atoms after each mini-batch.
constexpr int kUpdatePasses = 2;

// Patches drawn for each first atom; the one least like the atoms before it is taken.
constexpr int kDraws = 8;

// Badly rebuilt patches that are kept of a mini-batch, to replace dead atoms.
constexpr size_t kWorstPatches = 8;

// An atom that none of this many patches has used is dead.
constexpr double kUnusedPatches = 500;

// A layer of few channels is split into this many parts of each channel, whatever the number of threads, so
// that they have something to share. The parts' sums are added in order.
constexpr int kParts = 8;
constexpr int kManyChannels = 16;

struct PatchPlace {
  double residual = 0;
  int picture = 0;
  int index = 0;
};

// What coding a part of a mini-batch gives.
struct PartSums {
  CodeStatistics statistics;
  double objective = 0;
  // Largest residual first; at most kWorstPatches.
  std::vector<PatchPlace> worst;
};

bool IsWorse(const PatchPlace& a, const PatchPlace& b) {
  if (a.residual != b.residual) return a.residual > b.residual;
  return std::pair(a.picture, a.index) < std::pair(b.picture, b.index);
}

void KeepWorst(const PatchPlace& place, std::vector<PatchPlace>* worst) {
  if (worst->size() == kWorstPatches && !IsWorse(place, worst->back())) return;
  worst->insert(std::upper_bound(worst->begin(), worst->end(), place, IsWorse), place);
  if (worst->size() > kWorstPatches) worst->pop_back();
}

void GatherPatch(const FeatureMap& map, int channel, const PatchOptions& patches, const PatchGrid& grid,
                 int index, float* patch) {
  const int top = index / grid.columns * patches.stride;
  const int left = index % grid.columns * patches.stride;
  for (int u = 0; u < patches.size; ++u) {
    std::copy_n(map.plane(channel) + static_cast<size_t>(top + u) * map.width + left, patches.size,
                patch + static_cast<size_t>(u) * patches.size);
  }
}

}  // namespace

class DictionaryLearner::Impl {
 public:
  Impl(std::vector<LayerShape> layers, const PatchOptions& patches, double alpha,
       const LearningOptions& options)
      : patches_(patches), alpha_(alpha), options_(options) {
    const int cells = patches.size * patches.size;
    for (LayerShape& shape : layers) {
      LayerDictionaries layer{shape.layer, shape.channels, options.atoms, cells, {}};
      layer.values.resize(static_cast<size_t>(shape.channels) * options.atoms * cells);
      const int parts = shape.channels >= kManyChannels ? 1 : kParts;
      for (int c = 0; c < shape.channels; ++c) {
        Channel channel;
        channel.layer = dictionaries_.size();
        channel.index = c;
        channel.grid = MakePatchGrid(patches, shape.height, shape.width);
        channel.statistics = CodeStatistics(options.atoms, cells);
        channel.unused.resize(options.atoms);
        channel.first_part = part_channels_.size();
        channel.parts.resize(parts, PartSums{channel.statistics, 0, {}});
        part_channels_.insert(part_channels_.end(), parts, channels_.size());
        channels_.push_back(std::move(channel));
      }
      dictionaries_.push_back(std::move(layer));
    }
  }

  double Update(Batch batch, ThreadPool* pool) {
    if (updates_ == 0) {
      For(pool, channels_.size(), [&](int64_t i) { ChooseFirstAtoms(i, batch); });
    }
    For(pool, part_channels_.size(), [&](int64_t i) {
      Channel& channel = channels_[part_channels_[i]];
      CodePart(channel, i - channel.first_part, batch);
    });
    For(pool, channels_.size(), [&](int64_t i) { FoldIn(channels_[i], batch); });
    ++updates_;

    double objective = 0;
    double patches = 0;
    for (const Channel& channel : channels_) {
      for (const PartSums& part : channel.parts) objective += part.objective;
      patches += static_cast<double>(batch.size()) * channel.grid.count();
    }
    return patches > 0 ? objective / patches : 0;
  }

  Dictionaries dictionaries() const { return dictionaries_; }

 private:
  struct Channel {
    size_t layer = 0;
    int index = 0;
    PatchGrid grid;
    CodeStatistics statistics;
    std::vector<PartSums> parts;
    size_t first_part = 0;
    // Of each atom, the patches since one used it last.
    std::vector<double> unused;
  };

  static void For(ThreadPool* pool, int64_t count, absl::FunctionRef<void(int64_t)> body) {
    if (pool != nullptr) {
      pool->ParallelFor(count, body);
    } else {
      for (int64_t i = 0; i < count; ++i) body(i);
    }
  }

  float* Dictionary(const Channel& channel) { return dictionaries_[channel.layer].dictionary(channel.index); }

  void ChooseFirstAtoms(size_t number, Batch batch) {
    const Channel& channel = channels_[number];
    const int64_t available = static_cast<int64_t>(batch.size()) * channel.grid.count();
    if (available == 0) return;
    const int cells = channel.statistics.cells;
    std::seed_seq seeds{static_cast<uint32_t>(options_.seed), static_cast<uint32_t>(options_.seed >> 32),
                        static_cast<uint32_t>(number)};
    std::mt19937_64 random(seeds);
    std::vector<float> patch(cells);
    CodeStatistics unused(channel.statistics.atoms, cells);
    for (int k = 0; k < channel.statistics.atoms; ++k) {
      double least = 2;
      for (int draw = 0; draw < kDraws; ++draw) {
        const int64_t drawn = static_cast<int64_t>(random() % static_cast<uint64_t>(available));
        const int64_t picture = drawn / channel.grid.count();
        GatherPatch(batch[picture]->maps[channel.layer], channel.index, patches_, channel.grid,
                    static_cast<int>(drawn % channel.grid.count()), patch.data());
        const double likeness = Likeness(patch, Dictionary(channel), k);
        if (likeness >= least) continue;
        least = likeness;
        ReplaceAtom(k, patch.data(), &unused, Dictionary(channel));
      }
    }
  }

  // The largest |cosine| of the angle between `patch` and the first `count` atoms; 1 for a patch of zeros.
  static double Likeness(const std::vector<float>& patch, const float* atoms, int count) {
    double squared = 0;
    for (float value : patch) squared += static_cast<double>(value) * value;
    if (squared == 0) return 1;
    double largest = 0;
    for (int k = 0; k < count; ++k) {
      double sum = 0;
      for (size_t t = 0; t < patch.size(); ++t) sum += atoms[k * patch.size() + t] * patch[t];
      largest = std::max(largest, std::abs(sum));
    }
    return largest / std::sqrt(squared);
  }

  // Codes the grid rows of every picture whose number modulo the number of parts is `number`.
  void CodePart(Channel& channel, size_t number, Batch batch) {
    PartSums& sums = channel.parts[number];
    sums.statistics.Clear();
    sums.objective = 0;
    sums.worst.clear();
    const int atoms = options_.atoms;
    const int cells = sums.statistics.cells;
    const std::vector<double> gram = GramMatrix(Dictionary(channel), atoms, cells);
    LassoSolver solver(gram, atoms, alpha_);
    std::vector<float> patch(cells);
    std::vector<double> correlations(atoms), codes(atoms);
    for (size_t picture = 0; picture < batch.size(); ++picture) {
      for (int row = static_cast<int>(number); row < channel.grid.rows;
           row += static_cast<int>(channel.parts.size())) {
        for (int column = 0; column < channel.grid.columns; ++column) {
          const int index = row * channel.grid.columns + column;
          GatherPatch(batch[picture]->maps[channel.layer], channel.index, patches_, channel.grid, index,
                      patch.data());
          double energy = 0;
          for (float value : patch) energy += static_cast<double>(value) * value;
          for (int k = 0; k < atoms; ++k) {
            const float* atom = Dictionary(channel) + static_cast<size_t>(k) * cells;
            correlations[k] = 0;
            for (int t = 0; t < cells; ++t) correlations[k] += static_cast<double>(atom[t]) * patch[t];
          }
          std::fill(codes.begin(), codes.end(), 0.0);
          solver.Solve(correlations, absl::MakeSpan(codes));
          double residual = energy;
          double norm = 0;
          for (int i = 0; i < atoms; ++i) {
            if (codes[i] == 0) continue;
            double rebuilt = 0;
            for (int j = 0; j < atoms; ++j) {
              rebuilt += gram[static_cast<size_t>(i) * atoms + j] * codes[j];
              sums.statistics.code_products[static_cast<size_t>(i) * atoms + j] += codes[i] * codes[j];
            }
            double* code_patch = &sums.statistics.code_patches[static_cast<size_t>(i) * cells];
            for (int t = 0; t < cells; ++t) code_patch[t] += codes[i] * patch[t];
            residual += codes[i] * (rebuilt - 2 * correlations[i]);
            norm += std::abs(codes[i]);
            sums.statistics.uses[i] += 1;
          }
          sums.statistics.patches += 1;
          sums.objective += 0.5 * residual + alpha_ * norm;
          KeepWorst({residual, static_cast<int>(picture), index}, &sums.worst);
        }
      }
    }
  }

  void FoldIn(Channel& channel, Batch batch) {
    // Weights grow linearly with the number of the mini-batch, so that what the first dictionaries said is
    // forgotten (Mairal et al. 2010, section 3.4.2, rho = 1).
    channel.statistics.Scale(static_cast<double>(updates_) / (updates_ + 1));
    CodeStatistics& sums = channel.parts[0].statistics;
    for (size_t p = 1; p < channel.parts.size(); ++p) sums.Add(channel.parts[p].statistics);
    channel.statistics.Add(sums);
    for (int k = 0; k < options_.atoms; ++k) {
      channel.unused[k] = sums.uses[k] > 0 ? 0 : channel.unused[k] + sums.patches;
    }
    UpdateAtoms(channel.statistics, kUpdatePasses, Dictionary(channel));
    ReplaceDeadAtoms(channel, batch);
  }

  void ReplaceDeadAtoms(Channel& channel, Batch batch) {
    std::vector<PatchPlace> worst;
    for (const PartSums& part : channel.parts) {
      for (const PatchPlace& place : part.worst) KeepWorst(place, &worst);
    }
    std::vector<float> patch(channel.statistics.cells);
    auto next = worst.begin();
    for (int k = 0; k < channel.statistics.atoms && next != worst.end(); ++k) {
      if (channel.unused[k] < kUnusedPatches && !IsZero(Dictionary(channel), k)) continue;
      GatherPatch(batch[next->picture]->maps[channel.layer], channel.index, patches_, channel.grid,
                  next->index, patch.data());
      ReplaceAtom(k, patch.data(), &channel.statistics, Dictionary(channel));
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

DictionaryLearner::DictionaryLearner(std::vector<LayerShape> layers, const PatchOptions& patches,
                                     double alpha, const LearningOptions& options)
    : impl_(std::make_unique<Impl>(std::move(layers), patches, alpha, options)) {}

DictionaryLearner::~DictionaryLearner() = default;

double DictionaryLearner::Update(Batch batch, ThreadPool* pool) { return impl_->Update(batch, pool); }

Dictionaries DictionaryLearner::dictionaries() const { return impl_->dictionaries(); }

}  // namespace mlfsc
