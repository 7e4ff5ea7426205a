"""What a language model is asked for, and how its answers are taken in: as untrusted input."""
