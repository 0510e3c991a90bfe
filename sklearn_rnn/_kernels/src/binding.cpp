// The kernels as a Python module. Arrays come in by DLPack or the buffer protocol and
// are used where they lie.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "problem.hpp"

namespace nb = nanobind;
using namespace nb::literals;

#define SKLEARN_RNN_DECLARE(isa)                                                      \
    namespace isa {                                                                   \
    extern const sklearn_rnn::Kernel kernel;                                          \
    }
SKLEARN_RNN_DECLARE(baseline)
#ifdef SKLEARN_RNN_X86
SKLEARN_RNN_DECLARE(avx2)
SKLEARN_RNN_DECLARE(avx512)
#endif

namespace sklearn_rnn {
namespace {

// ------------------------------------------------------------------ which instructions

// The kernels that this processor can run, the fastest first.
std::vector<const Kernel *> kernels() {
    std::vector<const Kernel *> found;
#ifdef SKLEARN_RNN_X86
    __builtin_cpu_init();
    const bool has_avx2 =
        __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool has_avx512 =
        __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    if (has_avx2 && has_avx512) found.push_back(&avx512::kernel);
    if (has_avx2) found.push_back(&avx2::kernel);
#endif
    found.push_back(&baseline::kernel);
    return found;
}

const Kernel &kernel_named(const std::string &name) {
    for (const Kernel *kernel : kernels())
        if (kernel->name == name) return *kernel;
    throw std::invalid_argument("this machine has no kernel named '" + name + "'");
}

// ------------------------------------------------------------------------------ memory

// Memory for one call, aligned with the cache. Returned memory is kept for the next call,
// because a training step needs as much as the step before, and fresh memory costs page
// faults. Past a limit, the memory that was returned first is freed. No thread waits for
// the store: where another thread holds it, or, after a fork, nobody can release it, the
// call allocates its own memory.
class Memory {
  public:
    Memory() = default;
    explicit Memory(std::size_t size) {
        {
            const std::unique_lock<std::mutex> lock(store().mutex, std::try_to_lock);
            auto &kept = store().kept;
            const auto fits = [&](const Memory &m) {
                return m.size_ >= size && m.size_ <= 2 * size;
            };
            const auto at = lock ? std::find_if(kept.begin(), kept.end(), fits)
                                 : kept.end();
            if (lock && at != kept.end()) {
                *this = std::move(*at);
                kept.erase(at);
                store().size -= size_;
                return;
            }
        }
        size_ = size;
        data_ = ::operator new(size, alignment);
    }
    Memory(Memory &&other) noexcept { swap(other); }
    Memory &operator=(Memory &&other) noexcept {
        swap(other);
        return *this;
    }
    ~Memory() {
        if (data_) ::operator delete(data_, alignment);
    }
    void give_back() {
        if (!data_ || size_ > most_kept) return;
        const std::unique_lock<std::mutex> lock(store().mutex, std::try_to_lock);
        if (!lock) return;
        auto &kept = store().kept;
        while (store().size + size_ > most_kept) {
            store().size -= kept.front().size_;
            kept.erase(kept.begin());
        }
        try {
            kept.push_back(Memory());
        } catch (const std::bad_alloc &) {
            return;
        }
        store().size += size_;
        kept.back() = std::move(*this);
    }
    char *data() const { return static_cast<char *>(data_); }

  private:
    static constexpr std::align_val_t alignment{64};
    static constexpr std::size_t most_kept = std::size_t(64) << 20;

    struct Store {
        std::mutex mutex;
        std::vector<Memory> kept;
        std::size_t size = 0;
    };
    // Never destroyed: an owner of memory may outlive everything else at exit.
    static Store &store() {
        static Store *const the_store = new Store;
        return *the_store;
    }
    void swap(Memory &other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
    }

    void *data_ = nullptr;
    std::size_t size_ = 0;
};

// Memory that is given back when done with.
class Borrowed {
  public:
    explicit Borrowed(std::size_t size) : memory_(size) {}
    ~Borrowed() { memory_.give_back(); }
    Borrowed(Borrowed &&) = default;
    char *data() const { return memory_.data(); }

