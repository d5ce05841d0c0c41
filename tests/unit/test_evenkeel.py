"""`import evenkeel` is the client, loads nothing else, and costs next to nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import evenkeel
from evenkeel.observe.sdk.client import Client

CPU_S_MAX = 0.3

LOADED = """
import json, resource, sys
before = resource.getrusage(resource.RUSAGE_SELF)
known = set(sys.modules)
import evenkeel
evenkeel.Client
after = resource.getrusage(resource.RUSAGE_SELF)
spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
roots = {name.partition('.')[0] for name in set(sys.modules) - known}
own = sorted(name for name in sys.modules if name.startswith('evenkeel'))
print(json.dumps({"foreign": sorted(roots - set(sys.stdlib_module_names) - {"evenkeel"}), "own": own, "cpu_s": spent}))
"""


def test_the_client_is_found_under_the_first_name_one_tries() -> None:
    assert evenkeel.Client is Client
    assert set(evenkeel.__all__) >= {"Client", "__version__"}


def test_whatever_it_names_is_there_and_is_known_to_type_checkers() -> None:
    for name in evenkeel.__all__:
        assert getattr(evenkeel, name) is not None
    source = Path(evenkeel.__file__).read_text("utf-8")
    checked = source[source.index("if TYPE_CHECKING:") : source.index("__all__")]
    assert all(name in checked for name in evenkeel.__all__ if name != "__version__")


def test_what_a_notebook_lacks_is_named_with_the_way_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "evenkeel.library.frames", raising=False)
    monkeypatch.delitem(sys.modules, "evenkeel.library.opening", raising=False)
    monkeypatch.delitem(sys.modules, "evenkeel.library.profiling", raising=False)
    monkeypatch.setitem(sys.modules, "narwhals", None)
    with pytest.raises(ImportError, match=r"evenkeel.profile needs narwhals. Install evenkeel\[notebook\]"):
        _ = evenkeel.profile


def test_the_version_is_the_one_that_is_installed() -> None:
    assert evenkeel.__version__ == version("evenkeel")


def test_other_names_are_refused_as_python_does() -> None:
    with pytest.raises(AttributeError, match="module 'evenkeel' has no attribute 'Manager'"):
        evenkeel.Manager  # noqa: B018


def test_importing_it_loads_the_client_and_the_standard_library_only_within_its_budget() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    assert found["foreign"] == []
    rooms = {".".join(name.split(".")[:3]) for name in found["own"]}
    assert rooms == {"evenkeel", "evenkeel.observe", "evenkeel.observe.sdk"}
    assert found["cpu_s"] <= CPU_S_MAX
