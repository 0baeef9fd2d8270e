#include "core/scoring/mahalanobis.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"
#include "tests/testing/vector_targets.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::StatusIs;
using ::testing::HasSubstr;

constexpr double kEpsilon = std::numeric_limits<float>::epsilon();

// A correlation matrix shrunk as the program's are.
Eigen::MatrixXf RandomCorrelation(int channels, std::mt19937* random) {
  std::normal_distribution<double> normal;
  const Eigen::MatrixXd samples =
      Eigen::MatrixXd::NullaryExpr(channels, 2 * channels + 1, [&] { return normal(*random); });
  Eigen::MatrixXd s = samples * samples.transpose();
  const Eigen::VectorXd scale = s.diagonal().cwiseSqrt().cwiseInverse();
  s = 0.9 * scale.asDiagonal() * s * scale.asDiagonal();
  s.diagonal().setOnes();
  return s.cast<float>();
}

// z^T S^-1 z in float64 for the leading `size` channels, and how far float32 may be from it: each row of L^-1
// z is a sum of `size` products (Higham: size eps times the sum of their magnitudes, one eps more for the
// rounded weight), then `size` squares are added up.
struct Reference {
  double distance = 0;
  double tolerance = 0;
};
Reference Naive(const Eigen::MatrixXf& correlation, int size, const std::vector<float>& z, int pitch,
                int patch) {
  const Eigen::MatrixXd block = correlation.topLeftCorner(size, size).cast<double>();
  const Eigen::MatrixXd lower = block.llt().matrixL();
  const Eigen::MatrixXd inverse = lower.inverse();
  Reference reference;
  for (int row = 0; row < size; ++row) {
    double y = 0;
    double magnitude = 0;
    for (int column = 0; column <= row; ++column) {
      const double term = inverse(row, column) * z[static_cast<size_t>(column) * pitch + patch];
      y += term;
      magnitude += std::abs(term);
    }
    const double error = (size + 1) * kEpsilon * magnitude;
    reference.distance += y * y;
    reference.tolerance += 2 * std::abs(y) * error + error * error;
  }
  reference.tolerance += size * kEpsilon * reference.distance;
  return reference;
}

class MahalanobisDistanceTest : public testing::VectorTargetTest {};

TEST_P(MahalanobisDistanceTest, IsThatOfTheNaiveLoopForTheWholeAndForTheLeadingBlock) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  for (const int channels : {1, 2, 3, 4, 5, 7, 8, 30, 61}) {
    const Eigen::MatrixXf correlation = RandomCorrelation(channels, &random);
    for (const int boundary : {0, channels / 2, channels}) {
      const absl::StatusOr<MahalanobisDistance> distance = MahalanobisDistance::Make(correlation, boundary);
      ASSERT_THAT(distance, testing::IsOk());
      for (const int pitch : {kPatchBlock, 3 * kPatchBlock}) {
        std::vector<float> z(static_cast<size_t>(channels) * pitch);
        std::generate(z.begin(), z.end(), [&] { return normal(random); });
        std::vector<float> leading(pitch, -1);
        std::vector<float> whole(pitch, -1);
        for (int first = 0; first < pitch; first += kPatchBlock) {
          distance->Compute(z.data() + first, pitch, leading.data() + first, whole.data() + first);
        }
        for (int patch = 0; patch < pitch; ++patch) {
          const Reference of_block = Naive(correlation, boundary, z, pitch, patch);
          EXPECT_NEAR(leading[patch], of_block.distance, of_block.tolerance) << channels << " " << boundary;
          const Reference of_all = Naive(correlation, channels, z, pitch, patch);
          EXPECT_NEAR(whole[patch], of_all.distance, of_all.tolerance) << channels << " " << boundary;
        }
      }
    }
  }
}

TEST_P(MahalanobisDistanceTest, OfAPatchDoesNotDependOnItsPlaceAmongOthers) {
  std::mt19937 random(6);
  std::normal_distribution<float> normal;
  constexpr int kChannels = 13;
  constexpr int kPitch = 2 * kPatchBlock;
  const absl::StatusOr<MahalanobisDistance> distance =
      MahalanobisDistance::Make(RandomCorrelation(kChannels, &random));
  ASSERT_THAT(distance, testing::IsOk());
  std::vector<float> z(kChannels * kPitch);
  for (int channel = 0; channel < kChannels; ++channel) {
    std::fill_n(z.begin() + channel * kPitch, kPitch, normal(random));
  }
  std::vector<float> whole(kPitch);
  for (int first = 0; first < kPitch; first += kPatchBlock) {
    distance->Compute(z.data() + first, kPitch, nullptr, whole.data() + first);
  }
  EXPECT_THAT(whole, ::testing::Each(whole[0]));
}

INSTANTIATE_VECTOR_TARGETS(MahalanobisDistanceTest);

TEST(MahalanobisDistanceMakeTest, AMatrixThatIsNotPositiveDefiniteIsRefused) {
  Eigen::MatrixXf correlation = Eigen::MatrixXf::Ones(3, 3);
  EXPECT_THAT(MahalanobisDistance::Make(correlation),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("3 channels is not positive definite")));
}

}  // namespace
}  // namespace mlfsc
