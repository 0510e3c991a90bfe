// A chunk of samples through all steps of a layer, and back.
#pragma once

#include <algorithm>

#include "cells.hpp"
#include "problem.hpp"
#include "products.hpp"
#include "arena.hpp"

namespace SKLEARN_RNN_ISA {

using sklearn_rnn::Gradients;
using sklearn_rnn::Problem;
using sklearn_rnn::Results;
using sklearn_rnn::Strided;

// A chunk is as many samples as two vectors hold; one vector where they suffice.
constexpr long most_vectors = 2;
template <class T> constexpr long most_lanes = most_vectors * lanes_of<T>;

// Steps whose weight gradients are summed at a time: as many as pay for the sums over
// the lanes, and as stay in the cache.
constexpr long most_steps_a_block = 20, least_steps_a_block = 8;
constexpr long block_bytes = 384 * 1024;

template <class T> long steps_a_block(long n_rows) {
    const long n = block_bytes / long(n_rows * most_lanes<T> * sizeof(T));
    return std::clamp(n, least_steps_a_block, most_steps_a_block);
}

// --------------------------------------------------------------------------- weights

template <class C> constexpr int n_pieces = sizeof(C::pieces) / sizeof(Piece);

// Factors of the weights of a piece: a run of rows of the step's input, a row of ones for
// the bias, and the state before the step, in this order.
struct Columns {
    long first, n;
    Columns(const Problem &p, const Piece &piece)
        : first(piece.from_input ? 0 : p.n_features),
          n((piece.from_input ? p.n_features : 0) + 1 +
            (piece.from_hidden ? p.n_hidden : 0)) {}
};

template <class C, class T> struct ForwardWeights {
    Packed<T> pieces[n_pieces<C>];
    std::size_t bytes;

    ForwardWeights(const Problem &p, void *memory) {
        Arena<T> arena(memory);
        for (int i = 0; i < n_pieces<C>; ++i) {
            const Columns columns(p, C::pieces[i]);
            const long n_rows = C::pieces[i].n_gates * p.n_hidden;
            pieces[i] = {arena.take(n_rows * columns.n), columns.n};
        }
        bytes = arena.bytes();
    }

    void fill(const Problem &p) {
        const T *w_ih = static_cast<const T *>(p.w_ih);
        const T *w_hh = static_cast<const T *>(p.w_hh);
        const T *b_ih = static_cast<const T *>(p.b_ih);
        const T *b_hh = static_cast<const T *>(p.b_hh);
        for (int i = 0; i < n_pieces<C>; ++i) {
            const Piece piece = C::pieces[i];
            const long first = piece.first_gate * p.n_hidden;
            const long at_one = piece.from_input ? p.n_features : 0;
            pieces[i].fill(piece.n_gates * p.n_hidden, [&](long r, long k) {
                const long row = first + r;
                if (k < at_one) return w_ih[row * p.n_features + k];
                if (k > at_one) return w_hh[row * p.n_hidden + k - at_one - 1];
                return (piece.from_input ? b_ih[row] : T(0)) +
                       (piece.from_hidden ? b_hh[row] : T(0));
            });
        }
    }
};

// The transposes: from gradients of the sums to those of input and state.
template <class C, class T> class BackwardWeights {
  public:
    Packed<T> input, hidden;
    const T **row;
    std::size_t bytes;

    BackwardWeights(const Problem &p, void *memory) {
        Arena<T> arena(memory);
        const long n_sums = C::n_gates * p.n_hidden;
        input = {arena.take(p.n_features * n_sums), n_sums};
        hidden = {arena.take(p.n_hidden * n_sums), n_sums};
        static_assert(sizeof(const T *) <= 2 * sizeof(T));
        row = reinterpret_cast<const T **>(arena.take(2 * n_sums));
        bytes = arena.bytes();
    }

    void fill(const Problem &p) {
        const T *w_ih = static_cast<const T *>(p.w_ih);
        const T *w_hh = static_cast<const T *>(p.w_hh);
        input.fill(p.n_features,
                   [&](long f, long sum) { return w_ih[sum * p.n_features + f]; });
        // The row of w_hh that each sum's gradient stands for
        for (int i = 0; i < C::n_gates; ++i)
            for (long j = 0; j < p.n_hidden; ++j)
                row[i * p.n_hidden + j] =
                    w_hh + (C::hidden_gate[i] * p.n_hidden + j) * p.n_hidden;
        hidden.fill(p.n_hidden, [&](long unit, long sum) { return row[sum][unit]; });
    }
};

// --------------------------------------------------------------------------- samples

// Which samples stand in the lanes of a chunk, and at which steps each is present.
// Steps are counted in the order they are gone through. Lanes without a sample are
// worked on like the first one, with zeros for input; only where a state may grow
// without bound are they absent throughout.
template <class T> struct Lanes {
    long first, n;
    long begin[most_lanes<T>], end[most_lanes<T>];
    long any_begin, all_begin, all_end, any_end;

    Lanes(const Problem &p, long chunk) {
        first = chunk * most_lanes<T>;
        n = std::min(most_lanes<T>, p.n_samples - first);
        for (long lane = 0; lane < most_lanes<T>; ++lane) {
            const long sample = first + (lane < n ? lane : 0);
            const long absent = p.starts ? p.step_of(long(p.starts[sample])) : 0;
            begin[lane] = p.is_reverse ? 0 : absent;
            end[lane] = p.is_reverse ? p.n_steps - absent : p.n_steps;
            if (lane >= n && p.cell == sklearn_rnn::Cell::rnn_relu) end[lane] = 0;
        }
        any_begin = *std::min_element(begin, begin + n);
        const long n_used = n_vectors() * lanes_of<T>;
        all_begin = *std::max_element(begin, begin + n_used);
        any_end = *std::max_element(end, end + n);
        all_end = *std::min_element(end, end + n_used);
    }
    int n_vectors() const { return n > lanes_of<T> ? 2 : 1; }
    bool is_present(long lane, long s) const { return begin[lane] <= s && s < end[lane]; }
    bool all_present(long s) const { return all_begin <= s && s < all_end; }
};

// (n_samples, n_items) with strides -> block of n_items rows
template <class T, class X>
void read_block(T *block, long n_lanes, long n_items, const X *values,
                long sample_stride, long item_stride, long n) {
    for (long lane = 0; lane < n_lanes; ++lane)
        for (long j = 0; j < n_items; ++j)
            block[j * n_lanes + lane] =
                lane < n ? T(values[lane * sample_stride + j * item_stride]) : T(0);
}

// Block of n_items rows -> (n_samples, n_items), contiguous
template <class T>
void write_block(T *values, long sample_stride, const T *block, long n_lanes,
                 long n_items, long n) {
    for (long lane = 0; lane < n; ++lane)
        for (long j = 0; j < n_items; ++j)
            values[lane * sample_stride + j] = block[j * n_lanes + lane];
}

// Where lanes are absent at step s, put `other` in place of `block`.
template <class T, int n_vectors>
void put_where_absent(T *block, const T *other, long n_items, const Lanes<T> &lanes,
                      long s) {
    constexpr long n_lanes = n_vectors * lanes_of<T>;
    for (long lane = 0; lane < n_lanes; ++lane)
        if (!lanes.is_present(lane, s))
            for (long j = 0; j < n_items; ++j)
                block[j * n_lanes + lane] = other ? other[j * n_lanes + lane] : T(0);
}

// Values of forward for backward: for each step the factors of the weights (see Columns),
// the cell state of an LSTM before the step, and the rows that the cell saves. A tape that
// is not kept has memory for the present step and the next step.
template <class C, class T> class Tape {
  public:
    std::size_t bytes;

    Tape(const Problem &p, const void *memory, bool is_kept)
        : n_features_(p.n_features), state_(p.n_hidden * most_lanes<T>),
          step_((p.n_features + 1 + p.n_hidden) * most_lanes<T>), is_kept_(is_kept) {
        Arena<T> arena(const_cast<void *>(memory));
        const long n = is_kept ? p.n_steps + 1 : 2;
        steps_ = arena.take(n * step_);
        if (C::has_c) c_ = arena.take(n * state_);
        saved_ = arena.take((is_kept ? p.n_steps : 1) * C::n_saved * state_);
        bytes = arena.bytes();
    }
    // Rows from number `row` on: input, one, state.
    T *rows(long s, long row, long n_lanes) const {
        return steps_ + at(s) * step_ + row * n_lanes;
    }
    T *h(long s, long n_lanes) const { return rows(s, n_features_ + 1, n_lanes); }
    T *c(long s) const { return C::has_c ? c_ + at(s) * state_ : nullptr; }
    T *saved(long s) const { return saved_ + (is_kept_ ? s : 0) * C::n_saved * state_; }
    long stride() const { return step_; }

  private:
    long at(long s) const { return is_kept_ ? s : s % 2; }

    T *steps_, *c_ = nullptr, *saved_;
    long n_features_, state_, step_;
    bool is_kept_;
};

// --------------------------------------------------------------------------- forward

// Input of step s, and the row of ones: (n_features + 1, n_lanes). Absent is 0.
template <class T, class X>
void read_step(const Problem &p, const Lanes<T> &lanes, long s, T *to, long n_lanes) {
    const long begin = p.first_time_of(p.is_reverse ? p.n_steps - 1 - s : s);
    const long end = begin + p.segment_length, n_of_time = p.n_of_time;
    const long *strides = p.x.strides;
    for (long lane = 0; lane < n_lanes; ++lane) {
        const bool is_there = lane < lanes.n && lanes.is_present(lane, s);
        const long sample = lanes.first + (is_there ? lane : 0);
        const long start = p.starts ? long(p.starts[sample]) : 0;
        const long present = is_there ? std::max(start, begin) : end;
        const X *x = static_cast<const X *>(p.x.values) +
                     (p.rows ? p.rows[sample] : sample) * strides[0];
        T *at = to + lane;
        for (long i = (present - begin) * n_of_time; i > 0; --i, at += n_lanes) *at = T(0);
        for (long time = present; time < end; ++time)
            for (long f = 0; f < n_of_time; ++f, at += n_lanes) {
                X value = x[time * strides[1] + f * strides[2]];
                if (f == p.relative_to)
                    value -= x[(p.n_times - 1) * strides[1] + f * strides[2]];
                *at = T(value);
            }
        *at = T(1);
    }
}

template <class C, class T, int n_vectors>
void forward_lanes(const Problem &p, const ForwardWeights<C, T> &weights,
                   const Lanes<T> &lanes, const Results &results,
                   const Tape<C, T> &tape) {
    constexpr long n_lanes = n_vectors * lanes_of<T>;
    const long n_hidden = p.n_hidden, first = lanes.first, n = lanes.n;
    const auto read = p.x_is_double ? read_step<T, double> : read_step<T, float>;
    const auto h_at = [&](long s) { return tape.h(s, n_lanes); };
    const auto begin_with = [&](T *block, const void *initial) {
        if (initial)
            read_block(block, n_lanes, n_hidden,
                       static_cast<const T *>(initial) + first * n_hidden, n_hidden, 1,
                       n);
        else
            std::fill(block, block + n_hidden * n_lanes, T(0));
    };
    begin_with(h_at(lanes.any_begin), p.h_0);
    if (C::has_c) begin_with(tape.c(lanes.any_begin), p.c_0);

    T *states = static_cast<T *>(results.states);
    const auto write_states = [&](long s) {
        const long t = p.is_reverse ? p.n_steps - 1 - s : s;
        for (long lane = 0; lane < n; ++lane) {
            T *to = states + ((first + lane) * p.n_steps + t) * n_hidden;
            const bool is_present = lanes.is_present(lane, s);
            const T *from = h_at(s + 1) + lane;
            for (long j = 0; j < n_hidden; ++j)
                to[j] = is_present ? from[j * n_lanes] : T(0);
        }
    };
    for (long s = 0; states && s < p.n_steps; ++s)
        if (s < lanes.any_begin || s >= lanes.any_end) write_states(s);

    for (long s = lanes.any_begin; s < lanes.any_end; ++s) {
        read(p, lanes, s, tape.rows(s, 0, n_lanes), n_lanes);
        T *h = h_at(s + 1);
        T *sums = C::n_saved ? tape.saved(s) : h;
        for (int i = 0; i < n_pieces<C>; ++i) {
            const long n_rows = C::pieces[i].n_gates * n_hidden;
            const Columns columns(p, C::pieces[i]);
            product<T, n_vectors>(sums, n_rows, weights.pieces[i],
                                  tape.rows(s, columns.first, n_lanes));
            sums += n_rows * n_lanes;
        }
        C::forward({n_hidden * n_vectors, tape.saved(s), h_at(s), h, tape.c(s),
                    tape.c(s + 1)});
        if (!lanes.all_present(s)) {
            put_where_absent<T, n_vectors>(h, h_at(s), n_hidden, lanes, s);
            if (C::has_c)
                put_where_absent<T, n_vectors>(tape.c(s + 1), tape.c(s), n_hidden,
                                               lanes, s);
        }
        if (states) write_states(s);
    }

    const auto end_with = [&](void *final, const T *block) {
        if (final)
            write_block(static_cast<T *>(final) + first * n_hidden, n_hidden, block,
                        n_lanes, n_hidden, n);
    };
    end_with(results.h_n, h_at(lanes.any_end));
    if (C::has_c) end_with(results.c_n, tape.c(lanes.any_end));
}

// -------------------------------------------------------------------------- backward

template <class C, class T> class Scratch {
  public:
    std::size_t bytes;
    T *dh, *dc, *held_dh, *held_dc, *dx, *d;

    Scratch(const Problem &p, void *memory) {
        Arena<T> arena(memory);
        const long state = p.n_hidden * most_lanes<T>;
        dh = arena.take(state);
        dc = arena.take(state);
        held_dh = arena.take(state);
        held_dc = arena.take(state);
        dx = arena.take(p.n_features * most_lanes<T>);
        d = arena.take(n_block(p) * C::n_grads * state);
        bytes = arena.bytes();
    }
    static long n_block(const Problem &p) {
        const long n_rows = C::n_grads * p.n_hidden;
        return std::min(p.n_steps, steps_a_block<T>(n_rows));
    }
};

template <class C> long n_sums_of(const Problem &p) {
    long n = 0;
    for (const Piece &piece : C::pieces)
        n += piece.n_gates * p.n_hidden * Columns(p, piece).n;
    return n;
}

// Add the contributions of steps [from, to) to the gradients of the weights, in the layout
// of the pieces.
template <class C, class T, int n_vectors>
void add_weight_gradients(const Problem &p, const Tape<C, T> &tape, const T *d,
                          long from, long to, T *sums) {
    constexpr long n_lanes = n_vectors * lanes_of<T>;
    const long gate = p.n_hidden * n_lanes;
    for (const Piece &piece : C::pieces) {
        const Columns columns(p, piece);
        const long n_rows = piece.n_gates * p.n_hidden;
        add_outer<T, n_vectors>(
            sums, columns.n, n_rows, columns.n, to - from,
            {d + piece.first_grad * gate, C::n_grads * gate},
            {tape.rows(from, columns.first, n_lanes), tape.stride()});
        sums += n_rows * columns.n;
    }
}

// The gradients of w_ih, w_hh, b_ih and b_hh, one after the other, out of the pieces'.
template <class C, class T>
void unpack_weight_gradients(const Problem &p, const T *sums, T *weights) {
    const long n_rows = C::n_gates * p.n_hidden;
    T *w_ih = weights, *w_hh = w_ih + n_rows * p.n_features;
    T *b_ih = w_hh + n_rows * p.n_hidden, *b_hh = b_ih + n_rows;
    for (const Piece &piece : C::pieces)
        for (long r = 0; r < piece.n_gates * p.n_hidden; ++r) {
            const long row = piece.first_gate * p.n_hidden + r;
            if (piece.from_input) {
                for (long k = 0; k < p.n_features; ++k)
                    w_ih[row * p.n_features + k] = *sums++;
                b_ih[row] = *sums;
            }
            if (piece.from_hidden) b_hh[row] = *sums;
            ++sums;
            if (piece.from_hidden)
                for (long k = 0; k < p.n_hidden; ++k)
                    w_hh[row * p.n_hidden + k] = *sums++;
        }
}

template <class C, class T, int n_vectors>
void backward_lanes(const Problem &p, const BackwardWeights<C, T> &packed,
                    const Lanes<T> &lanes, const Gradients &gradients,
                    const Tape<C, T> &tape, const Scratch<C, T> &scratch, T *sums) {
    constexpr long n_lanes = n_vectors * lanes_of<T>;
    const long n_hidden = p.n_hidden, first = lanes.first, n = lanes.n;
    const long state = n_hidden * n_lanes;
    T *dh = scratch.dh, *dc = scratch.dc;
    const auto begin_with = [&](T *block, const Strided &from) {
        if (from.values)
            read_block(block, n_lanes, n_hidden,
                       static_cast<const T *>(from.values) + first * from.strides[0],
                       from.strides[0], from.strides[1], n);
        else
            std::fill(block, block + state, T(0));
    };
    begin_with(dh, gradients.h_n);
    if (C::has_c) begin_with(dc, gradients.c_n);
    std::fill(sums, sums + n_sums_of<C>(p), T(0));

    const Strided &d_states = gradients.states;
    const auto add_states = [&](long s, long t) {
        for (long lane = 0; lane < n; ++lane) {
            if (!lanes.is_present(lane, s)) continue;
            const T *from = static_cast<const T *>(d_states.values) +
                            (first + lane) * d_states.strides[0] + t * d_states.strides[1];
            for (long j = 0; j < n_hidden; ++j)
                dh[j * n_lanes + lane] += from[j * d_states.strides[2]];
        }
    };
    T *d_x = static_cast<T *>(gradients.x);
    const auto write_x = [&](long step, const T *block) {
        const long begin = p.first_time_of(step), n_of_time = p.n_of_time;
        for (long lane = 0; lane < n; ++lane) {
            const long start = p.starts ? long(p.starts[first + lane]) : 0;
            for (long time = std::max(begin, 0L); time < begin + p.segment_length; ++time)
                for (long f = 0; f < n_of_time; ++f)
                    d_x[((first + lane) * p.n_times + time) * n_of_time + f] =
                        block && time >= start
                            ? block[((time - begin) * n_of_time + f) * n_lanes + lane]
                            : T(0);
        }
    };
    const auto step_at = [&](long s) { return p.is_reverse ? p.n_steps - 1 - s : s; };
    for (long s = 0; d_x && s < p.n_steps; ++s)
        if (s < lanes.any_begin || s >= lanes.any_end) write_x(step_at(s), nullptr);

    const long n_block = Scratch<C, T>::n_block(p);
    for (long to = lanes.any_end; to > lanes.any_begin;) {
        const long from = std::max(lanes.any_begin, to - n_block);
        for (long s = to - 1; s >= from; --s) {
            const long t = step_at(s);
            if (d_states.values) add_states(s, t);
            const bool some_absent = !lanes.all_present(s);
            if (some_absent) {
                std::copy(dh, dh + state, scratch.held_dh);
                put_where_absent<T, n_vectors>(dh, nullptr, n_hidden, lanes, s);
                if (C::has_c) {
                    std::copy(dc, dc + state, scratch.held_dc);
                    put_where_absent<T, n_vectors>(dc, nullptr, n_hidden, lanes, s);
                }
            }
            T *d = scratch.d + (s - from) * C::n_grads * state;
            C::backward({n_hidden * n_vectors, tape.saved(s), tape.h(s, n_lanes),
                         tape.h(s + 1, n_lanes), tape.c(s), dh, dc, d});
            if (d_x) {
                product<T, n_vectors>(scratch.dx, p.n_features, packed.input,
                                      d + C::input_first * state);
                write_x(t, scratch.dx);
            }
            if (s > lanes.any_begin || gradients.h_0)
                product<T, n_vectors>(dh, n_hidden, packed.hidden,
                                      d + C::hidden_first * state,
                                      C::has_bypass ? dh : nullptr);
            if (some_absent) {
                put_where_absent<T, n_vectors>(dh, scratch.held_dh, n_hidden, lanes, s);
                if (C::has_c)
                    put_where_absent<T, n_vectors>(dc, scratch.held_dc, n_hidden, lanes,
                                                   s);
            }
        }
        add_weight_gradients<C, T, n_vectors>(p, tape, scratch.d, from, to, sums);
        to = from;
    }

    const auto end_with = [&](void *initial, const T *block) {
        if (initial)
            write_block(static_cast<T *>(initial) + first * n_hidden, n_hidden, block,
                        n_lanes, n_hidden, n);
    };
    end_with(gradients.h_0, dh);
    if (C::has_c) end_with(gradients.c_0, dc);
}

// ------------------------------------------------------------------- the kernel's face

// Call f with the cell and the number type of a problem, as types.
template <class T> struct Type {
    using type = T;
};

template <class T, class F> auto with_cell_of(const Problem &p, F f) {
    switch (p.cell) {
    case sklearn_rnn::Cell::rnn_tanh: return f(Type<RnnCell<T, false>>{}, Type<T>{});
    case sklearn_rnn::Cell::rnn_relu: return f(Type<RnnCell<T, true>>{}, Type<T>{});
    case sklearn_rnn::Cell::gru: return f(Type<GruCell<T>>{}, Type<T>{});
    case sklearn_rnn::Cell::lstm: break;
    }
    return f(Type<LstmCell<T>>{}, Type<T>{});
}

template <class F> auto with_cell(const Problem &p, F f) {
    return p.is_double ? with_cell_of<double>(p, f) : with_cell_of<float>(p, f);
}

inline long chunk_size(const Problem &p) {
    return p.is_double ? most_lanes<double> : most_lanes<float>;
}

template <template <class, class> class Part>
std::size_t bytes_of(const Problem &p) {
    return with_cell(p, [&](auto c, auto t) {
        return Part<typename decltype(c)::type, typename decltype(t)::type>(p, nullptr)
            .bytes;
    });
}

template <template <class, class> class Part> void pack(const Problem &p, void *packed) {
    with_cell(p, [&](auto c, auto t) {
        Part<typename decltype(c)::type, typename decltype(t)::type>(p, packed).fill(p);
    });
}

inline std::size_t tape_bytes(const Problem &p, bool is_kept) {
    return with_cell(p, [&](auto c, auto t) {
        using C = typename decltype(c)::type;
        return Tape<C, typename decltype(t)::type>(p, nullptr, is_kept).bytes;
    });
}

inline void forward(const Problem &p, const void *packed, long chunk,
                    const Results &results, void *tape, bool is_kept) {
    with_cell(p, [&](auto c, auto t) {
        using C = typename decltype(c)::type;
        using T = typename decltype(t)::type;
        const ForwardWeights<C, T> weights(p, const_cast<void *>(packed));
        const Lanes<T> lanes(p, chunk);
        const Tape<C, T> laid(p, tape, is_kept);
        if (lanes.n_vectors() == 1)
            forward_lanes<C, T, 1>(p, weights, lanes, results, laid);
        else
            forward_lanes<C, T, 2>(p, weights, lanes, results, laid);
    });
}

inline void backward(const Problem &p, const void *packed, long chunk,
                     const Gradients &gradients, const void *tape, void *scratch,
                     void *sums) {
    with_cell(p, [&](auto c, auto t) {
        using C = typename decltype(c)::type;
        using T = typename decltype(t)::type;
        const BackwardWeights<C, T> transposes(p, const_cast<void *>(packed));
        const Lanes<T> lanes(p, chunk);
        const Tape<C, T> laid(p, tape, true);
        const Scratch<C, T> arena(p, scratch);
        T *to = static_cast<T *>(sums);
        if (lanes.n_vectors() == 1)
            backward_lanes<C, T, 1>(p, transposes, lanes, gradients, laid, arena, to);
        else
            backward_lanes<C, T, 2>(p, transposes, lanes, gradients, laid, arena, to);
    });
}

inline long n_sums(const Problem &p) {
    return with_cell(p, [&](auto c, auto) {
        return n_sums_of<typename decltype(c)::type>(p);
    });
}

inline void unpack(const Problem &p, const void *sums, void *weights) {
    with_cell(p, [&](auto c, auto t) {
        using T = typename decltype(t)::type;
        unpack_weight_gradients<typename decltype(c)::type>(
            p, static_cast<const T *>(sums), static_cast<T *>(weights));
    });
}

}  // namespace SKLEARN_RNN_ISA
