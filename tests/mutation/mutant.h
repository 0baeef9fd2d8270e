// Included before everything else in the mutation check's build: which mutant of a switched file runs
// (switchboard.py); 0 is none.
#ifndef MLFSC_TESTS_MUTATION_MUTANT_H_
#define MLFSC_TESTS_MUTATION_MUTANT_H_

#include <cstdlib>

inline const int mlfsc_mutant =
    std::getenv("MLFSC_MUTANT") != nullptr ? std::atoi(std::getenv("MLFSC_MUTANT")) : 0;

#endif  // MLFSC_TESTS_MUTATION_MUTANT_H_
