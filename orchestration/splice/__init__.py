"""Two tools that asked the same question, one after the other: whether their answers are one series.

Reads the working file and the company's registry of questions; changes nothing.
"""
