"""What the engines that ask a language model share: the question, the answer and its proof."""
