"""moto's Systems Manager without all of EC2, which it imports for commands on machines.

EC2 is half of what the account would load at its start, and nothing of ours runs on machines. It is loaded
when somebody asks for it.
"""

import importlib
import sys
from types import ModuleType
from typing import Any


class _Later:
    """EC2's backends, once somebody looks one up."""

    def __getitem__(self, account: str) -> Any:
        return importlib.import_module("moto.ec2").ec2_backends[account]


def systems_manager() -> ModuleType:
    """Return moto.ssm.models, imported without EC2 unless that is loaded already."""
    if "moto.ec2" in sys.modules:
        return importlib.import_module("moto.ssm.models")
    standin: Any = ModuleType("moto.ec2")
    standin.ec2_backends = _Later()
    sys.modules["moto.ec2"] = standin
    try:
        return importlib.import_module("moto.ssm.models")
    finally:
        del sys.modules["moto.ec2"]
