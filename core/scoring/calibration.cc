#include "core/scoring/calibration.h"
