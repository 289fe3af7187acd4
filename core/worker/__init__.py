"""Where a run trains: the loop that takes commands and looks between steps, on a thread or in a process of its own."""
