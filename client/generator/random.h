// Random numbers that are the same everywhere for the same seed.
#ifndef MLFSC_CLIENT_GENERATOR_RANDOM_H_
#define MLFSC_CLIENT_GENERATOR_RANDOM_H_

#include <cmath>
#include <cstdint>
#include <random>

#include "absl/strings/string_view.h"

namespace mlfsc::client {

// The standard's distributions differ between libraries; its engines do not. Not thread-safe.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  // In [low, high).
  double Uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(engine_() >> 11) * 0x1.0p-53;
  }

  // In [low, high], both included.
  int Integer(int low, int high) { return static_cast<int>(std::floor(Uniform(low, high + 1.0))); }

  // Mean 0, deviation 1 (Box and Muller).
  double Normal() {
    const double radius = std::sqrt(-2 * std::log(1 - Uniform(0, 1)));
    return radius * std::cos(2 * 3.14159265358979323846 * Uniform(0, 1));
  }

 private:
  std::mt19937_64 engine_;
};

// A seed for one of many things under a common seed: neither their number nor their order matters to any of
// them (FNV-1a over the name, then splitmix64).
inline uint64_t SeedOf(uint64_t seed, absl::string_view name) {
  uint64_t hash = 0xcbf29ce484222325ULL ^ seed;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9ULL;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebULL;
  return hash ^ (hash >> 31);
}

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_GENERATOR_RANDOM_H_
