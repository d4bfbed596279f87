"""What a render costs in seconds and memory, told from its row before anything of it is loaded.

A row's work is counted in units of :class:`~semstyle.cost.quantity.Quantity`, and
:class:`~semstyle.cost.rates.CostRates` say how long one of each takes on some machine. ``semstyle bench calibrate``
measures those of this one. Nothing here imports torch.
"""

from semstyle.cost.estimate import Estimate, Estimator
from semstyle.cost.image_sizes import ImageSizes
from semstyle.cost.rates import CostRates
from semstyle.cost.rates_file import rates_for
from semstyle.cost.shapes import Shapes, shapes_of

__all__ = ["CostRates", "Estimate", "Estimator", "ImageSizes", "Shapes", "rates_for", "shapes_of"]
