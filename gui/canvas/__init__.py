"""The canvas: nodes, wires and the gestures that change them."""
