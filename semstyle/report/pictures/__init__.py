"""The pictures of a report: thumbnails of its renders, what they were made from, and where their patches come from."""
