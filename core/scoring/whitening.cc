#include "core/scoring/whitening.h"
