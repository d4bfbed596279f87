"""What a render is made from: pictures, maps and their sizes, on the device."""
