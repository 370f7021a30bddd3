"""Positional arguments for Invoke that may be left out, and that no option is taken for."""

import inspect
import itertools
import sys
import traceback
from typing import Any

from invoke.parser.argument import Argument
from invoke.tasks import Task


class Positional(Argument):
    """A positional argument that no option is taken for, and that may be left out when it has a default.

    Invoke's parser asks which positional arguments are missing in two places: to give one the next word, and
    at the end of a task's words, to refuse. It knows none that may be missing, so this one says that it is
    not when the next word is an option such as --help, or when the end is reached and it is no loss.
    """

    is_required: bool

    @property
    def value(self) -> Any:
        """What was given; never None to a parser that would refuse, or take an option for it."""
        given = Argument.value.fget(self)  # type: ignore[attr-defined]  # a property
        if given is not None:
            return given
        for frame, _ in itertools.islice(traceback.walk_stack(sys._getframe(1)), 4):
            word = frame.f_locals.get("token", "") if frame.f_code.co_name == "handle" else ""
            if str(word).startswith("-"):
                return ""
            if frame.f_code.co_name == "complete_context":
                is_help = frame.f_locals["self"].initial.args["help"].value
                return "" if is_help or not self.is_required else None
        return None

    @value.setter
    def value(self, given: str) -> None:
        self.set_value(given)


class WithPositional(Task[Any]):
    """A task with positional arguments."""

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:
        """Return the arguments as Invoke makes them, the positional ones as ours."""
        told = inspect.signature(self.body).parameters
        arguments = super().get_arguments(ignore_unknown_help)
        for argument in arguments:
            if argument.positional:
                argument.__class__ = Positional
                name = str(argument.name).replace("-", "_")
                argument.is_required = told[name].default is inspect.Parameter.empty  # type: ignore[attr-defined]
        return arguments
