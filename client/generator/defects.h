// What goes wrong with a cloth.
#ifndef MLFSC_CLIENT_GENERATOR_DEFECTS_H_
#define MLFSC_CLIENT_GENERATOR_DEFECTS_H_

#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "client/generator/random.h"

namespace mlfsc::client {

// color, contamination, hole, missing_thread, scratch, stain: the folders' names.
const std::vector<std::string>& DefectKinds();

struct DefectivePicture {
  // [size, size] CV_8UC3, red, green, blue.
  cv::Mat picture;
  // [size, size] CV_8UC1, 255 where the defect is.
  cv::Mat mask;
};

// A good picture of `size` x `size` pixels, CV_8UC3.
cv::Mat DrawGoodPicture(int size, Random* random);

// A picture with one defect of `kind`, which is one of DefectKinds, somewhere in it.
DefectivePicture DrawDefectivePicture(int size, const std::string& kind, Random* random);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_GENERATOR_DEFECTS_H_
