"""Maps by a pixel-labelling network: torchvision's by name, or any in ONNX or TorchScript from a URI."""

from semstyle.maps.networks.labelling import label_pixels

__all__ = ["label_pixels"]
