// What it costs to decode pictures in a confined process (docs/security.md): each picture decoded by this
// thread and by mlfsc-decoder behind the server's own pool, in turn.
//   mlfsc_decoder_process_bench [ROUNDS]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "core/decoding/decoder_pool.h"
#include "core/image/decode.h"
#include "tests/bench/or_die.h"

namespace mlfsc {
namespace {

constexpr int kStarts = 20;

template <typename Work>
double Milliseconds(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

double Quantile(std::vector<double> values, double share) {
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(share * (values.size() - 1));
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

// A ramp with noise.
std::string File(const std::string& extension, int side) {
  cv::Mat picture(side, side, CV_8UC3);
  cv::randu(picture, 0, 40);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) picture.at<cv::Vec3b>(y, x)[0] += static_cast<uint8_t>((x + y) % 200);
  }
  std::vector<uint8_t> bytes;
  cv::imencode(extension, picture, bytes);
  return std::string(bytes.begin(), bytes.end());
}

// "RssAnon:     1234 kB" of /proc/PID/status, in MB; -1 where there is no such line.
double MegabytesOf(pid_t pid, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(name + ":", 0) == 0) return std::atof(line.c_str() + name.size() + 1) * 1024 / 1e6;
  }
  return -1;
}

void PrintMemory(pid_t pid, const char* when) {
  std::printf(
      "memory of the process %s: resident %.1f MB: its own %.1f, files (libraries) %.1f, shared %.1f\n", when,
      MegabytesOf(pid, "VmRSS"), MegabytesOf(pid, "RssAnon"), MegabytesOf(pid, "RssFile"),
      MegabytesOf(pid, "RssShmem"));
}

int Run(int rounds) {
  DecoderPoolOptions options;
  options.program = MLFSC_DECODER_BINARY;
  const auto nothing = [](const DecoderEnd&) {};
  std::vector<double> starts;
  for (int i = 0; i < kStarts; ++i) {
    starts.push_back(Milliseconds([&] { OrDie(DecoderPool::Start(options, nothing)); }));
  }
  std::printf("start and end of a process: %.1f ms (median of %d)\n", Quantile(starts, 0.5), kStarts);

  const std::unique_ptr<DecoderPool> pool = OrDie(DecoderPool::Start(options, nothing));
  const pid_t pid = pool->pids().at(0);
  PrintMemory(pid, "at first");
  std::printf("%-6s %6s %9s | %9s %9s | %9s %9s | %9s\n", "format", "side", "file KB", "here p50", "p90",
              "process p50", "p90", "more ms");
  for (const std::string extension : {".png", ".jpg", ".bmp", ".tif"}) {
    for (const int side : {256, 1024, 2048, 4096}) {
      const std::string file = File(extension, side);
      if (file.size() > options.process.limits.max_bytes) continue;
      std::vector<double> here;
      std::vector<double> process;
      for (int round = 0; round < rounds; ++round) {
        here.push_back(Milliseconds([&] { OrDie(DecodePicture(file, options.process.limits)); }));
        process.push_back(Milliseconds([&] { OrDie(pool->Decode(file)); }));
      }
      std::printf("%-6s %6d %9zu | %9.2f %9.2f | %9.2f %9.2f | %9.2f\n", extension.c_str() + 1, side,
                  file.size() / 1000, Quantile(here, 0.5), Quantile(here, 0.9), Quantile(process, 0.5),
                  Quantile(process, 0.9), Quantile(process, 0.5) - Quantile(here, 0.5));
    }
  }
  PrintMemory(pid, "after these");
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace mlfsc

int main(int argc, char** argv) { return mlfsc::Run(argc > 1 ? std::max(1, std::atoi(argv[1])) : 40); }
