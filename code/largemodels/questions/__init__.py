"""Self-check questions, one data file per chapter, and the checkers of the practice exercises."""
