// Learning a category from picture files, with a progress bar: what `train`, `eval --train` and `recalibrate`
// share.
#ifndef MLFSC_CLIENT_COMMANDS_TRAINING_H_
#define MLFSC_CLIENT_COMMANDS_TRAINING_H_

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/client.h"
#include "client/commands/context.h"
#include "client/pictures/picture_file.h"

namespace mlfsc::client {

struct PictureSize {
  int width = 0;
  int height = 0;
  int64_t pictures = 0;
};

struct Trained {
  v1::TrainResult result;
  absl::Duration took;
  // Paths of the pictures that were sent, in this order: the server knows them by their numbers here.
  std::vector<std::string> sent;
  // Why pictures could not be read, sent or decoded, each with its path in front. None unless `start` says skip_bad_pictures.
  std::vector<std::string> left_out;
  // All of them, also those beyond the first hundred that the server names.
  int left_out_count = 0;
  // Upright sides of the pictures that were sent, the most frequent first.
  std::vector<PictureSize> sizes;
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
// kept out: scores 6440; the others' limit is 1825". Prints nothing when there is nothing.
void PrintFindings(const Trained& trained, std::ostream* out);

// "version 3 learnt from 60 pictures in 0:31, 2 left out": for people.
std::string Describe(const Trained& trained);

// Pictures left out on either side.
int CountLeftOut(const Trained& trained);

// "24 pictures of 4 sizes: 20 of 640x480 px, 2 of 320x240, ..."; empty where all have the same.
std::string DescribeSizes(const std::vector<PictureSize>& sizes);

// Says on `err`, with `name` in front, which pictures were left out and that sizes differ.
void SayWhatWasOdd(const Context& context, const std::string& name, const Trained& trained);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_TRAINING_H_
