#include "core/serving/feature_stage.h"
