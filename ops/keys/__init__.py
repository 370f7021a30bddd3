"""The language models' keys: which there are, what the function holds, and how one is replaced."""
