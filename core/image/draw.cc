#include "core/image/draw.h"
