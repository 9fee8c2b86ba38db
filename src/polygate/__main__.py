"""`python -m polygate`, and the `polygate` command."""

from polygate.cli.main import main

if __name__ == "__main__":
    main()
