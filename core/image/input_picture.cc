#include "core/image/input_picture.h"
