// The control file in the server's memory.
#ifndef MLFSC_TESTS_FAULTS_SHARED_CONTROL_H_
#define MLFSC_TESTS_FAULTS_SHARED_CONTROL_H_

#include "tests/faults/control.h"

namespace mlfsc::faults {

// Null until the library has been set up, and when nobody steers it.
extern Control* control;

// Whether a fault is at work in this thread: what it calls itself is let through.
extern thread_local bool inside __attribute__((tls_model("initial-exec")));

}  // namespace mlfsc::faults

#endif  // MLFSC_TESTS_FAULTS_SHARED_CONTROL_H_
