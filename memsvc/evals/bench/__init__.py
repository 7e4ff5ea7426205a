"""`make bench`: every target of speed and size in one run, in rows with peers and goals."""
