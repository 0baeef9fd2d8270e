// Putting a test set before a server.
#ifndef MLFSC_CLIENT_COMMANDS_TEST_SET_H_
#define MLFSC_CLIENT_COMMANDS_TEST_SET_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/client.h"
#include "client/commands/context.h"
#include "client/commands/test_set_check.h"
#include "client/evaluation/evaluation.h"
#include "client/evaluation/pixel_ranking.h"
#include "client/pictures/data_set.h"
#include "client/pictures/picture_file.h"

namespace mlfsc::client {

struct TestSetRequest {
  std::string category;
  // One version for all pictures, whatever is activated meanwhile.
  int64_t version = 0;
  // As CheckTestSet left them.
  std::vector<TestPicture> pictures;
  MaskFrame mask_frame = MaskFrame::kBySides;
  // Heatmaps are written below this folder, as <kind>/<name>.png, .picture.png and .mask.png; empty for none.
  std::string heatmap_folder;
  PictureReading reading;
  int jobs = 1;
  // A picture that the server refuses is an error.
  bool strict = false;
};

// What is written of a picture, to be shown: paths of PNG files.
struct HeatmapFiles {
  // The overlay, in the picture's size.
  std::string heatmap;
  // The picture as it was scored, upright and by its bit depth; its longer side has at most 960 px.
  std::string picture;
  // The union of its masks, white where defective, in no larger size; empty where it has none.
  std::string mask;
};

struct TestSetAnswers {
  // In the order of the pictures, without those left out.
  std::vector<InspectedPicture> pictures;
  // Refused by the server.
  std::vector<LeftOut> left_out;
  // Likewise; empty when none were wanted.
  std::vector<HeatmapFiles> heatmaps;
  // Empty when there are no masks. Defective pictures without a mask take no part in it.
  PixelEvaluation pixels;
};

// Where the files of `pictures` go below `folder`, one each; none when `folder` is empty. As OutputPaths.
absl::StatusOr<std::vector<HeatmapFiles>> HeatmapPaths(const std::vector<TestPicture>& pictures,
                                                       const std::string& folder);

// Maps are fetched only where something needs them. A picture that the server refuses, or that has gone since
// it was checked, is left out, unless `strict`; any other failure ends it. InvalidArgument when no picture is
// left.
absl::StatusOr<TestSetAnswers> InspectTestSet(const Context& context, Client* client,
                                              const TestSetRequest& request);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_TEST_SET_H_
