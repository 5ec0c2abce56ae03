"""cases: what all cases share."""

import uuid


def case(function):
    """Marks a function as a case, which the driver runs: it is given a stage."""
    function.is_case = True
    return function


def key():
    """The key of a message, as programs draw it."""
    return str(uuid.uuid4())


def post(line, who, text):
    """Sends a message as a program; returns its id."""
    return line.request(f"post {key()} {who} {text}")["id"]
