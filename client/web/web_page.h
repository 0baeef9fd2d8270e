// What the inspection page's server answers: its files, its calls, and refusals.
#ifndef MLFSC_CLIENT_WEB_WEB_PAGE_H_
#define MLFSC_CLIENT_WEB_WEB_PAGE_H_

#include <cstddef>
#include <string>

#include <httplib.h>

#include "client/client.h"
#include "client/web/page_calls.h"
#include "client/web/page_files.h"
#include "client/web/request_guard.h"
#include "client/web/training_jobs.h"
#include "core/base/clock.h"

namespace mlfsc::client {

struct WebPageOptions {
  // How the page names the inspection server.
  std::string server;
  // A request with more is refused (413).
  size_t max_picture_bytes = 33 << 20;
  RequestGuard::Options guard;
  TrainingJobs::Options trainings;
};

// Thread-safe once it has been added.
class WebPage {
 public:
  // `clock` outlives the page.
  WebPage(const WebPageOptions& options, Client client, PageFiles files, Clock* clock);

  // Everything but the port. This outlives `http`.
  void AddTo(httplib::Server* http);

  // Pictures that wait for room in a training do so no longer.
  void StopTrainings() { jobs_.StopAll(); }

 private:
  void AddRefusals(httplib::Server* http);
  void AddFiles(httplib::Server* http);

  const WebPageOptions options_;
  const PageFiles files_;
  const RequestGuard guard_;
  TrainingJobs jobs_;
  PageCalls calls_;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_WEB_WEB_PAGE_H_
