// Learning a category from picture files, with a progress bar: what `train`, `eval --train` and `recalibrate`
// share.
#ifndef MLFSC_CLIENT_COMMANDS_TRAINING_H_
#define MLFSC_CLIENT_COMMANDS_TRAINING_H_

#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/client.h"
#include "client/commands/context.h"
#include "client/pictures/picture_file.h"

namespace mlfsc::client {

struct Trained {
  v1::TrainResult result;
  absl::Duration took;
};

// Sends `pictures` (paths) in their order and waits for the new version. What is odd about them is said on
// `err`; an error about one of them names it.
absl::StatusOr<Trained> TrainOnFiles(const Context& context, Client* client,
                                     const v1::TrainRequest::Start& start,
                                     const std::vector<std::string>& pictures,
                                     const PictureReading& reading = {});

// The same with pictures to calibrate on.
absl::StatusOr<Trained> RecalibrateOnFiles(const Context& context, Client* client,
                                           const v1::RecalibrateCategoryRequest::Start& start,
                                           const std::vector<std::string>& pictures,
                                           const PictureReading& reading = {});

// What the server noticed about the pictures, a line each: "bad.png does not look like the others and was
// kept out: scores 6440; the others' limit is 1825". `pictures`: as they were sent. Prints nothing when there
// is nothing.
void PrintFindings(const v1::TrainResult& result, const std::vector<std::string>& pictures,
                   std::ostream* out);

// "version 3 learnt from 60 pictures in 0:31": for people.
std::string Describe(const Trained& trained);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_TRAINING_H_
