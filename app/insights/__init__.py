"""What a hospital report says, and the words that prove it: no page, no AWS, no HTTP server here."""
