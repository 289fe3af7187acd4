"""The modules and functions that torch lacks, a family a file.

Each stands alone with what is in its own file, so that its source can be pasted into an exported file; names are unique
across the files.
"""
