"""
How good the memory is: `python -m tests.benchmarks.memory` (see `tests/benchmarks/README.md`).

Two things must be said before any module here is loaded: one process per core does the work, so the matrix library
gets one thread; and the bounds of what the product reads are beside Django's models.
"""

import os

import django

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()
