"""What `tasks.py` lists: each task reads its options, calls ops/ and prints what came back."""
