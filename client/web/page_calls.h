// The calls of the inspection page, each one call of the client library:
//
//     GET    /api/server                               {"server", "max_picture_bytes"}
//     GET    /api/categories                           {"categories": [...]}
//     DELETE /api/categories/C
//     POST   /api/categories/C/score?version=V         a picture file -> the inspection
//     POST   /api/categories/C/heatmap?version=V&with_picture=true   a picture file -> what was found, map
//                                                      and the picture
//     POST   /api/categories/C/activate                {"version"}
//     POST   /api/categories/C/threshold               {"version", "threshold" or "false_alarm_rate"}
//     DELETE /api/categories/C/versions/V
//     GET    /api/categories/C/versions/V/bundle       the version as one file
//     POST   /api/import?category=C&keep_active=true   such a file -> {"category", "version"}
//     GET    /api/statistics
//     GET    /api/trainings                            {"trainings": [...]}
//     POST   /api/trainings                            {"category", "pictures", ...} -> what runs
//     PUT    /api/trainings/T/pictures/I               a picture file
//     GET    /api/trainings/T
//     DELETE /api/trainings/T
//
// Errors are as in answers.h.
#ifndef MLFSC_CLIENT_WEB_PAGE_CALLS_H_
#define MLFSC_CLIENT_WEB_PAGE_CALLS_H_

#include <cstddef>
#include <string>

#include <httplib.h>

#include "client/client.h"
#include "client/pictures/picture_file.h"
#include "client/web/training_jobs.h"

namespace mlfsc::client {

// Thread-safe once the routes are added.
class PageCalls {
 public:
  struct Options {
    // How the page names the inspection server to its visitors.
    std::string server;
    // What the page may send at once, a picture or a version's file; also the largest file that it gets.
    size_t max_picture_bytes = 0;
    // What is stated of all picture files.
    PictureReading reading;
  };

  // `jobs` outlives this.
  PageCalls(Client client, TrainingJobs* jobs, Options options)
      : client_(std::move(client)), jobs_(jobs), options_(std::move(options)) {}

  // This outlives `http`.
  void AddTo(httplib::Server* http);

 private:
  void AddCategoryCalls(httplib::Server* http);
  void AddTrainingCalls(httplib::Server* http);
  void Score(const httplib::Request& request, httplib::Response* response);
  void Heatmap(const httplib::Request& request, httplib::Response* response);
  void Export(const httplib::Request& request, httplib::Response* response);
  void Import(const httplib::Request& request, httplib::Response* response);
  void SetThreshold(const httplib::Request& request, httplib::Response* response);
  void BeginTraining(const httplib::Request& request, httplib::Response* response);

  Client client_;
  TrainingJobs* const jobs_;
  const Options options_;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_WEB_PAGE_CALLS_H_
