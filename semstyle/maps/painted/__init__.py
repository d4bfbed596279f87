"""Maps that somebody painted: their colours and labels, what is the matter with them, and cleaning them."""
