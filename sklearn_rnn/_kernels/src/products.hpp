// The two products that recurrence needs, with the samples of a chunk in the lanes.
//
// A block of numbers is laid out (n_rows, n_vectors, n_lanes): each row holds one
// quantity of every sample of the chunk. Weights are scalars, spread over the lanes.
#pragma once

#include "vectors.hpp"

namespace SKLEARN_RNN_ISA {

// Sums held in registers at a time: as many as there is room for.
#ifdef SKLEARN_RNN_32_REGISTERS
constexpr int most_rows = 12, outer_rows = 6, outer_columns = 4;
#else
constexpr int most_rows = 6, outer_rows = 3, outer_columns = 4;
#endif

// How many of `n` remaining rows are taken at once, at most `most`.
constexpr int rows_at_once(long n, int most = most_rows) {
    for (int rows : {12, 8, 6, 4, 3, 2})
        if (rows <= most && rows <= n) return rows;
    return 1;
}

// --------------------------------------------------------- weights times a block

// Weights (n_rows, n_columns), those of the rows taken at once beside each other.
template <class T> class Packed {
  public:
    Packed() = default;
    Packed(T *values, long n_columns) : values_(values), n_columns_(n_columns) {}

    // Lay out the weights that `weight(row, column)` returns.
    template <class Weight> void fill(long n_rows, Weight weight) {
        T *to = values_;
        for (long first = 0; first < n_rows;) {
            const int n = rows_at_once(n_rows - first);
            for (long k = 0; k < n_columns_; ++k)
                for (int i = 0; i < n; ++i) *to++ = weight(first + i, k);
            first += n;
        }
    }
    const T *rows(long first) const { return values_ + first * n_columns_; }
    long n_columns() const { return n_columns_; }

  private:
    T *values_ = nullptr;
    long n_columns_ = 0;
};

template <class T, int n_rows, int n_vectors>
SKLEARN_RNN_INLINE void add_product(Vector<T> (&sum)[n_rows][n_vectors], const T *weights,
                                    long n_columns, const T *block) {
    for (long k = 0; k < n_columns; ++k) {
        Vector<T> x[n_vectors];
        for (int v = 0; v < n_vectors; ++v)
            x[v] = load(block + (k * n_vectors + v) * lanes_of<T>);
        for (int i = 0; i < n_rows; ++i)
            for (int v = 0; v < n_vectors; ++v) sum[i][v] += weights[i] * x[v];
        weights += n_rows;
    }
}

template <class T, int n_rows, int n_vectors>
SKLEARN_RNN_INLINE void product_rows(T *to, const T *addend, long first,
                                     const Packed<T> &weights, const T *block) {
    Vector<T> sum[n_rows][n_vectors];
    for (int i = 0; i < n_rows; ++i)
        for (int v = 0; v < n_vectors; ++v)
            sum[i][v] = addend ? load(addend + ((first + i) * n_vectors + v) *
                                                   lanes_of<T>)
                               : Vector<T>{};
    add_product<T, n_rows, n_vectors>(sum, weights.rows(first), weights.n_columns(),
                                      block);
    for (int i = 0; i < n_rows; ++i)
        for (int v = 0; v < n_vectors; ++v)
            store(to + ((first + i) * n_vectors + v) * lanes_of<T>, sum[i][v]);
}

// to = weights x block + addend, `n_rows` rows; a null addend is 0. Each number is
// summed in the same order whatever n_vectors is, and in which run of rows it stands.
template <class T, int n_vectors>
void product(T *to, long n_rows, const Packed<T> &weights, const T *block,
             const T *addend = nullptr) {
    for (long first = 0; first < n_rows;) {
        const int n = rows_at_once(n_rows - first);
        switch (n) {
#define SKLEARN_RNN_CASE(size)                                                        \
    case size:                                                                        \
        if constexpr (size <= most_rows)                                              \
            product_rows<T, size, n_vectors>(to, addend, first, weights, block);      \
        break;
            SKLEARN_RNN_CASE(12)
            SKLEARN_RNN_CASE(8)
            SKLEARN_RNN_CASE(6)
            SKLEARN_RNN_CASE(4)
            SKLEARN_RNN_CASE(3)
            SKLEARN_RNN_CASE(2)
            SKLEARN_RNN_CASE(1)
#undef SKLEARN_RNN_CASE
        }
        first += n;
    }
}

// ------------------------------------------- blocks times blocks: weight gradients

// A run of blocks, `stride` numbers from one to the next.
template <class T> struct Blocks {
    const T *first;
    long stride;
};

// Add the sums over steps and lanes of d x b to to[row * row_stride + column].
template <class T, int n_rows, int n_columns, int n_vectors>
SKLEARN_RNN_INLINE void add_outer_tile(T *to, long row_stride, long n_steps,
                                       Blocks<T> d, Blocks<T> b) {
    constexpr long lanes = lanes_of<T>;
    constexpr long n_sums = n_rows * n_columns;
    constexpr long n_padded = (n_sums + lanes - 1) / lanes * lanes;
    Vector<T> sum[n_padded] = {};
    for (long s = 0; s < n_steps; ++s)
        for (int v = 0; v < n_vectors; ++v) {
            const T *from_d = d.first + s * d.stride + v * lanes;
            const T *from_b = b.first + s * b.stride + v * lanes;
            Vector<T> y[n_columns];
            for (int j = 0; j < n_columns; ++j)
                y[j] = load(from_b + j * n_vectors * lanes);
            for (int i = 0; i < n_rows; ++i) {
                const Vector<T> x = load(from_d + i * n_vectors * lanes);
                for (int j = 0; j < n_columns; ++j) sum[i * n_columns + j] += x * y[j];
            }
        }
    T total[n_padded];
    for (long first = 0; first < n_padded; first += lanes)
        store(total + first, sums<T, lanes>(sum + first));
    for (int i = 0; i < n_rows; ++i)
        for (int j = 0; j < n_columns; ++j)
            to[i * row_stride + j] += total[i * n_columns + j];
}

template <class T, int most, int n_columns, int n_vectors>
void add_outer_columns(T *to, long row_stride, long n_rows, long n_steps, Blocks<T> d,
                       Blocks<T> b) {
    constexpr long row = n_vectors * lanes_of<T>;
    for (long first = 0; first < n_rows;) {
        const int n = rows_at_once(n_rows - first, most);
        T *at = to + first * row_stride;
        const Blocks<T> from{d.first + first * row, d.stride};
        switch (n) {
#define SKLEARN_RNN_CASE(size)                                                        \
    case size:                                                                        \
        if constexpr (size <= most)                                                   \
            add_outer_tile<T, size, n_columns, n_vectors>(at, row_stride, n_steps,    \
                                                          from, b);                   \
        break;
            SKLEARN_RNN_CASE(12)
            SKLEARN_RNN_CASE(8)
            SKLEARN_RNN_CASE(6)
            SKLEARN_RNN_CASE(4)
            SKLEARN_RNN_CASE(3)
            SKLEARN_RNN_CASE(2)
            SKLEARN_RNN_CASE(1)
#undef SKLEARN_RNN_CASE
        }
        first += n;
    }
}

// to[i * row_stride + j] += sum over steps and lanes of d[i] * b[j].
template <class T, int n_vectors>
void add_outer(T *to, long row_stride, long n_rows, long n_columns, long n_steps,
               Blocks<T> d, Blocks<T> b) {
    constexpr long row = n_vectors * lanes_of<T>;
    for (long first = 0; first < n_columns;) {
        const int n = rows_at_once(n_columns - first, outer_columns);
        T *at = to + first;
        const Blocks<T> from{b.first + first * row, b.stride};
        switch (n) {
        case outer_columns:
            add_outer_columns<T, outer_rows, outer_columns, n_vectors>(
                at, row_stride, n_rows, n_steps, d, from);
            break;
        case 3:
            add_outer_columns<T, 4, 3, n_vectors>(at, row_stride, n_rows, n_steps, d,
                                                  from);
            break;
        case 2:
            add_outer_columns<T, most_rows, 2, n_vectors>(at, row_stride, n_rows,
                                                          n_steps, d, from);
            break;
        default:
            add_outer_columns<T, most_rows, 1, n_vectors>(at, row_stride, n_rows,
                                                          n_steps, d, from);
        }
        first += n;
    }
}

}  // namespace SKLEARN_RNN_ISA
