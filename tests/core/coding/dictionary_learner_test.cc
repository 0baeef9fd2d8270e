#include "core/coding/dictionary_learner.h"

#include <atomic>
#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/thread_pool.h"
#include "tests/core/coding/naive_coding.h"
#include "tests/core/coding/naive_learner.h"

namespace mlfsc {
namespace {

using ::testing::Each;

const PatchOptions kPatches{4, 2};

// Maps whose every channel is a sum of few waves of its own, at random strengths, and noise: something that a
// dictionary can learn.
PictureFeatures WavyPicture(std::mt19937_64& random, const std::vector<LayerShape>& layers) {
  PictureFeatures picture;
  for (const LayerShape& shape : layers) {
    FeatureMap map{shape.layer, shape.channels, shape.height, shape.width, {}};
    map.values = testing::RandomValues(random, map.channels * map.plane_size(), 0.3);
    for (int c = 0; c < map.channels; ++c) {
      for (int wave = 0; wave < 4; ++wave) {
        const float strength = testing::RandomValues(random, 1, 1.5)[0];
        for (int y = 0; y < map.height; ++y) {
          for (int x = 0; x < map.width; ++x) {
            map.plane(c)[y * map.width + x] +=
                strength * static_cast<float>(std::cos(0.7 * (wave + 1) * x + 0.4 * (c + wave) * y));
          }
        }
      }
    }
    picture.maps.push_back(std::move(map));
  }
  return picture;
}

std::vector<PictureFeatures> WavyPictures(int count, const std::vector<LayerShape>& layers) {
  std::mt19937_64 random(1);
  std::vector<PictureFeatures> pictures;
  for (int i = 0; i < count; ++i) pictures.push_back(WavyPicture(random, layers));
  return pictures;
}

// A wave along x or y with a little noise, `strength(x, y)` strong. Patches of the one are orthogonal to
// those of the other, but for the noise.
PictureFeatures Wave(char along, int height, int width, const std::function<float(int, int)>& strength) {
  std::mt19937_64 random(7 + along);
  FeatureMap map{"l", 1, height, width, testing::RandomValues(random, height * width, 0.1)};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      float& value = map.values[y * width + x];
      value += static_cast<float>(2 * std::cos(std::acos(-1.0) / 2 * (along == 'x' ? x : y)));
      value *= strength(x, y);
    }
  }
  return {{std::move(map)}, nullptr};
}

std::vector<double> Learn(DictionaryLearner& learner, const std::vector<PictureFeatures>& pictures,
                          const LearningOptions& options, ThreadPool* pool) {
  std::vector<double> objectives;
  for (int epoch = 0; epoch < options.epochs; ++epoch) {
    for (size_t first = 0; first < pictures.size(); first += options.batch_pictures) {
      std::vector<const PictureFeatures*> batch;
      for (size_t i = first; i < pictures.size() && i < first + options.batch_pictures; ++i) {
        batch.push_back(&pictures[i]);
      }
      objectives.push_back(learner.Update(batch, pool));
    }
  }
  return objectives;
}

Dictionaries LearnDictionaries(const std::vector<LayerShape>& layers,
                               const std::vector<PictureFeatures>& pictures, const LearningOptions& options,
                               ThreadPool* pool = nullptr, double alpha = 0.5) {
  DictionaryLearner learner(layers, kPatches, alpha, options);
  Learn(learner, pictures, options, pool);
  return learner.dictionaries();
}

std::vector<double> AtomLengths(const LayerDictionaries& layer) {
  std::vector<double> lengths;
  for (size_t first = 0; first < layer.values.size(); first += layer.patch_cells) {
    const std::vector<double> atom(layer.values.begin() + first,
                                   layer.values.begin() + first + layer.patch_cells);
    lengths.push_back(std::sqrt(testing::SquaredNorm(atom)));
  }
  return lengths;
}

