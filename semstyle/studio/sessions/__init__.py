"""What a painter has made, on disk: each session is a folder, and its document names the files in it."""
