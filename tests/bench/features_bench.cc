// The feature stage's ways of computing, in turns that a script on standard input decides.
//   mlfsc_features_bench BACKBONE PICTURE SIZE THREADS
// PICTURE: SIZE x SIZE x 3 float32 in [0, 1], planes. One command a line, one answer a line, milliseconds
// unless it says otherwise:
//   torch BATCH       the bare forward pass, all passes of `pyramid`, through LibTorch
//   winograd BATCH    the same pictures through the extractor that is served with
//   bfloat16 BATCH    through LibTorch in bfloat16, where the CPU has it; else "none"
//   taps FILE         writes the picture's maps, conv4_3, conv3_3, conv2_2, float32, to FILE
//   peak              10^9 operations a second of the matrix products alone, in cache
//   openblas          the same of a 2048 x 2048 x 2048 product by OpenBLAS
//   memory            mebibytes that this process holds
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "core/base/thread_pool.h"
#include "models/bare_forward.h"
#include "models/vgg16.h"
#include "models/winograd/aligned_floats.h"
#include "models/winograd/kernels.h"
#include "models/winograd/plan.h"
#include "tests/bench/or_die.h"

extern "C" {
void openblas_set_num_threads(int threads);
void cblas_sgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                 const float* a, int lda, const float* b, int ldb, float beta, float* c, int ldc);
}

namespace mlfsc {
namespace {

double Milliseconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

// 10^9 operations a second.
double Rate(double products, double milliseconds) { return 2 * products / milliseconds * 1e-6; }

double ProductsPeak(ThreadPool* pool, int threads) {
  // As of conv2_2's blocks: everything stays in a core's second cache but the weights, which all read.
  constexpr int kChannels = 128;
  constexpr int kTiles = 32;
  constexpr int kRounds = 40;
  const size_t pitch = winograd::MatrixPitch(kChannels, kTiles);
  const winograd::AlignedFloats weights(size_t{winograd::kElements} * kChannels * kChannels);
  std::vector<winograd::AlignedFloats> elements;
  for (int i = 0; i < threads; ++i) elements.emplace_back(2 * winograd::kElements * pitch);
  const double time = Milliseconds([&] {
    pool->ParallelFor(threads, [&](int64_t i) {
      float* const values = elements[static_cast<size_t>(i)].data();
      const winograd::ElementMatrices in = {values, kTiles, pitch};
      const winograd::ElementMatrices out = {values + winograd::kElements * pitch, kTiles, pitch};
      const int panels = winograd::kElements * kChannels / static_cast<int>(2 * winograd::Lanes());
      for (int round = 0; round < kRounds; ++round) {
        winograd::Multiply({in, weights.data(), kChannels, kChannels, out}, 0, panels);
      }
    });
  });
  return Rate(1.0 * kRounds * threads * winograd::kElements * kTiles * kChannels * kChannels, time);
}

double OpenBlas(int threads) {
  constexpr int kSide = 2048;
  constexpr int kRowMajor = 101;
  constexpr int kAsItIs = 111;
  static std::vector<float> a(size_t{kSide} * kSide, 1);
  static std::vector<float> b = a;
  static std::vector<float> c = a;
  openblas_set_num_threads(threads);
  return Rate(1.0 * kSide * kSide * kSide, Milliseconds([&] {
                cblas_sgemm(kRowMajor, kAsItIs, kAsItIs, kSide, kSide, kSide, 1, a.data(), kSide, b.data(),
                            kSide, 0, c.data(), kSide);
              }));
}

double ResidentMebibytes() {
  long pages = 0;
  long resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return static_cast<double>(resident) * 4096 / (1 << 20);
}

class Bench {
 public:
  Bench(const std::string& backbone, const std::string& picture, int size, int threads)
      : backbone_(backbone), threads_(threads), pool_(threads - 1) {
    options_.input_size = size;
    picture_ = {size, std::vector<float>(size_t{3} * size * size)};
    std::ifstream(picture, std::ios::binary)
        .read(reinterpret_cast<char*>(picture_.rgb.data()),
              static_cast<std::streamsize>(picture_.rgb.size() * sizeof(float)));
  }

  std::string Answer(const std::string& command, const std::string& argument) {
    if (command == "torch") return std::to_string(Torch(std::atoi(argument.c_str())));
    if (command == "winograd") return std::to_string(Extract(&winograd_, "float32", argument));
    if (command == "bfloat16") {
      if (bfloat16_ == nullptr) {
        auto made = MakeVgg16({backbone_, "cpu", threads_, "bfloat16", "auto"});
        if (!made.ok()) return "none";
        bfloat16_ = *std::move(made);
      }
      return std::to_string(Extract(&bfloat16_, "bfloat16", argument));
    }
    if (command == "taps") return WriteTaps(argument);
    if (command == "peak") return std::to_string(ProductsPeak(&pool_, threads_));
    if (command == "openblas") return std::to_string(OpenBlas(threads_));
    if (command == "memory") return std::to_string(ResidentMebibytes());
    return "unknown command " + command;
  }

 private:
  double Torch(int batch) {
    if (bare_ == nullptr) bare_ = OrDie(BareForward::Make({backbone_, "cpu", threads_}));
    if (batch != prepared_) OrDie(bare_->Prepare(options_, batch));
    if (batch != prepared_) OrDie(bare_->Run());
    prepared_ = batch;
    return Milliseconds([&] { OrDie(bare_->Run()); });
  }

  double Extract(std::unique_ptr<FeatureExtractor>* extractor, const std::string& precision,
                 const std::string& argument) {
    if (*extractor == nullptr) {
      *extractor = OrDie(MakeVgg16({backbone_, "cpu", threads_, precision, "auto"}));
    }
    const std::vector<const InputPicture*> batch(static_cast<size_t>(std::atoi(argument.c_str())), &picture_);
    return Milliseconds([&] { OrDie((*extractor)->Extract(options_, batch).status()); });
  }

  std::string WriteTaps(const std::string& path) {
    if (winograd_ == nullptr) winograd_ = OrDie(MakeVgg16({backbone_, "cpu", threads_}));
    const InputPicture* const batch[] = {&picture_};
    const std::vector<PictureFeatures> features = OrDie(winograd_->Extract(options_, batch));
    std::ofstream file(path, std::ios::binary);
    for (const FeatureMap& map : features.front().maps) {
      file.write(reinterpret_cast<const char*>(map.values.data()),
                 static_cast<std::streamsize>(map.values.size() * sizeof(float)));
    }
    return winograd_->description();
  }

  const std::string backbone_;
  const int threads_;
  ThreadPool pool_;
  FeatureOptions options_;
  InputPicture picture_;
  std::unique_ptr<BareForward> bare_;
  int prepared_ = 0;
  std::unique_ptr<FeatureExtractor> winograd_;
  std::unique_ptr<FeatureExtractor> bfloat16_;
};

}  // namespace
}  // namespace mlfsc

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: mlfsc_features_bench BACKBONE PICTURE SIZE THREADS\n");
    return 1;
  }
  mlfsc::Bench bench(argv[1], argv[2], std::atoi(argv[3]), std::atoi(argv[4]));
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command;
    std::string argument;
    words >> command >> argument;
    std::cout << bench.Answer(command, argument) << std::endl;
  }
  return 0;
}
