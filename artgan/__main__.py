"""``python -m artgan``."""

from artgan.cli import main

if __name__ == "__main__":
    main()
