// The kernel for one instruction set: built once for each, with SKLEARN_RNN_ISA and
// SKLEARN_RNN_VECTOR_BYTES set on the compiler's command line.
#include "recurrence.hpp"
#include "states.hpp"

namespace SKLEARN_RNN_ISA {

#define SKLEARN_RNN_STRING_OF(name) #name
#define SKLEARN_RNN_STRING(name) SKLEARN_RNN_STRING_OF(name)

extern const sklearn_rnn::Kernel kernel;
const sklearn_rnn::Kernel kernel = {
    SKLEARN_RNN_STRING(SKLEARN_RNN_ISA),
    chunk_size,
    bytes_of<ForwardWeights>,
    bytes_of<BackwardWeights>,
    tape_bytes,
    bytes_of<Scratch>,
    pack<ForwardWeights>,
    pack<BackwardWeights>,
    forward,
    n_sums,
    backward,
    unpack,
    reservoir_bytes,
    run_reservoir,
};

}  // namespace SKLEARN_RNN_ISA
