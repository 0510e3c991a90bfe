// The cells: from the sums of the gates to the new state, and the gradient of this step.
//
// A cell lists the sums of weighted inputs and states that it needs (`pieces`), the rows
// that it saves of a step for backward (`n_saved` rows for each hidden unit), and the rows
// of its gradient buffer. The gradients of a piece begin at `first_grad`. The gradients
// that reach the state are contiguous from `hidden_first` on, with gates in the order of
// `hidden_gate`; the gradients that reach the input follow from `input_first` on, in
// torch's order. To add a cell, add a struct here, its name to `Cell` and its number of
// gates to `n_gates_of` in problem.hpp, a case to `with_cell_of` in recurrence.hpp, and
// its name in Python to `cell_named` in binding.cpp.
#pragma once

#include "vectors.hpp"

// Chunks of one vector and of two go through the same instructions, so that a sample's
// numbers do not depend on how the compiler joins products and sums in each.
#define SKLEARN_RNN_ONE_COPY __attribute__((noinline))

namespace SKLEARN_RNN_ISA {

// Rows of sums: of which gates, where their gradients stand (both counted in gates),
// and whether the input and the state take part; a bias always does.
struct Piece {
    int first_gate, n_gates, first_grad;
    bool from_input, from_hidden;
};

// Inputs and outputs of a step, each (n_hidden, n_vectors, n_lanes).
template <class T> struct Step {
    long n;             // vectors of each: n_hidden * n_vectors
    T *saved;           // n_saved of them; before, the sums of the pieces
    const T *h_before;  // state before the step
    T *h;               // after it
    const T *c_before;  // the same of the LSTM's cell state
    T *c;
};

// Inputs and outputs of a step of backward.
template <class T> struct BackStep {
    long n;
    const T *saved, *h_before, *h, *c_before;
    T *dh;  // in: of the state after the step; out: the part that bypasses the gates
    T *dc;  // in: of the cell state after the step; out: of the one before
    T *d;   // out: of the sums
};

template <class T, bool is_relu> struct RnnCell {
    static constexpr int n_gates = 1, n_saved = 0, n_grads = 1;
    static constexpr bool has_c = false, has_bypass = false;
    static constexpr Piece pieces[] = {{0, 1, 0, true, true}};
    static constexpr int hidden_first = 0, input_first = 0, hidden_gate[] = {0};

    // h = tanh(sum) or max(sum, 0); the sum is in h.
    SKLEARN_RNN_ONE_COPY static void forward(const Step<T> &s) {
        for (long i = 0; i < s.n; ++i) {
            T *h = s.h + i * lanes_of<T>;
            const Vector<T> a = load(h);
            if constexpr (is_relu)
                store(h, a < T(0) ? Vector<T>{} : a);  // NaN stays
            else
                store(h, tanh<T>(a));
        }
    }

    SKLEARN_RNN_ONE_COPY static void backward(const BackStep<T> &s) {
        for (long i = 0; i < s.n; ++i) {
            const long at = i * lanes_of<T>;
            const Vector<T> h = load(s.h + at), dh = load(s.dh + at);
            if constexpr (is_relu)
                store(s.d + at, h <= T(0) ? Vector<T>{} : dh);  // as torch, NaN included
            else
                store(s.d + at, dh * (T(1) - h * h));
        }
    }
};

template <class T> struct GruCell {
    static constexpr int n_gates = 3, n_saved = 4, n_grads = 4;
    static constexpr bool has_c = false, has_bypass = true;
    // r and z; the input's and the state's part of n, which r stands between
    static constexpr Piece pieces[] = {
        {0, 2, 1, true, true}, {2, 1, 3, true, false}, {2, 1, 0, false, true}};
    // Gradient buffer: state's part of n, r, z, input's part of n
    static constexpr int hidden_first = 0, input_first = 1, hidden_gate[] = {2, 0, 1};

    // n = tanh(n_x + r n_h), h = (1 - z) n + z h_before
    SKLEARN_RNN_ONE_COPY static void forward(const Step<T> &s) {
        const long gate = s.n * lanes_of<T>;
        for (long i = 0; i < 2 * s.n; ++i) {
            T *saved = s.saved + i * lanes_of<T>;
            store(saved, sigmoid<T>(load(saved)));
        }
        // A loop of its own: the processor looks ahead over more rounds of a short one.
        for (long i = 0; i < s.n; ++i) {
            const long at = i * lanes_of<T>;
            T *saved = s.saved + at;
            const Vector<T> r = load(saved), z = load(saved + gate);
            const Vector<T> n =
                tanh<T>(load(saved + 2 * gate) + r * load(saved + 3 * gate));
            store(saved + 2 * gate, n);
            store(s.h + at, n + z * (load(s.h_before + at) - n));
        }
    }

    SKLEARN_RNN_ONE_COPY static void backward(const BackStep<T> &s) {
        const long gate = s.n * lanes_of<T>;
        for (long i = 0; i < s.n; ++i) {
            const long at = i * lanes_of<T>;
            const T *saved = s.saved + at;
            const Vector<T> r = load(saved), z = load(saved + gate);
            const Vector<T> n = load(saved + 2 * gate), n_h = load(saved + 3 * gate);
            const Vector<T> dh = load(s.dh + at);
            const Vector<T> dn = dh * (T(1) - z) * (T(1) - n * n);
            store(s.dh + at, dh * z);
            store(s.d + at, dn * r);
            store(s.d + at + gate, dn * n_h * (r * (T(1) - r)));
            store(s.d + at + 2 * gate,
                  dh * (load(s.h_before + at) - n) * (z * (T(1) - z)));
            store(s.d + at + 3 * gate, dn);
        }
    }
};

template <class T> struct LstmCell {
    static constexpr int n_gates = 4, n_saved = 5, n_grads = 4;
    static constexpr bool has_c = true, has_bypass = false;
    static constexpr Piece pieces[] = {{0, 4, 0, true, true}};
    static constexpr int hidden_first = 0, input_first = 0;
    static constexpr int hidden_gate[] = {0, 1, 2, 3};

    // c = f c_before + i g, h = o tanh(c); tanh(c) is kept beside the gates.
    SKLEARN_RNN_ONE_COPY static void forward(const Step<T> &s) {
        const long gate = s.n * lanes_of<T>;
        for (long j = 0; j < s.n; ++j) {
            const long at = j * lanes_of<T>;
            T *saved = s.saved + at;
            const Vector<T> i = sigmoid<T>(load(saved));
            const Vector<T> f = sigmoid<T>(load(saved + gate));
            const Vector<T> g = tanh<T>(load(saved + 2 * gate));
            store(saved, i);
            store(saved + gate, f);
            store(saved + 2 * gate, g);
            store(saved + 3 * gate, sigmoid<T>(load(saved + 3 * gate)));
            store(s.c + at, f * load(s.c_before + at) + i * g);
        }
        // A loop of its own, as in the GRU
        for (long j = 0; j < s.n; ++j) {
            const long at = j * lanes_of<T>;
            T *saved = s.saved + at;
            const Vector<T> tanh_c = tanh<T>(load(s.c + at));
            store(saved + 4 * gate, tanh_c);
            store(s.h + at, load(saved + 3 * gate) * tanh_c);
        }
    }

    SKLEARN_RNN_ONE_COPY static void backward(const BackStep<T> &s) {
        const long gate = s.n * lanes_of<T>;
        for (long j = 0; j < s.n; ++j) {
            const long at = j * lanes_of<T>;
            const T *saved = s.saved + at;
            const Vector<T> i = load(saved), f = load(saved + gate);
            const Vector<T> g = load(saved + 2 * gate), o = load(saved + 3 * gate);
            const Vector<T> tanh_c = load(saved + 4 * gate), dh = load(s.dh + at);
            const Vector<T> dc =
                load(s.dc + at) + dh * o * (T(1) - tanh_c * tanh_c);
            store(s.dc + at, dc * f);
            store(s.d + at, dc * g * (i * (T(1) - i)));
            store(s.d + at + gate, dc * load(s.c_before + at) * (f * (T(1) - f)));
            store(s.d + at + 2 * gate, dc * i * (T(1) - g * g));
            store(s.d + at + 3 * gate, dh * tanh_c * (o * (T(1) - o)));
        }
    }
};

}  // namespace SKLEARN_RNN_ISA
