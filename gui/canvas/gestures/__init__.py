"""One class a gesture: what the mouse and the keyboard do on the canvas."""