// Teaches `pictures` one by one, `batch` at a time, and compares each channel's atoms after each mini-batch.
// Returns how many atoms were replaced.
int ExpectTheNaiveAtoms(const std::vector<LayerShape>& layers, const std::vector<PictureFeatures>& pictures,
                        size_t batch, int atoms, double alpha) {
  LearningOptions options;
  options.atoms = atoms;
  DictionaryLearner learner(layers, kPatches, alpha, options);
  std::vector<std::vector<testing::NaiveLearner>> naive(layers.size());
  int64_t number = 0;
  for (size_t l = 0; l < layers.size(); ++l) {
    for (int c = 0; c < layers[l].channels; ++c) naive[l].emplace_back(kPatches, atoms, alpha, number++);
  }
  for (size_t first = 0; first + batch <= pictures.size(); first += batch) {
    std::vector<const PictureFeatures*> pointers;
    for (size_t i = first; i < first + batch; ++i) pointers.push_back(&pictures[i]);
    learner.Update(pointers, nullptr);
    const Dictionaries learnt = learner.dictionaries();
    for (size_t l = 0; l < layers.size(); ++l) {
      for (int c = 0; c < layers[l].channels; ++c) {
        std::vector<const float*> planes;
        for (const PictureFeatures* picture : pointers) planes.push_back(picture->maps[l].plane(c));
        naive[l][c].Update(planes, layers[l].height, layers[l].width);
        const std::vector<float>& wanted = naive[l][c].dictionary();
        for (size_t i = 0; i < wanted.size(); ++i) {
          // Codes meet the optimality conditions to 2^-18 of sizes up to 10; updates average that.
          EXPECT_NEAR(learnt[l].dictionary(c)[i], wanted[i], 2e-4)
              << layers[l].layer << " channel " << c << " after " << first + batch << " pictures";
        }
      }
    }
    if (::testing::Test::HasFailure()) break;
  }
  int replaced = 0;
  for (const std::vector<testing::NaiveLearner>& channels : naive) {
    for (const testing::NaiveLearner& channel : channels) replaced += channel.replaced();
  }
  return replaced;
}

// What a category that asks for nothing gets: figures in the docs rest on it.
TEST(LearningOptionsTest, AreFiveAtomsFromTwoPassesOverFourPicturesAtATime) {
  EXPECT_EQ(LearningOptions().atoms, 5);
  EXPECT_EQ(LearningOptions().epochs, 2);
  EXPECT_EQ(LearningOptions().batch_pictures, 4);
}

TEST(CodingOptionsTest, AreTheLassoOfAlphaOneAndThreeNonzerosForOmp) {
  EXPECT_EQ(CodingOptions().coder, Coder::kLasso);
  EXPECT_EQ(CodingOptions().alpha, 1);
  EXPECT_EQ(CodingOptions().nonzeros, 3);
}

TEST(DictionaryLearnerTest, AtomsAreThoseOfTheNaiveAlgorithm) {
  // Past the early mini-batches, which are coded twice.
  const std::vector<LayerShape> layers{{"deep", 2, 10, 12}, {"shallow", 1, 16, 14}};
  ExpectTheNaiveAtoms(layers, WavyPictures(38, layers), 2, 3, 0.5);
}

TEST(DictionaryLearnerTest, AtomsOfManyChannelsAreThoseOfTheNaiveAlgorithm) {
  const std::vector<LayerShape> layers{{"l", 17, 10, 10}};
  ExpectTheNaiveAtoms(layers, WavyPictures(4, layers), 1, 3, 0.5);
}

TEST(DictionaryLearnerTest, DeadAtomsAreReplacedWhenTheNaiveAlgorithmReplacesThem) {
  // 100 patches a picture. All first atoms are waves along x; later pictures are waves along y.
  std::vector<PictureFeatures> pictures;
  for (int i = 0; i < 9; ++i) {
    pictures.push_back(Wave(i == 0 ? 'x' : 'y', 22, 22, [](int, int) { return 1; }));
  }
  EXPECT_GE(ExpectTheNaiveAtoms({{"l", 1, 22, 22}}, pictures, 1, 3, 1), 3);
}

TEST(DictionaryLearnerTest, AnAtomIsDeadOnce500PatchesDidNotUseItAtAll) {
  // 499 patches a picture, the first of them the strongest. The last row is empty: an atom may well be 0 in
  // some cells.
  const auto clear = [](int x, int y) { return y == 3 ? 0.0F : x < 4 ? 2.0F : 1.0F; };
  // One patch alone, with a code of about 0.5.
  const auto faint = [](int x, int y) { return y == 3 || x >= 4 ? 0 : 0.3F; };
  std::vector<PictureFeatures> pictures;
  for (const char along : {'x', 'y', 'y', 'x', 'x'}) pictures.push_back(Wave(along, 4, 1000, clear));
  for (int i = 0; i < 3; ++i) pictures.push_back(Wave('x', 4, 1000, faint));
  EXPECT_EQ(ExpectTheNaiveAtoms({{"l", 1, 4, 1000}}, pictures, 1, 1, 1), 2);
}

TEST(DictionaryLearnerTest, ADeadAtomIsReplacedByTheWorstPatchWhereverItLies) {
  // 29 rows of 29 patches, coded in two bands; the worst are in the second.
  const auto below = [](int x, int y) { return x > 30 && y > 45 ? 2.0F : 1.0F; };
  const std::vector<PictureFeatures> pictures = {Wave('x', 60, 60, below), Wave('y', 60, 60, below)};
  EXPECT_EQ(ExpectTheNaiveAtoms({{"l", 1, 60, 60}}, pictures, 1, 1, 1), 1);
}

