"""Recurrent networks as torch modules: sequences in, outputs out."""

import math
from dataclasses import replace

import torch
from torch import nn

from sklearn_rnn._kernels.batch import SequenceBatch, latest_steps
from sklearn_rnn._kernels.layers import drop_out, run_layers

__all__ = ["CELLS", "RecurrentModule", "constrain_recurrent_weights"]

# Cell name -> torch's module and the number of gates in its weights.
CELLS = {"rnn": (nn.RNN, 1), "gru": (nn.GRU, 3), "lstm": (nn.LSTM, 4)}

# From this many steps on, the gates of an LSTM start with memories of all lengths.
_LONG_SEQUENCE = 100


class RecurrentModule(nn.Module):
    """Recurrent layers, pooling over steps, dropout and a linear head.

    Parameters
    ----------
    cell : {"rnn", "gru", "lstm"}
        Kind of recurrence; the layers are torch's, with torch's names of weights.
    n_features, n_outputs : int
        Size of a step and of the output.
    n_steps : int
        Number of steps of the longest training sequence.
    hidden_size, num_layers, bidirectional, dropout
        Arguments of torch's modules; `dropout` also acts before the head.
    pooling : {"last", "mean", "max", "attention"}
        How the states of all steps become one state; ``"last"`` takes the final state
        of each direction.
    init : {"auto", "xavier", "he", "orthogonal", "torch"}
        Initial weights of the recurrent layers. The head starts at zero.
    nonlinearity : {"tanh", "relu"}, default="tanh"
        Nonlinearity of the ``"rnn"`` cell.
    segment_length : int, default=1
        Number of steps that the recurrent layers read as one, side by side. The linear
        map reads single steps.
    has_skip : bool, default=False
        Whether a linear map from the latest `n_steps` steps is added to the output.
    n_threads : int, default=1
        Number of threads of the compiled kernel.
    generator : torch.Generator or None, default=None
        The generator, on the CPU, of weights and of the masks of dropout; None: torch's
        own, which all threads share.

    Attributes
    ----------
    generator : torch.Generator or None
        The generator of the masks of dropout, during training.
    """

    def __init__(
        self,
        cell,
        n_features,
        n_outputs,
        n_steps,
        hidden_size,
        num_layers,
        bidirectional,
        dropout,
        pooling,
        init,
        nonlinearity="tanh",
        segment_length=1,
        has_skip=False,
        n_threads=1,
        generator=None,
    ):
        super().__init__()
        layer, self.n_gates = CELLS[cell]
        self.generator = generator
        # Layers without memory: torch would draw weights from its own generator.
        # An explicit dtype and device do not depend on the defaults that users set.
        empty = {"device": "meta", "dtype": torch.float32}
        self.cell = cell
        self.n_steps = n_steps
        self.segment_length = segment_length
        self.pooling = pooling
        self.n_threads = n_threads
        self.rnn = layer(
            segment_length * n_features,
            hidden_size,
            num_layers=num_layers,
            bidirectional=bidirectional,
            dropout=dropout if num_layers > 1 else 0.0,
            batch_first=True,
            **({"nonlinearity": nonlinearity} if cell == "rnn" else {}),
            **empty,
        )
        self.n_directions = 2 if bidirectional else 1
        n_states = self.n_directions * hidden_size
        self.attention = None
        if pooling == "attention":
            self.attention = nn.Sequential(
                nn.Linear(n_states, n_states, **empty),
                nn.Tanh(),
                nn.Linear(n_states, 1, bias=False, **empty),
            )
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(n_states, n_outputs, **empty)
        self.skip = None
        if has_skip:
            n_columns = n_steps * n_features
            self.skip = nn.Linear(n_columns, n_outputs, bias=False, **empty)
        self.to_empty(device="cpu")
        self._initialize(init)

    def _initialize(self, init):
        self._draw_as_torch()
        for layer in filter(None, (self.head, self.skip)):
            for parameter in layer.parameters():
                nn.init.zeros_(parameter)
        if init == "torch":
            return
        generator = self.generator
        for name, parameter in self.rnn.named_parameters():
            if name.startswith("bias"):
                nn.init.zeros_(parameter)
                continue
            for gate in parameter.detach().chunk(self.n_gates):
                if init == "orthogonal" or (init == "auto" and "_hh_" in name):
                    nn.init.orthogonal_(gate, generator=generator)
                elif init == "auto":
                    # LeCun: standardised inputs reach the gates with unit variance.
                    nn.init.kaiming_uniform_(
                        gate, nonlinearity="linear", generator=generator
                    )
                elif init == "he":
                    nn.init.kaiming_uniform_(
                        gate, nonlinearity="relu", generator=generator
                    )
                else:
                    nn.init.xavier_uniform_(gate, generator=generator)
        if init == "auto" and self.cell == "lstm":
            self._open_forget_gates()

    def _draw_as_torch(self):
        """Draw all weights from the distributions of torch, with our generator."""
        for weight in self.rnn.parameters():
            _draw_uniformly(weight, self.rnn.hidden_size, self.generator)
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                for weight in layer.parameters():
                    _draw_uniformly(weight, layer.in_features, self.generator)

    def _open_forget_gates(self):
        """Open the forget gates of an LSTM: bias 1, or memories of all lengths.

        References
        ----------
        Jozefowicz, R., Zaremba, W., Sutskever, I. (2015). An empirical exploration of
        recurrent network architectures. ICML.

        Tallec, C., Ollivier, Y. (2018). Can recurrent neural networks warp time? ICLR.
        """
        n_segments = math.ceil(self.n_steps / self.segment_length)  # the steps of cells
        for name, bias in self.rnn.named_parameters():
            if not name.startswith("bias_ih"):
                continue
            with torch.no_grad():
                enter, forget, _, _ = bias.chunk(self.n_gates)
                if n_segments < _LONG_SEQUENCE:
                    forget.fill_(1.0)
                else:
                    last = n_segments - 1.0
                    forget.uniform_(1.0, last, generator=self.generator).log_()
                    enter.copy_(-forget)

    def get_dropout(self):
        """Return the probability of dropout."""
        return self.dropout.p

    @property
    def is_constant(self) -> bool:
        """Whether outputs are the same for all sequences, as before training."""
        layers = filter(None, (self.head, self.skip))
        return not any(layer.weight.any() for layer in layers)

    def set_dropout(self, dropout):
        """Set the probability of dropout, between layers and before the head."""
        self.dropout.p = dropout
        if self.rnn.num_layers > 1:
            self.rnn.dropout = dropout

    def forward(self, x, lengths=None):
        """Map sequences to outputs.

        Parameters
        ----------
        x : tensor of shape (n_samples, n_steps, n_features) or SequenceBatch
            Sequences, right-aligned; absent steps of a tensor hold 0.
        lengths : tensor of shape (n_samples,) or None, default=None
            Number of present steps of each sequence of a tensor; None: all are present.
            A batch has its own lengths.

        Returns
        -------
        outputs : tensor of shape (n_samples, n_outputs)
            Outputs, before they are unscaled.
        """
        pooled = self.pool_states(x, lengths)
        if self.training and self.generator is not None:
            pooled = drop_out(pooled, self.dropout.p, self.generator)
        else:
            pooled = self.dropout(pooled)
        outputs = self.head(pooled)
        if self.skip is not None:
            if isinstance(x, SequenceBatch):
                x = x.pad(x.gather(outputs.dtype))
            outputs = outputs + self.skip(latest_steps(x, self.n_steps))
        return outputs

    def in_segments(self, x, lengths=None):
        """Return sequences as a batch that the recurrent layers read by segments.

        Parameters
        ----------
        x, lengths
            As in `forward`.
        """
        if isinstance(x, SequenceBatch):
            return replace(x, segment_length=self.segment_length)
        return SequenceBatch(x, lengths=lengths, segment_length=self.segment_length)

    def pool_states(self, x, lengths=None):
        """Return the pooled states of sequences, (n_samples, n_states).

        Parameters
        ----------
        x, lengths
            As in `forward`.
        """
        states, final, present = run_layers(
            self.rnn,
            self.in_segments(x, lengths),
            wants_states=self.pooling != "last",
            n_threads=self.n_threads,
            generator=self.generator,
        )
        return self._pool(states, final, present)

    def _pool(self, states, final, present):
        """Turn states (n_samples, n_segments, n_states) into (n_samples, n_states)."""
        if self.pooling == "last":
            return final
        if self.pooling == "mean":
            if present is None:
                return states.mean(dim=1)
            return (states * present).sum(dim=1) / present.sum(dim=1)
        if self.pooling == "max":
            if present is not None:
                states = states.masked_fill(~present, -math.inf)
            return states.amax(dim=1)
        scores = self.attention(states)  # (n_samples, n_segments, 1)
        if present is not None:
            scores = scores.masked_fill(~present, -math.inf)
        return (states * scores.softmax(dim=1)).sum(dim=1)


def _draw_uniformly(weight, n_inputs, generator):
    """Draw a weight uniformly within 1 / sqrt(n_inputs) of 0."""
    bound = 1 / math.sqrt(n_inputs)
    nn.init.uniform_(weight, -bound, bound, generator=generator)


def constrain_recurrent_weights(module):
    """Scale recurrent weights back to a spectral norm of at most 1, gate by gate.

    Parameters
    ----------
    module : RecurrentModule
        Changed in place.
    """
    with torch.no_grad():
        for name, weight in module.rnn.named_parameters():
            if name.startswith("weight_hh"):
                # (n_gates * hidden, hidden) -> (n_gates, hidden, hidden)
                gates = weight.view(module.n_gates, -1, weight.shape[1])
                norms = torch.linalg.matrix_norm(gates, ord=2, keepdim=True)
                gates /= norms.clamp(min=1.0)
