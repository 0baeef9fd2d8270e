#include "core/features/feature_extractor.h"
