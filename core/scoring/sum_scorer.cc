#include "core/scoring/sum_scorer.h"
