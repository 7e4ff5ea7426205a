"""What becomes of time and memory as one space grows, to a hundred thousand turns and a million."""
