"""Estimates, their bounds and p values, on arrays. Every method names its source.

Whatever is measured answers the same three questions (`inference.Measured`): its one-sided bounds
at a confidence, and how surprising it would be if the truth were at most, or at least, some
margin. `inference.infer` turns that into what a gate decides by. numpy is all that importing
these modules loads; scipy is imported where it is first needed, `scipy.stats` (a second) only for
resampling, drift and false discovery rates.
"""
