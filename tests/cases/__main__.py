"""`python -m tests.cases` writes docs/cases.md."""

from tests.cases.case import page
from tests.cases.every import PAGE, every_case

PAGE.write_text(page(every_case()), "utf-8")
