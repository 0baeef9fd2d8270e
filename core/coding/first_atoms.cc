#include "core/coding/first_atoms.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>

namespace mlfsc {
namespace {

// Patches drawn for each atom.
constexpr int kDraws = 8;

double Dot(const float* a, const float* b, size_t count) {
  double sum = 0;
  for (size_t t = 0; t < count; ++t) sum += static_cast<double>(a[t]) * b[t];
  return sum;
}

}  // namespace

void ChooseFirstAtoms(const ChannelPlanes& planes, const PatchOptions& patches, int atoms,
                      const DrawSeed& seed, float* dictionary, const Cancellation* cancellation) {
  const size_t cells = static_cast<size_t>(patches.size) * patches.size;
  std::fill_n(dictionary, atoms * cells, 0.0F);
  const PatchGrid grid = MakePatchGrid(patches, planes.height, planes.width);
  const uint64_t available = planes.planes.size() * static_cast<uint64_t>(grid.count());
  if (available == 0) return;

  std::seed_seq seeds{static_cast<uint32_t>(seed.seed), static_cast<uint32_t>(seed.seed >> 32),
                      static_cast<uint32_t>(seed.channel)};
  std::mt19937_64 random(seeds);
  std::vector<float> patch(cells);
  for (int k = 0; k < atoms; ++k) {
    CheckCancelled(cancellation);
    float* atom = dictionary + k * cells;
    double least_likeness = 2;
    for (int draw = 0; draw < kDraws; ++draw) {
      const uint64_t drawn = random() % available;
      CopyPatch(planes.planes[drawn / grid.count()], planes.width, patches, grid,
                static_cast<int>(drawn % grid.count()), patch.data());
      const double length = std::sqrt(Dot(patch.data(), patch.data(), cells));
      if (length == 0) continue;
      for (float& cell : patch) cell = static_cast<float>(cell / length);
      double likeness = 0;
      for (int j = 0; j < k; ++j) {
        likeness = std::max(likeness, std::abs(Dot(patch.data(), dictionary + j * cells, cells)));
      }
      if (likeness >= least_likeness) continue;
      least_likeness = likeness;
      std::copy(patch.begin(), patch.end(), atom);
    }
  }
}

}  // namespace mlfsc
