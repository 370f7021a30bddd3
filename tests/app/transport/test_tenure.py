import gc
import subprocess
import sys

CODE = """
import gc
from app.transport.tenure import Tenure
tenure = Tenure()
at_first = gc.get_freeze_count()
kept = [[] for _ in range(1000)]
tenure.grant()
without_imports = gc.get_freeze_count()
import mailbox, pydoc, xmlrpc.server
tenure.grant()
print(at_first > 1000, without_imports <= at_first, gc.get_freeze_count() > at_first + 500)
"""


def test_only_what_modules_brought_is_exempted():
    """In a process of its own: what is exempted stays so."""
    run = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True)
    assert run.stdout.split() == ["True", "True", "True"], run.stderr
    assert gc.isenabled()
