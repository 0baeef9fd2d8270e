// What it would cost to decode pictures in a process of its own (docs/security.md): each picture decoded
// here, and by a child that takes the file and gives the pixels through shared memory, with a byte on a
// socket for "there it is". The two take turns.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/image/decode.h"

namespace mlfsc {
namespace {

constexpr size_t kShared = size_t{256} << 20;
constexpr int kRounds = 40;

// At the beginning of the shared memory; the file, and then the pixels, behind it.
struct Exchange {
  size_t bytes;
  int rows;
  int columns;
  int type;
};

class Decoder {
 public:
  Decoder() {
    shared_ =
        static_cast<char*>(mmap(nullptr, kShared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    if (shared_ == MAP_FAILED || socketpair(AF_UNIX, SOCK_STREAM, 0, sockets_) != 0) std::abort();
    child_ = fork();
    if (child_ == 0) Serve();
    close(sockets_[1]);
  }
  ~Decoder() {
    close(sockets_[0]);
    waitpid(child_, nullptr, 0);
    munmap(shared_, kShared);
  }

  // The pixels are copied out: the next picture overwrites them.
  cv::Mat Decode(const std::string& file) {
    exchange()->bytes = file.size();
    std::memcpy(data(), file.data(), file.size());
    char there = 0;
    if (write(sockets_[0], &there, 1) != 1 || read(sockets_[0], &there, 1) != 1) std::abort();
    return cv::Mat(exchange()->rows, exchange()->columns, exchange()->type, data()).clone();
  }

 private:
  Exchange* exchange() { return reinterpret_cast<Exchange*>(shared_); }
  char* data() { return shared_ + sizeof(Exchange); }

  [[noreturn]] void Serve() {
    close(sockets_[0]);
    char there;
    while (read(sockets_[1], &there, 1) == 1) {
      const Image image = DecodePicture({data(), exchange()->bytes}, {}).value();
      *exchange() = {0, image.rgb.rows, image.rgb.cols, image.rgb.type()};
      std::memcpy(data(), image.rgb.data, image.rgb.total() * image.rgb.elemSize());
      if (write(sockets_[1], &there, 1) != 1) break;
    }
    _exit(0);
  }

  char* shared_;
  int sockets_[2];
  pid_t child_;
};

template <typename Work>
double Milliseconds(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

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

int Run() {
  Decoder decoder;
  std::printf("%-6s %6s %10s %12s %12s %10s\n", "format", "side", "file KB", "here ms", "process ms",
              "more ms");
  for (const std::string extension : {".png", ".jpg", ".bmp"}) {
    for (const int side : {256, 1024, 2048}) {
      const std::string file = File(extension, side);
      std::vector<double> here;
      std::vector<double> process;
      for (int round = 0; round < kRounds; ++round) {
        here.push_back(Milliseconds([&] { return DecodePicture(file, {}).value(); }));
        process.push_back(Milliseconds([&] { return decoder.Decode(file); }));
      }
      std::printf("%-6s %6d %10zu %12.2f %12.2f %10.2f\n", extension.c_str() + 1, side, file.size() / 1024,
                  Median(here), Median(process), Median(process) - Median(here));
    }
  }
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace mlfsc

int main() { return mlfsc::Run(); }
