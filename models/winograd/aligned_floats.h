// Memory for vectors.
#ifndef MLFSC_MODELS_WINOGRAD_ALIGNED_FLOATS_H_
#define MLFSC_MODELS_WINOGRAD_ALIGNED_FLOATS_H_

#include <cstddef>
#include <cstdlib>
#include <memory>

namespace mlfsc::winograd {

// A fixed number of floats, zero at first, aligned for any vector; large ones in huge pages where the system
// has them. Throws std::bad_alloc.
class AlignedFloats {
 public:
  AlignedFloats() = default;
  explicit AlignedFloats(size_t count);

  float* data() { return values_.get(); }
  const float* data() const { return values_.get(); }
  size_t size() const { return count_; }

 private:
  struct Free {
    void operator()(float* values) const { std::free(values); }
  };
  std::unique_ptr<float, Free> values_;
  size_t count_ = 0;
};

}  // namespace mlfsc::winograd

#endif  // MLFSC_MODELS_WINOGRAD_ALIGNED_FLOATS_H_
