"""``python -m redone``: the command, in the form that torchrun starts."""

from redone.cli.main import main

if __name__ == "__main__":
    main()
