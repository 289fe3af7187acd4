"""Pooling: fewer places, the same features; and the way back."""

from core.layers.pooling import adaptive, sliding, unpooling

_BY_KIND = {spec.kind: spec for spec in (*sliding.SPECS, *adaptive.SPECS, *unpooling.SPECS)}
_COMMONEST = ("max_pool2d", "avg_pool2d", "global_avg_pool2d", "adaptive_avg_pool2d", "max_pool1d", "avg_pool1d")

SPECS = tuple(_BY_KIND[kind] for kind in dict.fromkeys((*_COMMONEST, *_BY_KIND)))
