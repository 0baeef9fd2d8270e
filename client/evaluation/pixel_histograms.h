// Pixels of many pictures in few bins: what is drawn from again and again.
#ifndef MLFSC_CLIENT_EVALUATION_PIXEL_HISTOGRAMS_H_
#define MLFSC_CLIENT_EVALUATION_PIXEL_HISTOGRAMS_H_

#include <vector>

#include "client/evaluation/pixel_measures.h"

namespace mlfsc::client {

// By picture, in bins of ever larger values that all pictures share.
struct PixelHistograms {
  struct Picture {
    // Good pixels a bin.
    std::vector<float> good;
    // Bad pixels a bin; empty when there are none.
    std::vector<float> bad;
    // Sum over the picture's regions of the share of the region in a bin; likewise.
    std::vector<float> overlap;
    int regions = 0;
  };

  int bins = 0;
  std::vector<Picture> pictures;
};

// The measures with each picture counted `times` over. Values within a bin count as ties, so that they are as
// exact as the bins are narrow.
PixelMeasures MeasureHistograms(const PixelHistograms& histograms, const std::vector<int>& times);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_EVALUATION_PIXEL_HISTOGRAMS_H_
