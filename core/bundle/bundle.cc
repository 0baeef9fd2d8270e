#include "core/bundle/bundle.h"
