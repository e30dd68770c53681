"""Findings about a file, as sentences: what is sure, and what a person must settle."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """One sentence on one subject. `remedy` says how a person settles what is unsure. A finding `blocks`
    acceptance of the file if a wrong guess would give a wrong number."""

    about: str
    text: str
    is_sure: bool = True
    remedy: str = ""
    blocks: bool = False


@dataclass(frozen=True)
class Known:
    """A header or a zone given by a person or a known tool, which needs no evidence; or none."""

    header: str | None = None
    why: str = ""


@dataclass
class Findings:
    """The findings in the order in which they were made."""

    all: list[Finding] = field(default_factory=list)

    def sure(self, about: str, text: str) -> None:
        self.all.append(Finding(about, text))

    def unsure(self, about: str, text: str, remedy: str = "", blocks: bool = False) -> None:
        self.all.append(Finding(about, text, False, remedy, blocks))

    @property
    def blocking(self) -> list[Finding]:
        return [finding for finding in self.all if finding.blocks]
