"""`python -m vividly` is `vividly`."""

import sys

from vividly.cli import main

sys.exit(main())
