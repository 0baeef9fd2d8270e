#include "core/bundle/bundle_store.h"
