"""Arrays that numpy saved, as tables of one column: vectors, one in each row, or numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.library.lists import ListTable

SUFFIX: Final = ".npy"


def open_array(path: Path) -> ListTable:
    """The column in a file of numpy's; it is called as the file is, without its ending.

    Raises InvalidInputError for a file that is not there, is spoiled, or holds other objects than numbers.
    """
    if not path.is_file():
        raise InvalidInputError(f"There is no file {path}.", hint="Give the path of one.", seen=str(path))
    try:
        found = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        message = f"{path.name} cannot be read: {error}."
        hint = "Look whether numpy.save wrote it, of numbers."
        raise InvalidInputError(message, hint=hint, seen=path.name) from error
    return ListTable({path.stem: found})
