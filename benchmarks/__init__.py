"""Side by side with what people use today, measured in one run, printed as tables."""
