"""Maps by a pixel-labelling network: torchvision's by name, or any in ONNX or TorchScript from a URI.

The process that a stranger's network is confined to imports this package, too, so it does not import torch.
"""
