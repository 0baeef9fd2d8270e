#include "server/convert.h"
