"""`doctor`: a look at everything that campaignd needs, which changes nothing.

`examination` puts the checks together; each other module looks at one thing.
"""

from campaignd.wiring.doctor.examination import examine
from campaignd.wiring.doctor.patient import Patient

__all__ = ["Patient", "examine"]
