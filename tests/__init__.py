"""The tests, and what only they need.

What Python compiles is kept, also where the system says that it is not to be: each worker of a run would rewrite the
assertions of hundreds of modules, and `kpm`, which tests start as a process of its own, compile all of the server.
"""

import os
import sys

sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
