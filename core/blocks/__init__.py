"""The library of blocks: residual, inception, encoder layer and others, ready to be copied into a project."""
