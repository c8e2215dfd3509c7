"""`python -m campaignd`."""

from campaignd.cli import main

main()