  private:
    Memory memory_;
};

// ----------------------------------------------------------------------------- threads

// Call f(thread, chunk) for every chunk, on up to `n_threads` threads.
template <class F> void for_each_chunk(long n_chunks, long n_threads, F f) {
    n_threads = std::min(n_threads, n_chunks);
    if (n_threads <= 1) {
        for (long chunk = 0; chunk < n_chunks; ++chunk) f(0L, chunk);
        return;
    }
    std::atomic<long> next{0};
    const auto work = [&](long thread) {
        for (long chunk; (chunk = next++) < n_chunks;) f(thread, chunk);
    };
    std::vector<std::thread> threads;
    threads.reserve(std::size_t(n_threads - 1));
    try {
        for (long i = 1; i < n_threads; ++i) threads.emplace_back(work, i);
    } catch (const std::exception &) {
        // No more threads are to be had: those that run do all of it.
    }
    work(0);
    for (std::thread &thread : threads) thread.join();
}

// --------------------------------------------------------------------------- arguments

using Array = nb::ndarray<nb::device::cpu>;
using MaybeArray = std::optional<Array>;
using ReadArray = nb::ndarray<nb::ro, nb::device::cpu>;  // may be read-only

[[noreturn]] void fail(const std::string &name, const std::string &what) {
    throw std::invalid_argument(name + " " + what);
}

std::string to_text(const std::vector<long> &shape) {
    std::string text = "(";
    for (std::size_t i = 0; i < shape.size(); ++i)
        text += (i ? ", " : "") + std::to_string(shape[i]);
    return text + (shape.size() == 1 ? ",)" : ")");
}

template <class A> bool is_double(const A &array, const char *name) {
    if (array.dtype() == nb::dtype<double>()) return true;
    if (array.dtype() == nb::dtype<float>()) return false;
    fail(name, "must hold float32 or float64 numbers");
}

template <class A>
void check_shape(const A &array, const char *name, const std::vector<long> &shape) {
    std::vector<long> actual;
    for (std::size_t i = 0; i < array.ndim(); ++i) actual.push_back(long(array.shape(i)));
    if (actual != shape)
        fail(name, "has shape " + to_text(actual) + ", not " + to_text(shape));
}

template <class A> void check_contiguous(const A &array, const char *name) {
    if (array.size() == 0) return;
    long stride = 1;
    for (std::size_t i = array.ndim(); i-- > 0;) {
        if (array.shape(i) != 1 && array.stride(i) != stride)
            fail(name, "must be contiguous");
        stride *= long(array.shape(i));
    }
}

// The numbers of an array of one kind, without gaps.
template <class T, class A>
const T *numbers_in(const A &array, const char *name, const char *kind,
                    const std::vector<long> &shape) {
    if (array.dtype() != nb::dtype<T>())
        fail(name, std::string("must hold ") + kind + " numbers");
    check_shape(array, name, shape);
    check_contiguous(array, name);
    return static_cast<const T *>(array.data());
}

const std::int64_t *index_pointer(const MaybeArray &array, const char *name, long n) {
    return array ? numbers_in<std::int64_t>(*array, name, "int64", {n}) : nullptr;
}

// Checks arrays against the numbers and sizes of one problem.
class Reader {
  public:
    explicit Reader(bool holds_double) : holds_double_(holds_double) {}

    void *contiguous(const MaybeArray &array, const char *name,
                     const std::vector<long> &shape) const {
        if (!array) return nullptr;
        check(*array, name, shape);
        check_contiguous(*array, name);
        return array->data();
    }
    Strided strided(const MaybeArray &array, const char *name,
                    const std::vector<long> &shape) const {
        Strided result;
        if (!array) return result;
        check(*array, name, shape);
        result.values = array->data();
        for (std::size_t i = 0; i < shape.size(); ++i)
            result.strides[i] = long(array->stride(i));
        return result;
    }

