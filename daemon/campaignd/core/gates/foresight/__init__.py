"""Before spending: what the gates of a campaign can tell at the size it has.

`forecast` is light to import; `foresee` needs numpy.
"""
