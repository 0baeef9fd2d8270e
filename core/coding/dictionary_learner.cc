#include "core/coding/dictionary_learner.h"
