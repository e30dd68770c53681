"""What comments are about: a company's taxonomy of topics, and which of them a comment mentions, by what words.

Belongs here: a taxonomy and its flaws, the language of a text, its words and lemmas, the match. Does not
belong here: where comments come from or go to, approval (`company`), or any figure. Nothing is downloaded and
nothing is drawn: the same text and taxonomy give the same topics, byte for byte.
"""
