// Lanes through all steps of a reservoir's layer: fixed random weights, no gradients.
//
// Units are grouped in blocks; the weights of a block are contiguous, link by link. A
// lane alone keeps the units of a block in the lanes of vectors, and gathers the states
// that feed them. Several lanes keep the same quantity of each lane in a vector, and
// broadcast the weights. In both cases the numbers of a unit are summed in the order of
// its links and finished by the same instructions, so they do not depend on the other
// lanes of a call. (With a product of dense matrices they would. It takes as long with 16
// lanes, and a fifth less with hundreds, which is too little gain.)
//
// Both are limited by loads of numbers: five loads for four products of doubles. Measured
// with AVX2, at 200 to 2000 units with links to a tenth of the units.
#pragma once

#include <algorithm>

#include "problem.hpp"
#include "arena.hpp"
#include "vectors.hpp"

namespace SKLEARN_RNN_ISA {

using sklearn_rnn::Index;
using sklearn_rnn::Nonlinearity;
using sklearn_rnn::Places;
using sklearn_rnn::Reservoir;
using sklearn_rnn::units_a_block;
using sklearn_rnn::units_together;

// Lanes worked on at a time, in vectors: a row of states is two lines of the cache at
// the most. One line takes 3 % longer, and so do as many units more at a time.
constexpr int most_vectors_of_lanes = vector_bytes == 64 ? 2 : 4;
template <class T> constexpr long most_lanes_at_once =
    most_vectors_of_lanes * lanes_of<T>;

// Units of several lanes that are summed at a time: enough sums for none to wait for the
// one before, and no more than there are registers for.
constexpr int units_at_once(int n_vectors) { return n_vectors == 4 ? 2 : 4; }

// Weights stay float, as they were drawn: doubles take as long to read up to 1000 units,
// and longer beyond; a dense matrix, a third longer.
template <class T> SKLEARN_RNN_INLINE Vector<T> load_weights(const float *from) {
    typedef float Some __attribute__((vector_size(sizeof(float) * lanes_of<T>)));
    Some some;
    std::memcpy(&some, from, sizeof some);
    return __builtin_convertvector(some, Vector<T>);
}

// ------------------------------------------------------------------- one lane: gather

// The numbers that a vector's lanes hear. With four places in one load the sums take an
// eighth less time, with an instruction that gathers almost twice as long: on newer
// processors it is slow for safety's sake, or was never made fast.
template <class T, std::size_t... i>
SKLEARN_RNN_INLINE Vector<T> gather(const T *from, const Index *at,
                                    std::index_sequence<i...>) {
    if constexpr (sizeof...(i) % 4 == 0) {
        constexpr bool is_reverse = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
        std::uint64_t four[sizeof...(i) / 4];
        static_assert(4 * sizeof(Index) == sizeof *four);
        std::memcpy(four, at, sizeof four);
        return Vector<T>{
            from[Index(four[i / 4] >> 16 * (is_reverse ? 3 - i % 4 : i % 4))]...};
    } else {
        return Vector<T>{from[at[i]]...};
    }
}

// The sums of a block: weights (n_columns, units_a_block) times the numbers in `from`
// that the columns name; where they are all the same, of all of them.
template <class T, bool is_dense>
SKLEARN_RNN_INLINE void add_up(T *sums, const Index *columns, const float *weights,
                               long n_columns, const T *from) {
    constexpr long n_vectors = units_a_block / lanes_of<T>;
    Vector<T> sum[n_vectors] = {};
    for (long k = 0; k < n_columns; ++k)
        for (long v = 0; v < n_vectors; ++v) {
            const long at = k * units_a_block + v * lanes_of<T>;
            if constexpr (is_dense)
                sum[v] += load_weights<T>(weights + at) * from[k];
            else
                sum[v] += load_weights<T>(weights + at) *
                          gather(from, columns + at,
                                 std::make_index_sequence<lanes_of<T>>{});
        }
    for (long v = 0; v < n_vectors; ++v) store(sums + v * lanes_of<T>, sum[v]);
}

// ------------------------------------------------------------ several lanes: broadcast

// The same of `n_vectors` vectors of lanes: sums (units_a_block, n_lanes) of numbers
// `from` (n, n_lanes). Weights are laid out for `units_together` units.
template <class T, bool is_dense, int n_vectors>
SKLEARN_RNN_INLINE void add_up_lanes(T *sums, const Index *columns, const float *weights,
                                     long n_columns, const T *from) {
    constexpr long n_lanes = n_vectors * lanes_of<T>;
    constexpr int n_units = units_at_once(n_vectors);
    for (long first = 0; first < units_a_block; first += n_units) {
        const long together = first / units_together * units_together;
        const long begin = together * n_columns + first - together;
        Vector<T> sum[n_units][n_vectors] = {};
        for (long k = 0; k < n_columns; ++k)
            for (int i = 0; i < n_units; ++i) {
                const long at = begin + k * units_together + i;
                const T *row = from + (is_dense ? k : long(columns[at])) * n_lanes;
                for (int v = 0; v < n_vectors; ++v)
                    sum[i][v] += T(weights[at]) * load(row + v * lanes_of<T>);
            }
        for (int i = 0; i < n_units; ++i)
            for (int v = 0; v < n_vectors; ++v)
                store(sums + (first + i) * n_lanes + v * lanes_of<T>, sum[i][v]);
    }
}

// ------------------------------------------------------------------------------- steps

// The end of a block: `n_rows` rows of `n_vectors` vectors each.
template <class T> struct Finish {
    long n_rows, n_vectors;
    const T *recurrent, *leak;  // a row of each
    const T *links, *drive;     // sums over links, over inputs and bias
    const T *before;            // the states
    T *after;
    T *totals;  // the states are added to it; null: not
};

// h = (1 - a) h + a f(rho * links + drive). One copy for one lane and for several: the
// compiler may join products and sums in one way here and in another there.
template <class T, Nonlinearity f>
__attribute__((noinline)) void finish(const Finish<T> &b) {
    for (long row = 0; row < b.n_rows; ++row)
        for (long v = 0; v < b.n_vectors; ++v) {
            const long at = (row * b.n_vectors + v) * lanes_of<T>;
            const Vector<T> a = load(b.leak + v * lanes_of<T>);
            Vector<T> sum = load(b.recurrent + v * lanes_of<T>) * load(b.links + at) +
                            load(b.drive + at);
            if constexpr (f == Nonlinearity::tanh)
                sum = tanh<T>(sum);
            else if constexpr (f == Nonlinearity::relu)
                sum = sum < T(0) ? Vector<T>{} : sum;  // NaN stays
            const Vector<T> kept = (T(1) - a) * load(b.before + at);
            const Vector<T> h = a * sum + kept;
            store(b.after + at, h);
            if (b.totals) store(b.totals + at, load(b.totals + at) + h);
        }
}

// Working memory of a group of lanes. All but the factors are (n, n_lanes).
template <class T> struct GroupArena {
    T *h[2], *totals, *inputs;  // inputs: (n_features + 1) rows, the last one the biases
    T *input_factor;            // (n_lanes,)
    T *recurrent, *leak;        // rows of `finish`
    std::size_t bytes;

    GroupArena(const Reservoir &r, long n_lanes, void *memory) {
        Arena<T> arena(memory);
        const long n_states = sklearn_rnn::padded(r.n_units) * n_lanes;
        h[0] = arena.take(n_states);
        h[1] = arena.take(n_states);
        totals = r.sums.values ? arena.take(n_states) : nullptr;
        inputs = arena.take((r.n_features + 1) * n_lanes);
        input_factor = arena.take(n_lanes);
        const long n_row = n_lanes == 1 ? units_a_block : n_lanes;
        recurrent = arena.take(n_row);
        leak = arena.take(n_row);
        bytes = arena.bytes();
    }
};

template <class T, class X>
void read_inputs(const Reservoir &r, long first, long n, long n_lanes, long step,
                 const T *factor, T *to) {
    for (long lane = 0; lane < n; ++lane) {
        const X *from = static_cast<const X *>(r.x.values) +
                        r.rows[first + lane] * r.x.strides[0] + step * r.x.strides[1];
        for (long f = 0; f < r.n_features; ++f)
            to[f * n_lanes + lane] = factor[lane] * T(from[f * r.x.strides[2]]);
    }
}

// Rows of units -> (n_lanes, n_units) with strides, and back.
template <class T>
void write_lanes(T *to, long lane_stride, long unit_stride, const T *rows, long n_lanes,
                 long n_units, long n) {
    for (long lane = 0; lane < n; ++lane)
        for (long j = 0; j < n_units; ++j)
            to[lane * lane_stride + j * unit_stride] = rows[j * n_lanes + lane];
}
template <class T>
void read_lanes(const T *from, long lane_stride, long unit_stride, T *rows, long n_lanes,
                long n_units, long n) {
    for (long lane = 0; lane < n; ++lane)
        for (long j = 0; j < n_units; ++j)
            rows[j * n_lanes + lane] = from[lane * lane_stride + j * unit_stride];
}

// Swap the upper half of each group of 2 * size lanes in `a` with the lower one in `b`.
template <class T, long size, std::size_t... i>
SKLEARN_RNN_INLINE void swap_halves(Vector<T> &a, Vector<T> &b,
                                    std::index_sequence<i...>) {
    constexpr long n = lanes_of<T>;
    const Vector<T> lower =
        __builtin_shufflevector(a, b, (i & size ? n + i - size : i)...);
    b = __builtin_shufflevector(a, b, (i & size ? n + i : i + size)...);
    a = lower;
}

// Transpose the square that as many vectors as they have lanes make.
template <class T, long size = 1> SKLEARN_RNN_INLINE void transpose(Vector<T> *v) {
    if constexpr (size < lanes_of<T>) {
        for (long i = 0; i < lanes_of<T>; ++i)
            if (!(i & size))
                swap_halves<T, size>(v[i], v[i + size],
                                     std::make_index_sequence<lanes_of<T>>{});
        transpose<T, 2 * size>(v);
    }
}

// A whole block (units_a_block, n_vectors) -> (n_lanes, units_a_block), units side by
// side: in squares, since number by number it takes three times as long.
template <class T, int n_vectors>
void write_block(T *to, long lane_stride, const T *block, long n) {
    constexpr long size = lanes_of<T>;
    for (long first = 0; first < n; first += size)
        for (long unit = 0; unit < units_a_block; unit += size) {
            Vector<T> square[size];
            for (long i = 0; i < size; ++i)
                square[i] = load(block + (unit + i) * n_vectors * size + first);
            transpose<T>(square);
            for (long i = 0; i < size && first + i < n; ++i)
                store(to + (first + i) * lane_stride + unit, square[i]);
        }
}

// Lanes [first, first + n) through all steps; n_vectors 0: one lane alone.
template <class T, Nonlinearity f, int n_vectors>
void run_group(const Reservoir &r, long first, long n, void *memory) {
    constexpr long n_lanes = n_vectors ? n_vectors * lanes_of<T> : 1;
    const GroupArena<T> arena(r, n_lanes, memory);
    std::fill_n(static_cast<char *>(memory), arena.bytes, char(0));
    const bool is_dense = r.n_links == r.n_units;

    for (long lane = 0; lane < n; ++lane) {
        arena.input_factor[lane] = T(r.inputs[first + lane]);
        arena.inputs[r.n_features * n_lanes + lane] = T(r.bias[first + lane]);
    }
    const long n_row = n_vectors ? n : units_a_block;
    for (long i = 0; i < n_row; ++i) {
        arena.recurrent[i] = T(r.recurrent[n_vectors ? first + i : first]);
        arena.leak[i] = T(r.leak[n_vectors ? first + i : first]);
    }
    const auto at = [&](const Places &places) {
        return static_cast<T *>(places.values) + first * places.strides[0];
    };
    read_lanes(at(r.state), r.state.strides[0], r.state.strides[1], arena.h[0], n_lanes,
               r.n_units, n);
    if (arena.totals)
        read_lanes(at(r.sums), r.sums.strides[0], r.sums.strides[1], arena.totals, n_lanes,
                   r.n_units, n);

    alignas(64) T links[units_a_block * n_lanes], drive[units_a_block * n_lanes];
    const long n_in_block = n_vectors ? n_vectors : units_a_block / lanes_of<T>;
    for (long step = 0; step < r.n_steps; ++step) {
        const T *before = arena.h[step % 2];
        T *after = arena.h[(step + 1) % 2];
        (r.x_is_double ? read_inputs<T, double> : read_inputs<T, float>)(
            r, first, n, n_lanes, step, arena.input_factor, arena.inputs);
        for (long unit = 0; unit < r.n_units; unit += units_a_block) {
            const long at_h = unit * n_lanes;
            const Index *columns = r.links + (is_dense ? 0 : unit * r.n_links);
            const float *weights = r.w + unit * r.n_links;
            const float *in_weights = r.w_in + unit * (r.n_features + 1);
            if constexpr (n_vectors == 0) {
                add_up<T, true>(drive, nullptr, in_weights, r.n_features + 1,
                                arena.inputs);
                if (is_dense)
                    add_up<T, true>(links, nullptr, weights, r.n_links, before);
                else
                    add_up<T, false>(links, columns, weights, r.n_links, before);
            } else {
                add_up_lanes<T, true, n_vectors>(drive, nullptr, in_weights,
                                                 r.n_features + 1, arena.inputs);
                if (is_dense)
                    add_up_lanes<T, true, n_vectors>(links, nullptr, weights, r.n_links,
                                                     before);
                else
                    add_up_lanes<T, false, n_vectors>(links, columns, weights, r.n_links,
                                                      before);
            }
            finish<T, f>({n_vectors ? units_a_block : 1, n_in_block, arena.recurrent,
                          arena.leak, links, drive, before + at_h, after + at_h,
                          arena.totals ? arena.totals + at_h : nullptr});
            if (!r.states.values) continue;
            T *to = at(r.states) + step * r.states.strides[1] + unit * r.states.strides[2];
            const long n_units = std::min(units_a_block, r.n_units - unit);
            if (n_vectors && n_units == units_a_block && r.states.strides[2] == 1)
                write_block<T, n_vectors>(to, r.states.strides[0], after + at_h, n);
            else
                write_lanes(to, r.states.strides[0], r.states.strides[2], after + at_h,
                            n_lanes, n_units, n);
        }
    }
    write_lanes(at(r.state), r.state.strides[0], r.state.strides[1],
                arena.h[r.n_steps % 2], n_lanes, r.n_units, n);
    if (arena.totals)
        write_lanes(at(r.sums), r.sums.strides[0], r.sums.strides[1], arena.totals,
                    n_lanes, r.n_units, n);
}

// All lanes. The last ones leave lanes of a wide group empty where several narrow ones
// would take longer.
template <class T, Nonlinearity f> void run_lanes(const Reservoir &r, void *memory) {
    for (long first = 0; first < r.n_lanes;) {
        const long n_left = r.n_lanes - first;
        long n = 1;
        if (r.is_for_one_lane) {
            run_group<T, f, 0>(r, first, 1, memory);
        } else if (n_left <= lanes_of<T>) {
            n = n_left;
            run_group<T, f, 1>(r, first, n, memory);
        } else if (most_vectors_of_lanes == 2 || n_left <= 3 * lanes_of<T>) {
            n = std::min(n_left, 2 * lanes_of<T>);
            run_group<T, f, 2>(r, first, n, memory);
        } else {
            n = std::min(n_left, most_lanes_at_once<T>);
            run_group<T, f, most_vectors_of_lanes>(r, first, n, memory);
        }
        first += n;
    }
}

template <class T> void run_reservoir_in(const Reservoir &r, void *memory) {
    switch (r.nonlinearity) {
    case Nonlinearity::tanh: return run_lanes<T, Nonlinearity::tanh>(r, memory);
    case Nonlinearity::relu: return run_lanes<T, Nonlinearity::relu>(r, memory);
    case Nonlinearity::identity: return run_lanes<T, Nonlinearity::identity>(r, memory);
    }
}

// ------------------------------------------------------------ interface of the kernel

inline std::size_t reservoir_bytes(const Reservoir &r) {
    return r.is_double ? GroupArena<double>(r, most_lanes_at_once<double>, nullptr).bytes
                       : GroupArena<float>(r, most_lanes_at_once<float>, nullptr).bytes;
}

inline void run_reservoir(const Reservoir &r, void *memory) {
    (r.is_double ? run_reservoir_in<double> : run_reservoir_in<float>)(r, memory);
}

}  // namespace SKLEARN_RNN_ISA
