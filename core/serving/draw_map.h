// The map of an inspection, in the format that was asked for.
#ifndef MLFSC_CORE_SERVING_DRAW_MAP_H_
#define MLFSC_CORE_SERVING_DRAW_MAP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/image/draw.h"
#include "core/image/image.h"
#include "core/scoring/heatmap.h"

namespace mlfsc {

enum class HeatmapFormat { kOverlayPng, kColorMapPng, kFloat32 };

// PNG bytes, or float32 values row by row, of `map`. It is made a few rows at a time. `image`: what an overlay
// is drawn on, of the map's size; else not looked at. `regions`: marked on an overlay.
absl::StatusOr<std::string> DrawMap(HeatmapFormat format, const HeatmapRows& map, const ColorScale& scale,
                                    const Image& image, const std::vector<Region>& regions);

// What drawing a map of height x width takes at most, and then its answer until it has been taken: of a PNG
// file as many bytes as pixels have (a colour map fewer), and of each answer a copy on its way out.
int64_t DrawingMemory(HeatmapFormat format, int height, int width);

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_DRAW_MAP_H_
