"""Methods that minimise a loss over the pixels."""
