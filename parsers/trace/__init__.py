"""Go execution traces: bytes in, columns out."""
