#include "core/scoring/scorer.h"

#include <algorithm>

namespace mlfsc {

double PatchMap::Max() const { return values.empty() ? 0 : *std::max_element(values.begin(), values.end()); }

}  // namespace mlfsc
