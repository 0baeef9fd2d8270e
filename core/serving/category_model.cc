#include "core/serving/category_model.h"
