"""A run's whole step (forward, backward, optimizer) as one compiled function, which takes over from the eager one."""