TEST(DictionaryLearnerTest, TheObjectiveFalls) {
  const std::vector<LayerShape> layers{{"deep", 3, 12, 14}, {"shallow", 2, 20, 18}};
  const std::vector<PictureFeatures> pictures = WavyPictures(12, layers);
  LearningOptions options;
  options.epochs = 4;
  DictionaryLearner learner(layers, kPatches, 0.5, options);
  const std::vector<double> objectives = Learn(learner, pictures, options, nullptr);
  // Epoch by epoch, over the same three mini-batches.
  std::vector<double> epochs(4, 0.0);
  for (size_t i = 0; i < objectives.size(); ++i) epochs[i / 3] += objectives[i];
  EXPECT_LT(epochs[1], 0.95 * epochs[0]);
  EXPECT_LT(epochs[2], epochs[1]);
  EXPECT_LT(epochs[3], 1.001 * epochs[2]);
}

TEST(DictionaryLearnerTest, TheObjectiveIsThatOfTheBatchUnderTheDictionariesBefore) {
  const std::vector<LayerShape> layers{{"l", 2, 9, 8}};
  const std::vector<PictureFeatures> pictures = WavyPictures(3, layers);
  LearningOptions options;
  DictionaryLearner learner(layers, kPatches, 0.5, options);
  learner.Update({&pictures[0]}, nullptr);
  const Dictionaries before = learner.dictionaries();
  const double objective = learner.Update({&pictures[1], &pictures[2]}, nullptr);

  const PatchGrid grid = MakePatchGrid(kPatches, 9, 8);
  double sum = 0;
  for (int picture : {1, 2}) {
    for (int c = 0; c < 2; ++c) {
      for (int i = 0; i < grid.count(); ++i) {
        const std::vector<double> patch =
            testing::NaivePatch(pictures[picture].maps[0].plane(c), 8, kPatches, grid, i);
        const float* dictionary = before[0].dictionary(c);
        sum += testing::NaiveObjective(patch, dictionary, 5, testing::NaiveLasso(patch, dictionary, 5, 0.5),
                                       0.5);
      }
    }
  }
  // float32 sums of 16 cells, relative to objectives that are of the patches' own size.
  EXPECT_NEAR(objective, sum / (4 * grid.count()), 1e-5 * objective);
}

TEST(DictionaryLearnerTest, TheObjectiveOfASinglePatchIsItsOwn) {
  const std::vector<LayerShape> layers{{"l", 1, 4, 4}};
  const std::vector<PictureFeatures> pictures = WavyPictures(2, layers);
  LearningOptions options;
  options.atoms = 1;
  DictionaryLearner learner(layers, kPatches, 0.5, options);
  learner.Update({&pictures[0]}, nullptr);
  const Dictionaries before = learner.dictionaries();
  const double objective = learner.Update({&pictures[1]}, nullptr);
  const std::vector<double> patch(pictures[1].maps[0].values.begin(), pictures[1].maps[0].values.end());
  const float* dictionary = before[0].dictionary(0);
  EXPECT_NEAR(
      objective,
      testing::NaiveObjective(patch, dictionary, 1, testing::NaiveLasso(patch, dictionary, 1, 0.5), 0.5),
      1e-5 * objective);
}

TEST(DictionaryLearnerTest, AtomsHaveUnitLength) {
  const std::vector<LayerShape> layers{{"l", 2, 12, 14}};
  const Dictionaries learnt = LearnDictionaries(layers, WavyPictures(8, layers), {});
  // float32 rounding of 16 cells.
  EXPECT_THAT(AtomLengths(learnt[0]), Each(::testing::DoubleNear(1, 1e-6)));
}

TEST(DictionaryLearnerTest, TheNumberOfThreadsChangesNoByte) {
  // Few channels are split by patches, many by channel.
  const std::vector<LayerShape> layers{{"deep", 40, 9, 8}, {"shallow", 1, 30, 33}};
  const std::vector<PictureFeatures> pictures = WavyPictures(8, layers);
  const Dictionaries alone = LearnDictionaries(layers, pictures, {});
  for (int threads : {1, 3, 7}) {
    ThreadPool pool(threads);
    const Dictionaries together = LearnDictionaries(layers, pictures, {}, &pool);
    for (size_t l = 0; l < layers.size(); ++l) EXPECT_EQ(together[l].values, alone[l].values);
  }
}

TEST(DictionaryLearnerTest, TheSeedChoosesTheFirstAtoms) {
  const std::vector<LayerShape> layers{{"l", 2, 12, 14}};
  const std::vector<PictureFeatures> pictures = WavyPictures(8, layers);
  LearningOptions other;
  other.seed = 1;
  EXPECT_EQ(LearnDictionaries(layers, pictures, {})[0].values,
            LearnDictionaries(layers, pictures, {})[0].values);
  EXPECT_NE(LearnDictionaries(layers, pictures, {})[0].values,
            LearnDictionaries(layers, pictures, other)[0].values);
}

