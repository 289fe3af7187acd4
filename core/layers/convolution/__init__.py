"""Convolutions: one small kernel for every place; and what changes the number of places without weights."""

from core.layers.convolution import masked, padding, patches, plain, resizing, separable, transposed

SPECS = (
    *plain.SPECS,
    *transposed.SPECS,
    *separable.SPECS,
    *masked.SPECS,
    *resizing.SPECS,
    *padding.SPECS,
    *patches.SPECS,
)
