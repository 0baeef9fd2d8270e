#include "core/serving/inspector.h"
