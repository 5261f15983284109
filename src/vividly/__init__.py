"""Vividly: short video lessons for high-school STEM questions, made for one student, delivered without loss."""

import os

__version__ = "0.1.0"

# Our work is many small matrices in several processes: threads of the linear algebra library would only fight for cores
# (a question's vector took 20 times as long under load). Read once, when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # noqa: TID251 set for a library, not read as a setting
