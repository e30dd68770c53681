"""One module for each vendor that posts events. What all of them share belongs in `senders.py`."""
