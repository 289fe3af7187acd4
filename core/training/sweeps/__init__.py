"""Many runs of one project that differ in some of its parameters: described as data, trained by worker processes."""
