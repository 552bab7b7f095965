"""Real Go processes for tests and benchmarks: built once, run on loopback, ended whatever happens."""
