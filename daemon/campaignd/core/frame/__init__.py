"""The values of an execution as arrays, built once before gates look at them."""

from campaignd.core.frame.columns import Column, Kind
from campaignd.core.frame.model import ABSENT, Arm, Frame, IntArray, Status, Unit
from campaignd.core.frame.scores import build_score_frame
from campaignd.core.frame.simulations import build_frame

__all__ = [
    "ABSENT",
    "Arm",
    "Column",
    "Frame",
    "IntArray",
    "Kind",
    "Status",
    "Unit",
    "build_frame",
    "build_score_frame",
]
