#include "core/bundle/safetensors.h"
