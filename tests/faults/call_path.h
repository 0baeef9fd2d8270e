// Whose memory is asked for.
#ifndef MLFSC_TESTS_FAULTS_CALL_PATH_H_
#define MLFSC_TESTS_FAULTS_CALL_PATH_H_

namespace mlfsc::faults {

// Whether the calling thread's innermost frame that is ours or gRPC's is ours: gRPC and OpenSSL end the
// process when they get no memory, by design. What the C++ library, OpenCV, LibTorch, protobuf or a codec
// asks for on our behalf is ours. Asks for no memory.
bool IsForOurCode();

}  // namespace mlfsc::faults

#endif  // MLFSC_TESTS_FAULTS_CALL_PATH_H_
