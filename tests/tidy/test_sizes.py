"""Sizes: what is small is read whole (STYLE 1). Exceptions are in `ratchet.toml` and may only shrink.

A function's lines are those of its body without its docstring. Its parameters are all but `self` and `cls`,
keyword-only ones included; those of a command line's command are its options and do not count. Nesting is
how many blocks lie around a statement inside the function; `elif` and `case` are no deeper than their first.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(file for folder in ("src", "bench", "scripts") for file in (ROOT / folder).rglob("*.py"))

MODULE_LINES_MAX: Final = 400
FUNCTION_LINES_MAX: Final = 60
PARAMETERS_MAX: Final = 5
NESTING_MAX: Final = 3

Function = ast.FunctionDef | ast.AsyncFunctionDef
_BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)
_OWN_COUNT = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def body_lines(function: Function) -> int:
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def parameters(function: Function) -> int:
    if any("command" in ast.unparse(decorator) for decorator in function.decorator_list):
        return 0
    given = function.args
    named = [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len([name for name in named if name not in ("self", "cls")])


def nesting(function: Function) -> int:
    return max((_deepest(child, 0) for child in function.body), default=0)


def _deepest(node: ast.AST, around: int) -> int:
    if isinstance(node, _OWN_COUNT):
        return around
    inside = around + 1 if isinstance(node, _BLOCKS) else around
    deepest = inside
    for name, value in ast.iter_fields(node):
        children = value if isinstance(value, list) else [value]
        is_elif = isinstance(node, ast.If) and name == "orelse" and [type(each) for each in children] == [ast.If]
        for child in children:
            if isinstance(child, ast.AST):
                deepest = max(deepest, _deepest(child, around if is_elif else inside))
    return deepest


MEASURES = {
    "function_lines": (body_lines, FUNCTION_LINES_MAX, "Take a part that has a name of its own out of it."),
    "parameters": (parameters, PARAMETERS_MAX, "Give them as one frozen options object."),
    "nesting": (nesting, NESTING_MAX, "Return early, or make the inner part a function."),
}


def _measured(rule: str) -> dict[str, int]:
    measure, limit, _ = MEASURES[rule]
    found: dict[str, int] = {}
    for file in FILES:
        for function in _functions(ast.parse(file.read_text(encoding="utf-8"))):
            key = f"{file.relative_to(ROOT)}:{function.name}"
            found[key] = max(found.get(key, 0), measure(function))
    return {key: value for key, value in found.items() if value > limit}


def _ratchet() -> Mapping[str, Mapping[str, int]]:
    return tomllib.loads((Path(__file__).parent / "ratchet.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("rule", MEASURES)
def test_every_function_is_small_or_a_known_exception(rule: str) -> None:
    _, limit, advice = MEASURES[rule]
    allowed = _ratchet()[rule]
    grown = {key: value for key, value in _measured(rule).items() if value > allowed.get(key, limit)}
    assert grown == {}, f"At most {limit} {rule.replace('_', ' ')}. {advice}"


@pytest.mark.parametrize("rule", MEASURES)
def test_exceptions_only_shrink(rule: str) -> None:
    measured = _measured(rule)
    loose = {
        key: (allowed, measured.get(key)) for key, allowed in _ratchet()[rule].items() if measured.get(key) != allowed
    }
    assert loose == {}, "ratchet.toml allows more than is needed: write the smaller number, or take the line out"


def test_every_module_is_short() -> None:
    lines = {str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines()) for file in FILES}
    assert len(lines) > 100
    assert {name: count for name, count in lines.items() if count > MODULE_LINES_MAX} == {}


SAMPLE = '''
def small(a, *, b):
    """Words do not count."""
    return a


class Thing:
    @cli.command("x")
    def command(self, a, b, c, d, e, f): ...

    def deep(self, a, b, c, d, e, *, f):
        if a:
            for x in b:
                with x:
                    while c:
                        pass
        elif b:
            pass
        elif c:
            pass

        def inner():
            if a:
                pass
'''


def test_the_measures_measure() -> None:
    functions = {function.name: function for function in _functions(ast.parse(SAMPLE))}
    assert [body_lines(functions[name]) for name in ("small", "deep")] == [1, 13]
    assert [parameters(functions[name]) for name in ("small", "command", "deep")] == [2, 0, 6]
    assert [nesting(functions[name]) for name in ("small", "deep", "inner")] == [0, 4, 1]
