#include "core/features/feature_options.h"
