"""`python -m rag` is `dateline`."""

from rag.cli import main

main()
