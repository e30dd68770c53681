"""One file for each stretch of the flow; each offers `defs()`. `orchestration.definitions` loads them all."""
