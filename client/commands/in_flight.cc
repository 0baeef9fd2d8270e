#include "client/commands/in_flight.h"

#include <algorithm>

#include "client/terminal/progress_bar.h"
#include "core/base/mutex.h"
#include "core/base/thread_pool.h"

namespace mlfsc::client {

void AddJobsFlag(CLI::App* command, int* jobs) {
  command->add_option("--jobs", *jobs, "Requests in flight at once")
      ->check(CLI::Range(1, 256).description(""))
      ->type_name("NUMBER")
      ->capture_default_str();
}

absl::Status RunInFlight(const Context& context, int jobs, const std::string& label, int64_t count,
                         const std::function<absl::Status(int64_t)>& work) {
  ProgressBar bar(context.terminal, context.clock);
  bar.ShowWithTimeLeft(label, 0, count);
  // The calling thread works too.
  ThreadPool threads(static_cast<int>(std::clamp<int64_t>(count - 1, 0, jobs - 1)));
  Mutex mutex;
  absl::Status status;
  int64_t done = 0;
  threads.ParallelFor(count, [&](int64_t i) {
    {
      MutexLock lock(&mutex);
      if (!status.ok()) return;
    }
    const absl::Status worked = work(i);
    MutexLock lock(&mutex);
    status.Update(worked);
    bar.ShowWithTimeLeft(label, ++done, count);
  });
  return status;
}

}  // namespace mlfsc::client
