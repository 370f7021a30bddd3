"""Parts of the page. Each returns HTML made of escaped text, or draws a few widgets; none computes."""
