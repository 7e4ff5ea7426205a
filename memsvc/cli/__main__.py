"""`python -m memsvc.cli`, for where the console script is not on the path."""

from memsvc.cli import main

if __name__ == "__main__":
    main()
