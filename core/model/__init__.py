"""The language of the canvas as pure data: specs, graphs, edits, history and the project file. No torch, no Qt."""
