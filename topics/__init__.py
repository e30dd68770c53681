"""What comments are about: a company's taxonomy of topics, and which of them a comment mentions, and why.

Belongs here: a taxonomy and its flaws, the language of a text, its words and lemmas, the match. Does not
belong here: where comments come from or go to, approval (`company`), or any figure. Nothing is downloaded and
nothing is drawn: the same text and taxonomy give the same topics, byte for byte.
"""

from typing import Final

#: Those whose words of denial are known (`negation`), and whose lemmas simplemma has.
LANGUAGES: Final = ("en", "nl", "fr", "de", "es", "pt")
