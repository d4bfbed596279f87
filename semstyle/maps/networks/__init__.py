"""Making maps by a pixel-labelling network: torchvision's by name, or any in ONNX or TorchScript from a URI.

This package does not import torch, as it is also imported by the process that a stranger's network is confined to.
"""
