"""The one error that running the program on this machine raises."""


class RuntimeProblemError(Exception):
    """The machine does not let the program run; the message says why and what to do."""
