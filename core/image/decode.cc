#include "core/image/decode.h"
