// Room on the stacks of threads that libraries make.
//
// civetweb, which serves the metrics' page, gives its threads 100 KiB. glibc puts the thread-local variables
// of all shared libraries on a thread's stack, those of OpenBLAS and of what LibTorch needs are larger than
// that, and pthread_create fails. So this program's pthread_attr_setstacksize, which the libraries find
// before glibc's, does not go below what is plenty for both.
#include <algorithm>
#include <cstddef>

#include <dlfcn.h>
#include <pthread.h>

extern "C" int pthread_attr_setstacksize(pthread_attr_t* attributes, size_t size) noexcept {
  constexpr size_t kLeast = size_t{512} << 10;
  using Function = int (*)(pthread_attr_t*, size_t);
  static const auto next = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "pthread_attr_setstacksize"));
  return next(attributes, std::max(size, kLeast));
}