  private:
    void check(const Array &array, const char *name,
               const std::vector<long> &shape) const {
        if (is_double(array, name) != holds_double_)
            fail(name, "must hold numbers of the kind that w_hh holds");
        check_shape(array, name, shape);
    }
    bool holds_double_;
};

Cell cell_named(const std::string &name) {
    if (name == "rnn_tanh") return Cell::rnn_tanh;
    if (name == "rnn_relu") return Cell::rnn_relu;
    if (name == "gru") return Cell::gru;
    if (name == "lstm") return Cell::lstm;
    fail("cell '" + name + "'", "is none of rnn_tanh, rnn_relu, gru, lstm");
}

// --------------------------------------------------------------------------- functions

// Record of a forward pass for backward.
class Pass {
  public:
    Pass(const Kernel &kernel, const Problem &problem, long n_chunks)
        : kernel(kernel), problem(problem), n_chunks(n_chunks),
          tape_bytes(kernel.tape_bytes(problem, true)),
          tapes(tape_bytes * std::size_t(n_chunks)) {}

    const Kernel &kernel;
    Problem problem;  // its pointers are of forward's arrays: not to be followed
    long n_chunks;
    std::size_t tape_bytes;
    Borrowed tapes;
};

std::unique_ptr<Pass> forward(const std::string &isa, const std::string &cell, Array x,
                              MaybeArray rows, MaybeArray starts, long relative_to,
                              Array w_ih, Array w_hh, Array b_ih, Array b_hh,
                              MaybeArray h_0, MaybeArray c_0, bool is_reverse,
                              MaybeArray states, Array h_n, MaybeArray c_n,
                              bool keep_tape, long n_threads, long segment_length) {
    const Kernel &kernel = kernel_named(isa);
    Problem p{};
    p.cell = cell_named(cell);
    p.is_double = is_double(w_hh, "w_hh");
    if (x.ndim() != 3) fail("x", "must have 3 axes");
    if (w_hh.ndim() != 2) fail("w_hh", "must have 2 axes");
    const long n_given = long(x.shape(0));
    p.n_samples = rows ? long(rows->size()) : n_given;
    p.n_times = long(x.shape(1));
    p.n_of_time = long(x.shape(2));
    p.n_hidden = long(w_hh.shape(1));
    if (p.n_times < 1) fail("x", "must have at least one step");
    if (p.n_of_time < 1) fail("x", "must have at least one feature");
    if (p.n_hidden < 1) fail("w_hh", "must have at least one column");
    if (n_threads < 1) fail("n_threads", "must be at least 1");
    if (relative_to < -1 || relative_to >= p.n_of_time)
        fail("relative_to", "must be a feature or -1");
    constexpr long most = std::numeric_limits<int>::max();
    if (segment_length < 1 || segment_length > most / p.n_of_time)
        fail("segment_length", "must be at least 1, and fit a step of 2^31 numbers");
    p.segment_length = segment_length;
    p.n_steps = (p.n_times - 1) / segment_length + 1;
    p.n_features = segment_length * p.n_of_time;
    p.is_reverse = is_reverse;
    p.relative_to = relative_to;
    p.x_is_double = is_double(x, "x");
    p.x = {x.data(), {long(x.stride(0)), long(x.stride(1)), long(x.stride(2))}};
    p.rows = index_pointer(rows, "rows", p.n_samples);
    p.starts = index_pointer(starts, "starts", p.n_samples);
    for (long i = 0; i < p.n_samples; ++i) {
        if (p.rows && (p.rows[i] < 0 || p.rows[i] >= n_given))
            fail("rows", "must be rows of x");
        if (p.starts && (p.starts[i] < 0 || p.starts[i] >= p.n_times))
            fail("starts", "must be steps of x");
    }
    const Reader read(p.is_double);
    const long n_sums = n_gates_of(p.cell) * p.n_hidden;
    p.w_ih = read.contiguous(w_ih, "w_ih", {n_sums, p.n_features});
    p.w_hh = read.contiguous(w_hh, "w_hh", {n_sums, p.n_hidden});
    p.b_ih = read.contiguous(b_ih, "b_ih", {n_sums});
    p.b_hh = read.contiguous(b_hh, "b_hh", {n_sums});
    const std::vector<long> state = {p.n_samples, p.n_hidden};
    p.h_0 = read.contiguous(h_0, "h_0", state);
    p.c_0 = read.contiguous(c_0, "c_0", state);
    Results results{};
    results.states =
        read.contiguous(states, "states", {p.n_samples, p.n_steps, p.n_hidden});
    results.h_n = read.contiguous(h_n, "h_n", state);
    results.c_n = read.contiguous(c_n, "c_n", state);

    nb::gil_scoped_release released;
    const long size = kernel.chunk_size(p);
    const long n_chunks = (p.n_samples + size - 1) / size;
    const Borrowed packed(kernel.forward_bytes(p));
    kernel.pack_forward(p, packed.data());
    if (keep_tape) {
        auto pass = std::make_unique<Pass>(kernel, p, n_chunks);
        for_each_chunk(n_chunks, n_threads, [&](long, long chunk) {
            char *tape = pass->tapes.data() + std::size_t(chunk) * pass->tape_bytes;
            kernel.forward(p, packed.data(), chunk, results, tape, true);
        });
        return pass;
    }
    const std::size_t arena = kernel.tape_bytes(p, false);
    const Borrowed arenas(arena * std::size_t(std::min(n_threads, std::max(n_chunks, 1L))));
    for_each_chunk(n_chunks, n_threads, [&](long thread, long chunk) {
        kernel.forward(p, packed.data(), chunk, results,
                       arenas.data() + std::size_t(thread) * arena, false);
    });
    return nullptr;
}

template <class T> void add(void *to, const void *from, long n) {
    for (long i = 0; i < n; ++i)
        static_cast<T *>(to)[i] += static_cast<const T *>(from)[i];
}

void backward(const Pass &pass, MaybeArray starts, Array w_ih, Array w_hh,
              MaybeArray d_states, MaybeArray d_h_n, MaybeArray d_c_n, Array d_weights,
              MaybeArray d_x, MaybeArray d_h_0, MaybeArray d_c_0, long n_threads) {
    const Kernel &kernel = pass.kernel;
    Problem p = pass.problem;
    const Reader read(p.is_double);
    if (bool(starts) != bool(p.starts)) fail("starts", "must be those of forward");
    p.rows = nullptr;
    p.starts = index_pointer(starts, "starts", p.n_samples);
    for (long i = 0; p.starts && i < p.n_samples; ++i)
        if (p.starts[i] < 0 || p.starts[i] >= p.n_times)
            fail("starts", "must be steps of x");
    const long n_sums = n_gates_of(p.cell) * p.n_hidden;
    p.w_ih = read.contiguous(w_ih, "w_ih", {n_sums, p.n_features});
    p.w_hh = read.contiguous(w_hh, "w_hh", {n_sums, p.n_hidden});
    const std::vector<long> state = {p.n_samples, p.n_hidden};
    Gradients g{};
    g.states = read.strided(d_states, "d_states", {p.n_samples, p.n_steps, p.n_hidden});
    g.h_n = read.strided(d_h_n, "d_h_n", state);
    g.c_n = read.strided(d_c_n, "d_c_n", state);
    void *weights = read.contiguous(
        d_weights, "d_weights", {n_sums * (p.n_features + p.n_hidden + 2)});
    g.x = read.contiguous(d_x, "d_x", {p.n_samples, p.n_times, p.n_of_time});
    g.h_0 = read.contiguous(d_h_0, "d_h_0", state);
    g.c_0 = read.contiguous(d_c_0, "d_c_0", state);
    if (n_threads < 1) fail("n_threads", "must be at least 1");

    nb::gil_scoped_release released;
    const long n_chunks = pass.n_chunks;
    n_threads = std::max(1L, std::min(n_threads, n_chunks));
    const std::size_t scratch_bytes = kernel.scratch_bytes(p);
    const Borrowed packed(kernel.backward_bytes(p));
    const Borrowed scratch(scratch_bytes * std::size_t(n_threads));
    // The sum of the weights' gradients, and the parts of a few chunks at a time. Parts
    // are added up in the order of the chunks, whoever made them.
    const long n = kernel.n_sums(p);
    const long n_parts = n_threads == 1 ? 1 : std::min(4 * n_threads, n_chunks);
    const std::size_t part_bytes =
        std::size_t(n) * (p.is_double ? sizeof(double) : sizeof(float));
    const Borrowed parts(part_bytes * std::size_t(n_parts + 1));
    char *const sum = parts.data();
    const auto part = [&](long i) { return sum + std::size_t(i + 1) * part_bytes; };
    std::fill_n(sum, part_bytes, char(0));
    kernel.pack_backward(p, packed.data());
    for (long first = 0; first < n_chunks; first += n_parts) {
        const long n_now = std::min(n_parts, n_chunks - first);
        for_each_chunk(n_now, n_threads, [&](long thread, long i) {
            const std::size_t chunk = std::size_t(first + i);
            kernel.backward(p, packed.data(), first + i, g,
                            pass.tapes.data() + chunk * pass.tape_bytes,
                            scratch.data() + std::size_t(thread) * scratch_bytes, part(i));
        });
        for (long i = 0; i < n_now; ++i)
            (p.is_double ? add<double> : add<float>)(sum, part(i), n);
    }
    kernel.unpack(p, sum, weights);
}

// Weights of a reservoir's layer, checked and laid out: see Reservoir in problem.hpp.
class Layer {
  public:
    Layer(ReadArray w_in, ReadArray bias, ReadArray links, ReadArray w,
          bool is_for_one_lane)
        : is_for_one_lane_(is_for_one_lane) {
        if (w_in.ndim() != 2) fail("w_in", "must have 2 axes");
        if (w.ndim() != 2) fail("w", "must have 2 axes");
        n_units_ = long(w.shape(0));
        n_links_ = long(w.shape(1));
        n_features_ = long(w_in.shape(1));
        if (n_units_ < 1) fail("w", "must have at least one row");
        if (n_units_ > most_units)
            fail("w", "must have at most " + std::to_string(most_units) + " rows");
        const float *from_w = numbers_in<float>(w, "w", "float32", {n_units_, n_links_});
        const float *from_bias = numbers_in<float>(bias, "bias", "float32", {n_units_});
        const float *from_w_in =
            numbers_in<float>(w_in, "w_in", "float32", {n_units_, n_features_});
        const std::int32_t *from_links =
            numbers_in<std::int32_t>(links, "links", "int32", {n_units_, n_links_});
        for (long row = 0; row < n_units_; ++row)
            for (long k = 0, before = -1; k < n_links_; ++k) {
                const long unit = from_links[row * n_links_ + k];
                if (unit <= before || unit >= n_units_)
                    fail("links", "must be numbers of units that increase in each row");
                before = unit;
            }
        w_ = in_blocks<float>(
            n_links_, [&](long row, long k) { return from_w[row * n_links_ + k]; });
        w_in_ = in_blocks<float>(n_features_ + 1, [&](long row, long k) {
            return k < n_features_ ? from_w_in[row * n_features_ + k] : from_bias[row];
        });
        if (n_links_ < n_units_)
            links_ = in_blocks<Index>(n_links_, [&](long row, long k) {
                return Index(from_links[row * n_links_ + k]);
            });
    }

