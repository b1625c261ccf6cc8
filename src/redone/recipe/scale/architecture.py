"""The sizes of a decoder that cost anything, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """A decoder's sizes.

    ``experts`` above 0 makes the feed-forward layer a mixture: ``mlp`` is then the width of one expert and
    ``active`` of them work on a token. ``tied``: embedding and output head are one matrix. ``qk_norm``: queries
    and keys are normalised per head. ``bias``: the query, key and value products have one.
    """

    name: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    mlp: int
    vocab: int
    tied: bool = True
    qk_norm: bool = True
    bias: bool = False
    experts: int = 0
    active: int = 0

    @property
    def query_width(self) -> int:
        """Numbers of a token's queries in one layer."""
        return self.heads * self.head_dim

    @property
    def kv_width(self) -> int:
        """Numbers of a token's keys in one layer; its values have as many."""
        return self.kv_heads * self.head_dim

    @property
    def attention_weights(self) -> int:
        """Weights of one layer's four attention products."""
        return 2 * self.hidden * (self.query_width + self.kv_width)

    @property
    def active_mlp(self) -> int:
        """Width of the feed-forward layer that one token goes through."""
        return self.mlp * max(1, self.active)

    @property
    def layer_products(self) -> int:
        """Weights of one layer that a token is multiplied by: a router and the active experts in a mixture."""
        return self.attention_weights + 3 * self.hidden * self.active_mlp + self.hidden * self.experts

    @property
    def head(self) -> int:
        """Weights of the output head."""
        return self.hidden * self.vocab

    @property
    def layer_parameters(self) -> int:
        """Parameters of one layer, norms included."""
        stored = 3 * self.hidden * self.mlp * max(1, self.experts) + self.hidden * self.experts
        small = 2 * self.hidden + (2 * self.head_dim if self.qk_norm else 0)
        small += self.query_width + 2 * self.kv_width if self.bias else 0
        return self.attention_weights + stored + small

    @property
    def parameters(self) -> int:
        """All parameters."""
        return self.layers * self.layer_parameters + self.head * (1 if self.tied else 2) + self.hidden

    @property
    def active_parameters(self) -> int:
        """Weights that are read for one token of a batch of one: the embedding is a look-up and not counted."""
        return self.layers * self.layer_products + self.head

    @property
    def kv_numbers(self) -> int:
        """Numbers that a token leaves in the cache of keys and values."""
        return 2 * self.layers * self.kv_width

    def lora_parameters(self, rank: int) -> int:
        """Parameters of adapters of ``rank`` at all linear layers."""
        attention = 2 * (self.hidden + self.query_width) + 2 * (self.hidden + self.kv_width)
        return self.layers * rank * (attention + 3 * (self.hidden + self.mlp) * max(1, self.experts))
