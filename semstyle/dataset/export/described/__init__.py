"""What describes a data set to people and programs: its card, its Croissant metadata, its contact sheet."""
