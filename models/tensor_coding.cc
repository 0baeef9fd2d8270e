#include "models/tensor_coding.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include <ATen/Functions.h>
#include <ATen/TensorIndexing.h>
#include <ATen/TensorOperators.h>

#include "absl/types/span.h"
#include "core/coding/lasso.h"

namespace mlfsc {
namespace {

// Relative to max|b|, as in core's solver.
constexpr double kOptimality = 1e-9;

// Each look at the conditions waits for the device.
constexpr int kSweepsBetweenLooks = 8;
constexpr int kMostSweeps = 64;
// Below one patch in so many, the host finishes what is left sooner than the device.
constexpr int64_t kFewAmong = 100;

// Relative to max|b|: what is left of a patch that the atoms taken explain fully. As core's pursuit.
constexpr double kExplained = 1e-6;
// An atom depends on those taken when less than this share of its squared length is its own. As core's
// pursuit.
constexpr double kDependent = 1e-9;

// One round of coordinate descent over the atoms. `left`: b - G c, kept in step.
void Sweep(const at::Tensor& gram, const at::Tensor& lengths, const at::Tensor& inverse_lengths, double alpha,
           const at::Tensor& codes, const at::Tensor& left) {
  for (int64_t atom = 0; atom < codes.size(1); ++atom) {
    const at::Tensor code = codes.select(1, atom);
    const at::Tensor whole = at::addcmul(left.select(1, atom), lengths.select(1, atom), code);
    const at::Tensor changed = (whole - whole.clamp(-alpha, alpha)).mul_(inverse_lengths.select(1, atom));
    left.addcmul_(gram.select(2, atom).unsqueeze(2), (changed - code).unsqueeze(1), /*value=*/-1);
    code.copy_(changed);
  }
}

// [channels, patches]: where the optimality conditions do not hold.
at::Tensor Unsolved(const at::Tensor& correlations, const at::Tensor& left, double alpha,
                    const at::Tensor& codes) {
  const at::Tensor gap = at::where(codes == 0, left.abs() - alpha, (left - codes.sign() * alpha).abs());
  return gap.amax(1) > correlations.abs().amax(1) * kOptimality;
}

void SolveOnHost(const at::Tensor& correlations, const at::Tensor& gram, double alpha,
                 const at::Tensor& unsolved, const at::Tensor& codes) {
  // [patches to solve, 2]: channel and patch, channels ascending.
  const at::Tensor places = unsolved.nonzero();
  const at::Tensor channel = places.select(1, 0);
  const at::Tensor patch = places.select(1, 1);
  const auto rows_of = [&](const at::Tensor& tensor) {
    return tensor.transpose(1, 2).index({channel, patch}).to(at::kCPU).contiguous();
  };
  const at::Tensor right_sides = rows_of(correlations);
  const at::Tensor answers = rows_of(codes);
  const at::Tensor channels = channel.to(at::kCPU).contiguous();
  const at::Tensor grams = gram.to(at::kCPU).contiguous();
  const auto atoms = static_cast<size_t>(gram.size(1));

  std::optional<LassoSolver> solver;
  const int64_t* of_channel = channels.data_ptr<int64_t>();
  for (int64_t i = 0; i < channels.numel(); ++i) {
    if (i == 0 || of_channel[i] != of_channel[i - 1]) {
      const double* values = grams.data_ptr<double>() + static_cast<size_t>(of_channel[i]) * atoms * atoms;
      solver.emplace(absl::MakeConstSpan(values, atoms * atoms), static_cast<int>(atoms), alpha);
    }
    // Where rounding keeps even this solver from the tolerance, it leaves the best point it reached.
    solver->Solve(absl::MakeConstSpan(right_sides.data_ptr<double>() + i * atoms, atoms),
                  absl::MakeSpan(answers.data_ptr<double>() + i * atoms, atoms));
  }
  codes.transpose(1, 2).index_put_({channel, patch}, answers.to(codes.device()));
}

}  // namespace

at::Tensor SolveLasso(const at::Tensor& correlations, const at::Tensor& gram, double alpha) {
  // [channels, atoms, 1].
  const at::Tensor lengths = gram.diagonal(0, 1, 2).unsqueeze(2);
  // An atom of zeros keeps the code 0.
  const at::Tensor inverse_lengths = at::where(lengths > 0, lengths.reciprocal(), at::zeros_like(lengths));
  at::Tensor codes = at::zeros_like(correlations);
  if (codes.numel() == 0) return codes;
  at::Tensor left = correlations.clone();
  for (int sweep = 1;; ++sweep) {
    Sweep(gram, lengths, inverse_lengths, alpha, codes, left);
    if (sweep % kSweepsBetweenLooks != 0) continue;
    // Anew, so that the rounding of many small steps does not add up.
    left = at::baddbmm(correlations, gram, codes, /*beta=*/1, /*alpha=*/-1);
    const at::Tensor unsolved = Unsolved(correlations, left, alpha, codes);
    const auto count = unsolved.sum().item<int64_t>();
    if (count == 0) return codes;
    if (sweep < kMostSweeps && count * kFewAmong > unsolved.numel()) continue;
    SolveOnHost(correlations, gram, alpha, unsolved, codes);
    return codes;
  }
}

at::Tensor ExplainedEnergy(const at::Tensor& correlations, const at::Tensor& gram, const at::Tensor& codes) {
  return (codes * at::baddbmm(correlations, gram, codes, /*beta=*/2, /*alpha=*/-1)).sum(1);
}

at::Tensor PursuedEnergy(const at::Tensor& correlations, const at::Tensor& gram, int nonzeros) {
  const int64_t atoms = gram.size(1);
  const int64_t patches = correlations.size(2);
  at::Tensor energy = at::zeros({correlations.size(0), patches}, correlations.options());
  if (correlations.numel() == 0) return energy;
  // What each atom sees of the rest of its patch.
  at::Tensor left = correlations;
  const at::Tensor explained = correlations.abs().amax(1) * kExplained;
  // The patches that are still pursued: [channels, patches].
  at::Tensor going = at::ones_like(energy, at::kBool);
  // q_j.d_k for each atom taken so far: [channels, atoms, patches].
  std::vector<at::Tensor> products;
  for (int step = 0; step < std::min<int64_t>(nonzeros, atoms); ++step) {
    const auto [size, best] = left.abs().max(1, /*keepdim=*/true);
    const at::Tensor at_best = left.gather(1, best).squeeze(1);
    // The column of G that belongs to each patch's atom.
    at::Tensor product = gram.gather(2, best.expand({-1, atoms, -1}));
    const at::Tensor length = product.gather(1, best).squeeze(1);
    at::Tensor own = length;
    for (const at::Tensor& before : products) {
      const at::Tensor shared = before.gather(1, best);
      own = own - shared.squeeze(1).square();
      product = product - shared * before;
    }
    going = going.logical_and(size.squeeze(1) > explained).logical_and(own > length * kDependent);
    const at::Tensor inverse_norm = at::where(going, own.rsqrt(), at::zeros_like(own));
    product = product * inverse_norm.unsqueeze(1);
    const at::Tensor code = at_best * inverse_norm;
    energy = energy + code.square();
    left = left - product * code.unsqueeze(1);
    products.push_back(product);
  }
  return energy;
}

}  // namespace mlfsc
