#include "models/vgg16.h"
