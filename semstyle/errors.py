"""What can go wrong in a render, in words for the person who asked for it."""

from __future__ import annotations


class SemstyleError(Exception):
    """Any error whose message is one clear line for a user; the command line prints it without a traceback.

    Attributes:
        exit_code: What the command exits with; 2 means that the user can put it right in arguments, manifest or
            settings.
    """

    exit_code = 2


class RenderError(SemstyleError):
    """A render that cannot be done; the message is one line that says what is wrong and what to do."""


class InputError(RenderError):
    """The images, maps or parameters given do not make a render; trying again will not help."""


class ParameterError(InputError):
    """A parameter outside its range or of the wrong type.

    Attributes:
        name: The parameter's name, so that a manifest can name its column.
    """

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name


class NonFiniteLossError(RenderError):
    """The loss stayed NaN or infinite after every restart.

    Attributes:
        image: The last good image, (3, H, W) in 0..1.
    """

    def __init__(self, message: str, image: object) -> None:
        super().__init__(message)
        self.image = image


class RenderCancelled(RenderError):
    """The render was cancelled, as ``on_step`` asked.

    Attributes:
        image: The image as it was, (3, H, W) in 0..1.
    """

    def __init__(self, image: object) -> None:
        super().__init__("the render was cancelled")
        self.image = image
