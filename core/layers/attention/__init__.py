"""Attention: every step looks at the others. Commonest first, as in the palette."""

from core.layers.attention import heads, images, layers, parts, positions, scores

SPECS = (*heads.SPECS, *scores.SPECS, *layers.SPECS, *positions.SPECS, *images.SPECS, *parts.SPECS)
