#include "core/bundle/category_options.h"
