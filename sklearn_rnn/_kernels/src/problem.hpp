// A request to the kernel: plain data, the same for every instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sklearn_rnn {

enum class Cell { rnn_tanh, rnn_relu, gru, lstm };

// A tensor of shape (n_samples, n_steps, n_features) with any strides, in numbers; or,
// with one axis less, (n_samples, n_features).
struct Strided {
    const void *values = nullptr;
    long strides[3] = {0, 0, 0};
};

// One layer in one direction. All pointers that are not said to be otherwise hold
// numbers of the same kind, float or double, one after the other; null means absent.
struct Problem {
    Cell cell;
    bool is_double;
    long n_samples, n_steps, n_features, n_hidden;
    bool is_reverse;  // from the last step to the first

    // Sequences, (n_given, n_times, n_of_time): sample n is x[rows[n]], or x[n] without
    // rows, from time starts[n] on. A step reads a segment: so many times side by side,
    // the last ones in the last step. Times that a sample lacks are 0.
    Strided x;
    bool x_is_double;
    const std::int64_t *rows, *starts;
    long segment_length, n_times, n_of_time;
    long relative_to;  // feature of x to be read relative to its last time; -1: none

    // First time of a step; below 0 if there are too few times to fill the first step.
    long first_time_of(long step) const {
        return n_times - (n_steps - step) * segment_length;
    }
    long step_of(long time) const {
        return n_steps - 1 - (n_times - 1 - time) / segment_length;
    }

    const void *w_ih, *w_hh;  // (n_gates * n_hidden, n_features or n_hidden)
    const void *b_ih, *b_hh;  // (n_gates * n_hidden,)
    const void *h_0, *c_0;    // (n_samples, n_hidden); null: zeros
};

struct Results {
    void *states;     // (n_samples, n_steps, n_hidden); 0 at absent steps
    void *h_n, *c_n;  // (n_samples, n_hidden)
};

struct Gradients {
    Strided states, h_n, c_n;  // of the loss with respect to the results
    void *x;                   // (n_samples, n_times, n_of_time)
    void *h_0, *c_0;
};

// ------------------------------------------------------------------------ reservoirs

enum class Nonlinearity { tanh, relu, identity };

// Numbers of units: half the memory, and so half the time to read it, of longer ones.
using Index = std::uint16_t;
constexpr long most_units = 1L << 16;

// Numbers of units with contiguous weights: for one lane alone (with 8 units it takes a
// tenth longer, because too few sums run at once to hide their latency), and for several
// lanes (numbers that are read together have to be contiguous). Missing units of the last
// block have weight 0.
constexpr long units_a_block = 16, units_together = 4;
constexpr long padded(long n_units) {
    return (n_units + units_a_block - 1) / units_a_block * units_a_block;
}

// A tensor that is written, (n_lanes, n_steps, n_units) or (n_lanes, n_units), with any
// strides, in numbers.
struct Places {
    void *values = nullptr;
    long strides[3] = {0, 0, 0};
};

// Sequences through a reservoir's layer, a lane for each. States are of one kind, float
// or double.
struct Reservoir {
    bool is_double;
    Nonlinearity nonlinearity;
    long n_lanes, n_steps, n_features, n_units, n_links;

    // The layer, in blocks of units_a_block units, or units_together: which units each
    // unit hears, (n_blocks, n_links, units), and how; weights of the inputs and, last,
    // of the bias, (n_blocks, n_features + 1, units). With as many links as units each
    // hears all of them, in their order.
    bool is_for_one_lane;
    const Index *links;
    const float *w, *w_in;

    Strided x;  // lane n is x[rows[n]]
    bool x_is_double;
    const std::int64_t *rows;
    const double *recurrent, *inputs, *bias, *leak;  // factors of each lane

    Places state;   // before the first step; in the end, after the last one
    Places states;  // after each step; null: not wanted
    Places sums;    // the states of all steps are added to it; null: not wanted
};

// The kernel for one instruction set. Samples are worked on in chunks, each from start
// to end; the split of a batch into chunks does not change the numbers of a sample. The
// tape of a chunk holds the values that backward needs.
struct Kernel {
    const char *name;
    long (*chunk_size)(const Problem &);
    // Bytes of: weights in the layout of forward, and of backward; the tape of a chunk, or
    // its substitute where nothing is kept; the working memory of backward.
    std::size_t (*forward_bytes)(const Problem &);
    std::size_t (*backward_bytes)(const Problem &);
    std::size_t (*tape_bytes)(const Problem &, bool is_kept);
    std::size_t (*scratch_bytes)(const Problem &);
    void (*pack_forward)(const Problem &, void *packed);
    void (*pack_backward)(const Problem &, void *packed);
    void (*forward)(const Problem &, const void *packed, long chunk, const Results &,
                    void *tape, bool is_kept);
    // The weights' gradients are summed in a layout of the kernel's own, `n_sums`
    // numbers: backward writes a chunk's part, `unpack` gives the gradients of w_ih,
    // w_hh, b_ih and b_hh, one after the other.
    long (*n_sums)(const Problem &);
    void (*backward)(const Problem &, const void *packed, long chunk,
                     const Gradients &, const void *tape, void *scratch, void *sums);
    void (*unpack)(const Problem &, const void *sums, void *weights);
    // Bytes that `run_reservoir` works in.
    std::size_t (*reservoir_bytes)(const Reservoir &);
    void (*run_reservoir)(const Reservoir &, void *memory);
};

constexpr long n_gates_of(Cell cell) {
    switch (cell) {
    case Cell::rnn_tanh:
    case Cell::rnn_relu: return 1;
    case Cell::gru: return 3;
    case Cell::lstm: return 4;
    }
    return 0;  // never: the compiler warns of a cell that is left out
}

}  // namespace sklearn_rnn
