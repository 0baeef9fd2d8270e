#include "core/serving/training_run.h"
