#include "core/coding/residual_coder.h"
