"""What a language model is asked for, and how its answers are taken in: as untrusted input.

Each prompt is a file, known by its name with its version and by a digest of its text, so that
whoever keeps what came of it can say of which words. To change one is to give its file the next
version. What is put into a prompt is data, and marked as that. An answer has a shape, and is read
as it or not at all.
"""
