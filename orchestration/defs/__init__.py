"""One file for each stage of the flow; each has `defs()`. `orchestration.definitions` loads them all."""
