"""Reading: files into sections of text. Parsers run in a process of their own."""
