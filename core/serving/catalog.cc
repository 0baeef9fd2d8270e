#include "core/serving/catalog.h"
