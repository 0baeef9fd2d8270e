#include "core/scoring/heatmap.h"
