// A library that makes the server it is preloaded into leak, to see that a soak finds it. Which, by the
// environment: MLFSC_LEAK=memory (256 KiB a second), files or threads (one a second).
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

namespace {

void LeakOnce(const std::string& what) {
  if (what == "memory") {
    constexpr size_t kBytes = size_t{256} << 10;
    std::memset(std::malloc(kBytes), 1, kBytes);
  } else if (what == "files") {
    static_cast<void>(open("/dev/null", O_RDONLY | O_CLOEXEC));
  } else if (what == "threads") {
    std::thread([] { pause(); }).detach();
  }
}

bool InServer() {
  char name[4096];
  const ssize_t size = readlink("/proc/self/exe", name, sizeof(name));
  return size > 0 && std::string(name, static_cast<size_t>(size)).find("server") != std::string::npos;
}

__attribute__((constructor)) void Begin() {
  const char* const what = std::getenv("MLFSC_LEAK");  // NOLINT(concurrency-mt-unsafe): before any thread
  if (what == nullptr || !InServer()) return;
  std::thread([what = std::string(what)] {
    while (true) {
      std::this_thread::sleep_for(std::chrono::seconds(1));
      LeakOnce(what);
    }
  }).detach();
}

}  // namespace
