// Times the coding stage and the learner (Google Benchmark), on two threads. `scripts/bench coding` runs it
// beside scikit-learn.
//
//   mlfsc_coding_bench --features FILE --dictionaries FILE [--residuals FILE] [Google Benchmark's options]
//
// FILE of --features: arrays `<source>.<layer>` [pictures, channels, height, width], standardised, of the
// sources pyramid, single_pass and pixels. A source whose dictionaries (`<source>.<layer>` [channels, atoms,
// cells]) are not in --dictionaries is learnt from all its pictures, timed, and they are written there; the
// others have their first picture coded, timed, and its residuals (`<source>.<coder>.<layer>` [channels,
// rows, columns]) written to --residuals.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "core/base/thread_pool.h"
#include "core/bundle/safetensors.h"
#include "core/coding/dictionary_learner.h"
#include "core/coding/residual_coder.h"
#include "hwy/highway.h"

namespace mlfsc {
namespace {

// The calling thread works too.
constexpr int kHelpers = 1;

[[noreturn]] void Die(const std::string& message) {
  std::fprintf(stderr, "mlfsc_coding_bench: %s\n", message.c_str());
  std::exit(1);
}

template <typename T>
T Check(absl::StatusOr<T> value) {
  if (!value.ok()) Die(std::string(value.status().message()));
  return *std::move(value);
}

SafetensorsFile Read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return in ? Check(ParseSafetensors(bytes.str())) : SafetensorsFile();
}

void Write(const std::string& path, const SafetensorsFile& file) {
  std::ofstream out(path, std::ios::binary);
  out << SerialiseSafetensors(file);
  if (!out.flush()) Die("cannot write " + path);
}

// One feature source: what a category with its default options learns and codes.
struct Source {
  std::string name;
  std::vector<std::string> layers;
  PatchOptions patches;
  LearningOptions learning;
};

std::vector<Source> AllSources() {
  Source pyramid{"pyramid", {"conv4_3", "conv3_3", "conv2_2"}, {8, 2}, {}};
  Source single_pass = pyramid;
  single_pass.name = "single_pass";
  Source pixels{"pixels", {"pixels"}, {16, 4}, {}};
  pixels.learning.atoms = 200;
  return {pyramid, single_pass, pixels};
}

std::vector<PictureFeatures> Pictures(const Source& source, const SafetensorsFile& file) {
  std::vector<PictureFeatures> pictures;
  for (const std::string& layer : source.layers) {
    const Tensor& tensor = file.tensors.at(source.name + "." + layer);
    const std::vector<float> values = Check(ToFloat32(tensor));
    pictures.resize(tensor.shape.at(0));
    for (size_t i = 0; i < pictures.size(); ++i) {
      FeatureMap map{layer,
                     static_cast<int>(tensor.shape.at(1)),
                     static_cast<int>(tensor.shape.at(2)),
                     static_cast<int>(tensor.shape.at(3)),
                     {}};
      const size_t size = map.channels * map.plane_size();
      map.values.assign(values.begin() + i * size, values.begin() + (i + 1) * size);
      pictures[i].maps.push_back(std::move(map));
    }
  }
  return pictures;
}

Dictionaries Learn(const Source& source, const std::vector<PictureFeatures>& pictures, ThreadPool* pool) {
  std::vector<LayerShape> shapes;
  for (const FeatureMap& map : pictures[0].maps) {
    shapes.push_back({map.layer, map.channels, map.height, map.width});
  }
  DictionaryLearner learner(shapes, source.patches, CodingOptions().alpha, source.learning);
  const size_t batch_pictures = source.learning.batch_pictures;
  for (int epoch = 0; epoch < source.learning.epochs; ++epoch) {
    for (size_t first = 0; first < pictures.size(); first += batch_pictures) {
      std::vector<const PictureFeatures*> batch;
      for (size_t i = first; i < pictures.size() && i < first + batch_pictures; ++i) {
        batch.push_back(&pictures[i]);
      }
      learner.Update(batch, pool);
    }
  }
  return learner.dictionaries();
}

void AddLearning(const Source& source, const SafetensorsFile& features, SafetensorsFile* dictionaries) {
  const auto pictures = std::make_shared<std::vector<PictureFeatures>>(Pictures(source, features));
  benchmark::RegisterBenchmark((source.name + "/learn").c_str(),
                               [=](benchmark::State& state) {
                                 ThreadPool pool(kHelpers);
                                 Dictionaries learnt;
                                 for (auto _ : state) learnt = Learn(source, *pictures, &pool);
                                 for (const LayerDictionaries& layer : learnt) {
                                   dictionaries->tensors[source.name + "." + layer.layer] = MakeFloat32Tensor(
                                       {layer.channels, layer.atoms, layer.patch_cells}, layer.values);
                                 }
                               })
      ->Iterations(1)
      ->UseRealTime()
      ->MeasureProcessCPUTime()
      ->Unit(benchmark::kMillisecond);
}

void AddCoding(const Source& source, const SafetensorsFile& features, const SafetensorsFile& dictionaries,
               SafetensorsFile* residuals) {
  Dictionaries learnt;
  for (const std::string& layer : source.layers) {
    const Tensor& tensor = dictionaries.tensors.at(source.name + "." + layer);
    learnt.push_back({layer, static_cast<int>(tensor.shape.at(0)), static_cast<int>(tensor.shape.at(1)),
                      static_cast<int>(tensor.shape.at(2)), Check(ToFloat32(tensor))});
  }
  const auto picture = std::make_shared<PictureFeatures>(Pictures(source, features).at(0));
  for (const auto& [coder_name, coder_kind] : {std::pair("lasso", Coder::kLasso), {"omp", Coder::kOmp}}) {
    CodingOptions coding;
    coding.coder = coder_kind;
    const std::string name = source.name + "." + coder_name;
    const std::shared_ptr<ResidualCoder> coder = Check(MakeResidualCoder(learnt, source.patches, coding));
    benchmark::RegisterBenchmark((source.name + "/" + coder_name).c_str(),
                                 [=](benchmark::State& state) {
                                   ThreadPool pool(kHelpers);
                                   ResidualMaps maps;
                                   for (auto _ : state) maps = Check(coder->Code(*picture, &pool));
                                   for (const ResidualMap& map : maps) {
                                     residuals->tensors[name + "." + map.layer] = MakeFloat32Tensor(
                                         {map.channels, map.grid.rows, map.grid.columns}, map.values);
                                   }
                                 })
        ->UseRealTime()
        ->MeasureProcessCPUTime()
        ->Unit(benchmark::kMillisecond);
  }
}

// Takes `--name FILE` out of the arguments.
std::string TakeOption(const std::string& name, int* argc, char** argv) {
  for (int i = 1; i + 1 < *argc; ++i) {
    if (argv[i] != name) continue;
    std::string value = argv[i + 1];
    for (int j = i; j + 2 < *argc; ++j) argv[j] = argv[j + 2];
    *argc -= 2;
    return value;
  }
  return "";
}

int Main(int argc, char** argv) {
  const std::string features_path = TakeOption("--features", &argc, argv);
  const std::string dictionaries_path = TakeOption("--dictionaries", &argc, argv);
  const std::string residuals_path = TakeOption("--residuals", &argc, argv);
  benchmark::Initialize(&argc, argv);
  if (features_path.empty() || dictionaries_path.empty() ||
      benchmark::ReportUnrecognizedArguments(argc, argv)) {
    Die("--features FILE and --dictionaries FILE are needed; `scripts/bench coding` makes them");
  }
  const SafetensorsFile features = Read(features_path);
  if (features.tensors.empty()) Die("no features in " + features_path);
  SafetensorsFile dictionaries = Read(dictionaries_path);
  SafetensorsFile residuals;
  for (const Source& source : AllSources()) {
    const std::string first_layer = source.name + "." + source.layers[0];
    if (features.tensors.count(first_layer) == 0) continue;
    if (dictionaries.tensors.count(first_layer) == 0) {
      AddLearning(source, features, &dictionaries);
    } else {
      AddCoding(source, features, dictionaries, &residuals);
    }
  }
  // The first is the best.
  benchmark::AddCustomContext("vector_target", hwy::TargetName(hwy::SupportedAndGeneratedTargets().at(0)));
  benchmark::RunSpecifiedBenchmarks();
  Write(dictionaries_path, dictionaries);
  if (!residuals_path.empty()) Write(residuals_path, residuals);
  return 0;
}

}  // namespace
}  // namespace mlfsc

int main(int argc, char** argv) { return mlfsc::Main(argc, argv); }
