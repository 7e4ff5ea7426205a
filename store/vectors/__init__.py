"""Indexes of vectors, one class a file; `exact` is the twin that the others must agree with."""
