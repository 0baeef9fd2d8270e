#include "tests/bench/measured_server.h"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>

#include <opencv2/core/utility.hpp>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "core/serving/catalog.h"
#include "models/torch_residual_coder.h"
#include "models/vgg16.h"
#include "server/logger.h"
#include "server/options.h"
#include "server/serve.h"
#include "server/signals.h"
#include "server/start.h"
#include "tests/bench/bare_path.h"
#include "tests/bench/or_die.h"

extern "C" void openblas_set_num_threads(int threads);

namespace mlfsc {
namespace {

// The extractor, and the sizes of the batches that go through it.
class CountedExtractor : public FeatureExtractor {
 public:
  explicit CountedExtractor(FeatureExtractor* extractor) : extractor_(extractor) {}

  // Has `work` done on the feature stage's thread, before the next pass: OpenMP keeps threads for each thread
  // that asks for some, and twice as many would spin less.
  void BeforeNextPass(std::function<void()> work) {
    MutexLock lock(&mutex_);
    work_ = std::move(work);
  }
  // Until it is done.
  void AwaitWork() {
    MutexLock lock(&mutex_);
    mutex_.Await([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return work_ == nullptr; });
  }

  absl::StatusOr<std::vector<PictureFeatures>> Extract(const FeatureOptions& options,
                                                       absl::Span<const InputPicture* const> batch) override {
    {
      MutexLock lock(&mutex_);
      if (work_ != nullptr) {
        work_();
        work_ = nullptr;
        mutex_.SignalAll();
      }
      batches_.push_back(static_cast<int>(batch.size()));
    }
    return extractor_->Extract(options, batch);
  }
  absl::StatusOr<PictureFeatures> ExtractGivingWay(const FeatureOptions& options, const InputPicture& picture,
                                                   absl::FunctionRef<void()> give_way) override {
    return extractor_->ExtractGivingWay(options, picture, give_way);
  }
  int MostAtOnce(int batch) const override { return extractor_->MostAtOnce(batch); }
  std::string backbone_sha256() const override { return extractor_->backbone_sha256(); }
  std::string description() const override { return extractor_->description(); }

  std::vector<int> TakeBatches() {
    MutexLock lock(&mutex_);
    return std::exchange(batches_, {});
  }

 private:
  FeatureExtractor* const extractor_;
  Mutex mutex_;
  std::vector<int> batches_ ABSL_GUARDED_BY(mutex_);
  std::function<void()> work_ ABSL_GUARDED_BY(mutex_);
};

// Obeys: "batches" prints sizes; "bare 1 8 8" prints "ready", and milliseconds for each once a picture came.
void Obey(const ServerOptions& options, const std::string& category, CountedExtractor* extractor,
          FeatureExtractor* uncounted, const ResidualCoderFactory& make_coder) {
  std::unique_ptr<BarePath> bare;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word == "batches") {
      for (const int batch : extractor->TakeBatches()) std::cout << batch << ' ';
    }
    if (word == "bare") {
      if (bare == nullptr) {
        StoreOptions read_only;
        read_only.read_only = true;
        const auto store = OrDie(OpenStore(options.store, read_only));
        CatalogOptions catalog_options;
        catalog_options.make_coder = make_coder;
        Catalog catalog(store.get(), extractor->backbone_sha256(), Clock::Real(), catalog_options);
        bare = OrDie(BarePath::Make({options.backbone, options.device, options.threads}, uncounted,
                                    OrDie(catalog.Acquire(category, 0)), options.inspector.coding_threads));
      }
      std::ostringstream times;
      extractor->BeforeNextPass([&] {
        for (int batch; words >> batch;) times << absl::ToDoubleMilliseconds(OrDie(bare->Time(batch))) << ' ';
      });
      std::cout << "ready" << std::endl;
      extractor->AwaitWork();
      std::cout << times.str();
    }
    std::cout << std::endl;
  }
}

void Die(const std::string& what) {
  std::cerr << "measured server: " << what << std::endl;
  std::exit(1);
}

}  // namespace

int RunMeasuredServer(const std::vector<std::string>& arguments, const std::string& category) {
  cv::setNumThreads(1);
  openblas_set_num_threads(1);
  Signals signals;
  const CommandLine line =
      OrDie(ParseCommandLine(arguments, [](const std::string&) { return std::nullopt; }));
  const ServerOptions& options = line.options;
  const auto logger = Logger::ToStderr(options.log_format, options.log_level);
  const auto extractor = OrDie(MakeVgg16({options.backbone, options.device, options.threads}));
  const ResidualCoderFactory coders = OrDie(CodersFor(options.device));
  CountedExtractor counted(extractor.get());
  std::thread obedient([&] { Obey(options, category, &counted, extractor.get(), coders); });
  const absl::Status status = Serve(options, {&counted, coders}, &signals, logger.get());
  if (!status.ok()) Die(std::string(status.message()));
  obedient.join();
  return 0;
}

MeasuredServer::MeasuredServer(const std::string& program, const std::vector<std::string>& arguments) {
  const std::string port_file = "/tmp/mlfsc-bench-port-" + std::to_string(getpid());
  std::vector<std::string> words = {program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  words.push_back("--port_file=" + port_file);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  int to[2];
  int from[2];
  if (pipe(to) != 0 || pipe(from) != 0) Die("no pipe");
  pid_ = fork();
  if (pid_ == 0) {
    // Not to outlive a benchmark that is killed.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(to[0], STDIN_FILENO);
    dup2(from[1], STDOUT_FILENO);
    for (const int fd : {to[0], to[1], from[0], from[1]}) close(fd);
    execv(program.c_str(), argv.data());
    _exit(127);
  }
  close(to[0]);
  close(from[1]);
  to_ = fdopen(to[1], "w");
  from_ = fdopen(from[0], "r");
  while (access(port_file.c_str(), R_OK) != 0) {
    if (waitpid(pid_, nullptr, WNOHANG) != 0) Die("it ended before it served");
    usleep(20'000);
  }
  std::ifstream(port_file) >> port_;
  unlink(port_file.c_str());
}

MeasuredServer::~MeasuredServer() {
  fclose(to_);
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
  fclose(from_);
}

std::vector<int> MeasuredServer::TakeBatches() {
  Say("batches");
  std::istringstream answer(Hear());
  std::vector<int> batches;
  for (int batch; answer >> batch;) batches.push_back(batch);
  return batches;
}

std::vector<double> MeasuredServer::BareMs(const std::vector<int>& batches,
                                           const std::function<void()>& score_one) {
  std::string question = "bare";
  for (const int batch : batches) question += " " + std::to_string(batch);
  Say(question);
  if (Hear() != "ready") Die("it does not do the bare work");
  score_one();
  std::istringstream answer(Hear());
  TakeBatches();
  std::vector<double> times;
  for (double time; answer >> time;) times.push_back(time);
  if (times.size() != batches.size()) Die("it has not done the bare work");
  return times;
}

int64_t MeasuredServer::ResidentBytes() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::atoll(line.c_str() + 6) * 1024;
  }
  return 0;
}

void MeasuredServer::Say(const std::string& what) {
  std::fprintf(to_, "%s\n", what.c_str());
  std::fflush(to_);
}

std::string MeasuredServer::Hear() {
  std::string answer;
  for (int c; (c = std::fgetc(from_)) != '\n';) {
    if (c == EOF) Die("it ended");
    answer += static_cast<char>(c);
  }
  return answer;
}

}  // namespace mlfsc
