// Putting a test set before a server.
#ifndef MLFSC_CLIENT_COMMANDS_TEST_SET_H_
#define MLFSC_CLIENT_COMMANDS_TEST_SET_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/client.h"
#include "client/commands/context.h"
#include "client/evaluation/evaluation.h"
#include "client/evaluation/pixel_ranking.h"
#include "client/pictures/picture_file.h"
#include "client/pictures/picture_folder.h"

namespace mlfsc::client {

struct TestSetRequest {
  std::string category;
  // One version for all pictures, whatever is activated meanwhile.
  int64_t version = 0;
  std::vector<TestPicture> pictures;
  // Overlays are written below this folder, as <kind>/<name>.png; empty for none.
  std::string heatmap_folder;
  PictureReading reading;
  int jobs = 1;
};

struct TestSetAnswers {
  // As many as pictures, in their order.
  std::vector<InspectedPicture> pictures;
  // Paths of the overlays, likewise; empty when none were wanted.
  std::vector<std::string> heatmaps;
  // Empty when there are no masks. Defective pictures without a mask take no part in it.
  PixelEvaluation pixels;
};

// Maps are fetched only where something needs them. The first picture that fails ends it.
absl::StatusOr<TestSetAnswers> InspectTestSet(const Context& context, Client* client,
                                              const TestSetRequest& request);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_TEST_SET_H_
