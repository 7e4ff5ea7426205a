"""Whether the right memories come back: one question about the service a file.

No language model takes part, but what one found in texts may be replayed. `run` asks labelled
questions and stands under most of the others.
"""
