"""The one error of a file that cannot be understood as a whole. Single rows go to quarantine instead."""

from pathlib import Path

from ingestion.errors import RefusedError


class FileNotUnderstoodError(RefusedError):
    """Stops the load before anything of it is written; the message names file, place and remedy."""

    def __init__(self, path: Path, problem: str, remedy: str) -> None:
        super().__init__("files", f"{path}:", problem, remedy)
        self.problem = problem
        self.remedy = remedy
