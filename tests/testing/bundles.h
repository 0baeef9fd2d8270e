// Bundles without training: of the right shapes, with random values.
#ifndef MLFSC_TESTS_TESTING_BUNDLES_H_
#define MLFSC_TESTS_TESTING_BUNDLES_H_

#include "core/bundle/bundle.h"

namespace mlfsc::testing {

// `pixels` at 32 x 32, 3 atoms of 8 x 8 cells: a bundle of about 1 KiB, whitened.
CategoryOptions SmallOptions();

// A valid bundle with these options. Equal arguments give equal bundles.
Bundle RandomBundle(const CategoryOptions& options, unsigned seed);

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_TESTING_BUNDLES_H_