    void describe_to(Reservoir &r) const {
        r.n_units = n_units_;
        r.n_links = n_links_;
        r.n_features = n_features_;
        r.is_for_one_lane = is_for_one_lane_;
        r.links = links_.data();
        r.w = w_.data();
        r.w_in = w_in_.data();
    }

  private:
    template <class T, class Number>
    std::vector<T> in_blocks(long n_columns, Number number) const {
        const long size = is_for_one_lane_ ? units_a_block : units_together;
        std::vector<T> values(std::size_t(padded(n_units_) * n_columns));
        for (long row = 0; row < n_units_; ++row) {
            const long in_block = row % size;
            T *block = values.data() + (row - in_block) * n_columns + in_block;
            for (long k = 0; k < n_columns; ++k) block[k * size] = number(row, k);
        }
        return values;
    }

    bool is_for_one_lane_;
    long n_units_, n_links_, n_features_;
    std::vector<Index> links_;
    std::vector<float> w_, w_in_;
};

Nonlinearity nonlinearity_named(const std::string &name) {
    if (name == "tanh") return Nonlinearity::tanh;
    if (name == "relu") return Nonlinearity::relu;
    if (name == "identity") return Nonlinearity::identity;
    fail("nonlinearity '" + name + "'", "is none of tanh, relu, identity");
}

void run_states(const std::string &isa, const Layer &layer, ReadArray x, ReadArray rows,
                ReadArray recurrent, ReadArray inputs, ReadArray bias, ReadArray leak,
                Array state, const std::string &nonlinearity, MaybeArray states,
                MaybeArray sums) {
    const Kernel &kernel = kernel_named(isa);
    Reservoir r{};
    layer.describe_to(r);
    r.is_double = is_double(state, "state");
    r.nonlinearity = nonlinearity_named(nonlinearity);
    if (x.ndim() != 3) fail("x", "must have 3 axes");
    const long n_given = long(x.shape(0));
    r.n_steps = long(x.shape(1));
    check_shape(x, "x", {n_given, r.n_steps, r.n_features});
    r.x_is_double = is_double(x, "x");
    r.x = {x.data(), {long(x.stride(0)), long(x.stride(1)), long(x.stride(2))}};
    r.n_lanes = long(rows.size());
    r.rows = numbers_in<std::int64_t>(rows, "rows", "int64", {r.n_lanes});
    for (long lane = 0; lane < r.n_lanes; ++lane)
        if (r.rows[lane] < 0 || r.rows[lane] >= n_given) fail("rows", "must be rows of x");
    const auto factors = [&](const ReadArray &array, const char *name) {
        return numbers_in<double>(array, name, "float64", {r.n_lanes});
    };
    r.recurrent = factors(recurrent, "recurrent");
    r.inputs = factors(inputs, "inputs");
    r.bias = factors(bias, "bias");
    r.leak = factors(leak, "leak");
    const auto places = [&](const MaybeArray &array, const char *name,
                            const std::vector<long> &shape) {
        Places result;
        if (!array) return result;
        if (is_double(*array, name) != r.is_double)
            fail(name, "must hold numbers of the kind that state holds");
        check_shape(*array, name, shape);
        result.values = array->data();
        for (std::size_t i = 0; i < shape.size(); ++i)
            result.strides[i] = long(array->stride(i));
        return result;
    };
    r.state = places(state, "state", {r.n_lanes, r.n_units});
    r.states = places(states, "states", {r.n_lanes, r.n_steps, r.n_units});
    r.sums = places(sums, "sums", {r.n_lanes, r.n_units});

    nb::gil_scoped_release released;
    const Borrowed arena(kernel.reservoir_bytes(r));
    kernel.run_reservoir(r, arena.data());
}

}  // namespace
}  // namespace sklearn_rnn

