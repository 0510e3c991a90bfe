// Vectors of numbers that one instruction works on, and functions of them.
//
// Everything is written with the compiler's vector types: this header knows no
// instruction set but the width, in bytes, that it is compiled for.
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>

#ifndef SKLEARN_RNN_VECTOR_BYTES
#define SKLEARN_RNN_VECTOR_BYTES 16
#endif

#define SKLEARN_RNN_INLINE inline __attribute__((always_inline))

namespace SKLEARN_RNN_ISA {

constexpr long vector_bytes = SKLEARN_RNN_VECTOR_BYTES;

template <class T> struct VectorOf;
template <> struct VectorOf<float> {
    typedef float type __attribute__((vector_size(vector_bytes)));
    typedef std::uint32_t bits __attribute__((vector_size(vector_bytes)));
};
template <> struct VectorOf<double> {
    typedef double type __attribute__((vector_size(vector_bytes)));
    typedef std::uint64_t bits __attribute__((vector_size(vector_bytes)));
};

template <class T> using Vector = typename VectorOf<T>::type;
template <class T> using Bits = typename VectorOf<T>::bits;
template <class T> constexpr long lanes_of = vector_bytes / long(sizeof(T));

template <class T> SKLEARN_RNN_INLINE Vector<T> load(const T *from) {
    Vector<T> v;
    std::memcpy(&v, from, sizeof v);
    return v;
}

template <class T> SKLEARN_RNN_INLINE void store(T *to, Vector<T> v) {
    std::memcpy(to, &v, sizeof v);
}

template <class T> SKLEARN_RNN_INLINE Vector<T> all(T value) {
    return value - Vector<T>{};
}

// ---------------------------------------------------------------- sums over the lanes

template <long n_lanes> struct Halves {
    // Lane `i` of the vector that the first (upper = 0) or second halves of the groups
    // of two vectors make, each group `size` lanes wide.
    static constexpr long lane(long i, long size, long upper) {
        const long half = size / 2;
        return i / half * size + i % half + upper * half;
    }
};

// Add the halves of each group of `size` lanes: half as many lanes for each number.
template <class T, long size, std::size_t... i>
SKLEARN_RNN_INLINE Vector<T> fold(Vector<T> a, Vector<T> b, std::index_sequence<i...>) {
    using H = Halves<lanes_of<T>>;
    return __builtin_shufflevector(a, b, H::lane(i, size, 0)...) +
           __builtin_shufflevector(a, b, H::lane(i, size, 1)...);
}

// Sum each of `size` vectors over its lanes: lane i of the result is the sum of v[i].
template <class T, long size> SKLEARN_RNN_INLINE Vector<T> sums(const Vector<T> *v) {
    if constexpr (size == 1) {
        return v[0];
    } else {
        return fold<T, 2 * lanes_of<T> / size>(
            sums<T, size / 2>(v), sums<T, size / 2>(v + size / 2),
            std::make_index_sequence<lanes_of<T>>{});
    }
}

// ------------------------------------------------------------------- tanh and sigmoid

template <class T> struct Exponential;
template <> struct Exponential<float> {
    static constexpr int n_terms = 4;  // exact to rounding for |x| <= log(2) / 2
    static constexpr float magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds
    static constexpr std::uint32_t bias = 127;
    static constexpr int n_fraction_bits = 23;
    static constexpr float log2_high = 0.693145751953125f;  // its last 9 bits are zero
    static constexpr float log2_low = 1.428606765330187e-06f;
    static constexpr float largest = 87.0f;
};
template <> struct Exponential<double> {
    static constexpr int n_terms = 7;
    static constexpr double magic = 6755399441055744.0;  // 1.5 * 2^52
    static constexpr std::uint64_t bias = 1023;
    static constexpr int n_fraction_bits = 52;
    static constexpr double log2_high = 0.6931471803691238;
    static constexpr double log2_low = 1.9082149292705877e-10;
    static constexpr double largest = 700.0;
};

// x / tanh(x / 2) as a series in x * x, its terms from number n on.
constexpr double even_terms[] = {
    2.0, 1.0 / 6, -1.0 / 360, 1.0 / 15120, -1.0 / 604800, 1.0 / 23950080,
    -691.0 / 653837184000,
};
template <class T, int n = 0> SKLEARN_RNN_INLINE Vector<T> even_part(Vector<T> x_squared) {
    if constexpr (n == Exponential<T>::n_terms - 1)
        return all(T(even_terms[n]));
    else
        return even_part<T, n + 1>(x_squared) * x_squared + T(even_terms[n]);
}

// Parts of exp(x): exp(x) = power * (even + odd) / (even - odd), where power is a
// power of two and odd is small. Half as many terms as of exp's own series are enough,
// and tanh and sigmoid still divide only once. NaN stays NaN.
template <class T> struct ExpParts {
    Vector<T> power, even, odd;
};

template <class T> SKLEARN_RNN_INLINE ExpParts<T> exp_parts(Vector<T> x) {
    using E = Exponential<T>;
    const Vector<T> shifted = x * T(1.4426950408889634) + E::magic;
    const Vector<T> n = shifted - E::magic;
    const Vector<T> r = (x - n * E::log2_high) - n * E::log2_low;
    // The low bits of `shifted` hold n; they become the exponent.
    const Bits<T> exponent = (Bits<T>)shifted + E::bias;
    return {(Vector<T>)(exponent << E::n_fraction_bits), even_part<T>(r * r), r};
}

template <class T> SKLEARN_RNN_INLINE Vector<T> clamp(Vector<T> x, T limit) {
    x = x > limit ? all(limit) : x;
    return x < -limit ? all(-limit) : x;
}

// 1 / (exp(-x) + 1)
template <class T> SKLEARN_RNN_INLINE Vector<T> sigmoid(Vector<T> x) {
    const ExpParts<T> e = exp_parts<T>(clamp<T>(-x, Exponential<T>::largest));
    const Vector<T> lower = e.even - e.odd;
    return lower / (e.power * (e.even + e.odd) + lower);
}

// tanh(x) = (exp(2x) - 1) / (exp(2x) + 1), without loss near zero: there power is 1.
template <class T> SKLEARN_RNN_INLINE Vector<T> tanh(Vector<T> x) {
    // Beyond it, 1 is the nearest number.
    const T limit = sizeof(T) == 4 ? T(10) : T(20);
    const ExpParts<T> e = exp_parts<T>(T(2) * clamp<T>(x, limit));
    const Vector<T> less = e.power - T(1), more = e.power + T(1);
    const Vector<T> more_odd = more * e.odd, less_odd = less * e.odd;
    return (less * e.even + more_odd) / (more * e.even + less_odd);
}

}  // namespace SKLEARN_RNN_ISA