TEST(DictionaryLearnerTest, AnAtomThatNothingUsesIsReplacedByABadlyRebuiltPatch) {
  // The first picture is a horizontal wave only, so every first atom is one; the others also hold a vertical
  // wave, which needs an atom of its own.
  const std::vector<LayerShape> layers{{"l", 1, 30, 30}};
  std::vector<PictureFeatures> pictures(8);
  for (size_t i = 0; i < pictures.size(); ++i) {
    FeatureMap map{"l", 1, 30, 30, std::vector<float>(900)};
    for (int y = 0; y < 30; ++y) {
      for (int x = 0; x < 30; ++x) {
        map.values[y * 30 + x] = static_cast<float>(2 * std::cos(1.57 * (i == 0 ? x : y)));
      }
    }
    pictures[i].maps.push_back(std::move(map));
  }
  LearningOptions options;
  options.batch_pictures = 1;
  options.epochs = 1;
  DictionaryLearner learner(layers, kPatches, 0.5, options);
  const std::vector<double> objectives = Learn(learner, pictures, options, nullptr);
  EXPECT_GT(objectives[1], 4 * objectives[0]);
  EXPECT_LT(objectives.back(), 1.1 * objectives[0]);
}

TEST(DictionaryLearnerTest, AChannelOfZerosLearnsZerosUntilItShowsSomething) {
  const std::vector<LayerShape> layers{{"l", 1, 12, 14}};
  std::vector<PictureFeatures> pictures = WavyPictures(2, layers);
  PictureFeatures empty = pictures[0];
  empty.maps[0].values.assign(empty.maps[0].values.size(), 0.0F);
  DictionaryLearner learner(layers, kPatches, 0.5, {});
  EXPECT_EQ(learner.Update({&empty}, nullptr), 0);
  EXPECT_THAT(learner.dictionaries()[0].values, Each(0.0F));
  const double untaught = learner.Update({&pictures[0]}, nullptr);
  learner.Update({&pictures[0]}, nullptr);
  EXPECT_LT(learner.Update({&pictures[0]}, nullptr), 0.7 * untaught);
}

TEST(DictionaryLearnerTest, MapsSmallerThanAPatchTeachNothing) {
  const std::vector<LayerShape> layers{{"l", 1, 3, 9}};
  const std::vector<PictureFeatures> pictures = WavyPictures(1, layers);
  DictionaryLearner learner(layers, kPatches, 0.5, {});
  EXPECT_EQ(learner.Update({&pictures[0]}, nullptr), 0);
  EXPECT_THAT(learner.dictionaries()[0].values, Each(0.0F));
}

TEST(DictionaryLearnerTest, MoreAtomsThanPatchesLeaveTheRestUnused) {
  const std::vector<LayerShape> layers{{"l", 1, 4, 6}};
  const std::vector<PictureFeatures> pictures = WavyPictures(2, layers);
  LearningOptions options;
  options.atoms = 30;
  const Dictionaries learnt = LearnDictionaries(layers, pictures, options);
  for (float value : learnt[0].values) EXPECT_TRUE(std::isfinite(value));
}

TEST(DictionaryLearnerTest, LargeDictionariesLearnToo) {
  const std::vector<LayerShape> layers{{"l", 1, 60, 60}};
  const std::vector<PictureFeatures> pictures = WavyPictures(4, layers);
  LearningOptions options;
  options.atoms = 60;
  options.epochs = 3;
  DictionaryLearner learner(layers, {8, 2}, 0.5, options);
  const std::vector<double> objectives = Learn(learner, pictures, options, nullptr);
  EXPECT_LT(objectives.back(), 0.95 * objectives.front());
}

// Hours of work in one mini-batch: an end at all is the proof. The patches are noise, and at this alpha use
// all atoms.
TEST(DictionaryLearnerTest, AMiniBatchEndsInItsMiddleWhenItIsCancelled) {
  std::mt19937_64 random(3);
  constexpr int kSide = 512;
  PictureFeatures picture;
  picture.maps.push_back({"l", 1, kSide, kSide, testing::RandomValues(random, kSide * kSide, 1)});
  LearningOptions options;
  options.atoms = 512;
  DictionaryLearner learner({{"l", 1, kSide, kSide}}, {32, 1}, 1e-6, options);
  ThreadPool pool(1);
  Cancellation cancellation;
  std::atomic<bool> begun{false};
  std::thread learning([&] {
    begun = true;
    EXPECT_THROW(learner.Update({&picture, &picture, &picture, &picture}, {&pool, &cancellation}),
                 WorkCancelled);
  });
  while (!begun) std::this_thread::yield();
  cancellation.Cancel();
  learning.join();
}

}  // namespace
}  // namespace mlfsc
