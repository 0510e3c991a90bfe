// Parts of one piece of memory.
#pragma once

#include <cstddef>

namespace SKLEARN_RNN_ISA {

// Hands out parts of a piece of memory, or only counts them.
template <class T> class Arena {
  public:
    explicit Arena(void *memory = nullptr) : memory_(static_cast<T *>(memory)) {}
    T *take(long n) {
        T *part = memory_ ? memory_ + taken_ : nullptr;
        const long unit = 64 / long(sizeof(T));  // a line of the cache
        taken_ += (n + unit - 1) / unit * unit;
        return part;
    }
    std::size_t bytes() const { return std::size_t(taken_) * sizeof(T); }

  private:
    T *memory_;
    long taken_ = 0;
};

}  // namespace SKLEARN_RNN_ISA