NB_MODULE(_compiled, m) {
    using namespace sklearn_rnn;
    // A script may well end with a graph in hand.
    nb::set_leak_warnings(false);
    m.doc() = "Compiled recurrence: forward, and backward through time.";
    nb::class_<Pass>(m, "Pass", "What backward needs of a forward pass.");
    m.def(
        "instruction_sets",
        [] {
            std::vector<std::string> names;
            for (const Kernel *kernel : kernels()) names.emplace_back(kernel->name);
            return names;
        },
        "Names of the kernels that this processor can run, the fastest first.");
    nb::class_<Layer>(m, "Layer", "Weights of a reservoir's layer, laid out.")
        .def(nb::init<ReadArray, ReadArray, ReadArray, ReadArray, bool>(), "w_in"_a,
             "bias"_a, "links"_a, "w"_a, "is_for_one_lane"_a);
    m.def("run_states", &run_states, "isa"_a, "layer"_a, "x"_a, "rows"_a, "recurrent"_a,
          "inputs"_a, "bias"_a, "leak"_a, "state"_a, "nonlinearity"_a, "states"_a.none(),
          "sums"_a.none(), "Drive a layer through the steps of sequences.");
    m.def("forward", &forward, "isa"_a, "cell"_a, "x"_a, "rows"_a.none(),
          "starts"_a.none(), "relative_to"_a, "w_ih"_a, "w_hh"_a, "b_ih"_a, "b_hh"_a,
          "h_0"_a.none(), "c_0"_a.none(), "is_reverse"_a, "states"_a.none(), "h_n"_a,
          "c_n"_a.none(), "keep_tape"_a, "n_threads"_a, "segment_length"_a = 1,
          "Run one layer in one direction; return what backward needs, or None.");
    m.def("backward", &backward, "pass_"_a, "starts"_a.none(), "w_ih"_a, "w_hh"_a,
          "d_states"_a.none(), "d_h_n"_a.none(), "d_c_n"_a.none(), "d_weights"_a,
          "d_x"_a.none(), "d_h_0"_a.none(), "d_c_0"_a.none(), "n_threads"_a,
          "Write the gradients of a forward pass.");
}
