"""As much of PowerShell as the decisions of windows.ps1 are written in, run from the grammar's tree of the script.

No PowerShell can be had where the tests run. A command is a function of the script, or a stand-in that a test gives,
and gets its arguments in their order: the names of parameters are left out. What is not known here is an error.
"""

from __future__ import annotations

import operator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


def parse(script: str) -> Node:
    return Parser(Language(tree_sitter_powershell.language())).parse(script.encode()).root_node


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def texts(node: Node, kind: str) -> list[str]:
    return [found.text.decode() for found in walk(node) if found.type == kind and found.text]


class Failed(Exception):  # noqa: N818 - what a stand-in raises, and the script catches
    """A command that fails."""


class _Return(Exception):  # noqa: N818 - a jump, no error
    pass


class _Continue(Exception):  # noqa: N818 - a jump, no error
    pass


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


# Comparisons of text know no case. The order is that of versions: the script puts nothing else in order.
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "-eq": lambda a, b: _folded(a) == _folded(b),
    "-ne": lambda a, b: _folded(a) != _folded(b),
    "-like": lambda a, b: fnmatchcase(_folded(a or ""), _folded(b)),
    "-notlike": lambda a, b: not fnmatchcase(_folded(a or ""), _folded(b)),
    "-notcontains": lambda a, b: b not in a,
    "-lt": lambda a, b: _numbers(a) < _numbers(b),
    "-ge": lambda a, b: _numbers(a) >= _numbers(b),
}


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


class PowerShell:
    """Runs functions of a script."""

    def __init__(self, script: str, variables: Mapping[str, Any], commands: Mapping[str, Callable[..., Any]]) -> None:
        functions = [node for node in walk(parse(script)) if node.type == "function_statement"]
        self._functions = {texts(node, "function_name")[0]: node for node in functions}
        self._variables = {"null": None, **variables}
        self._commands = commands

    def call(self, name: str, *arguments: Any) -> Any:
        if name in self._commands:
            return self._commands[name](*arguments)
        function, outer = self._functions[name], self._variables
        parameters = [_name(one) for node in walk(function) if node.type == "script_parameter" for one in _vars(node)]
        self._variables = {**outer, **dict(zip(parameters, arguments, strict=False))}
        try:
            return self._run(next(node for node in function.children if node.type == "script_block"))
        except _Return as jump:
            return jump.args[0]
        finally:
            self._variables = outer

    def _run(self, node: Node) -> Any:
        """What a node gives; of several statements, the one that gives something."""
        handle = getattr(self, f"_{node.type}", None)
        if handle:
            return handle(node)
        children = [child for child in node.named_children if child.type != "comment"]
        assert node.type in {"statement_list", "statement_block"} or len(children) == 1, node
        given = [value for value in map(self._run, children) if value is not None]
        return given[-1] if given else None

    # Statements

    def _if_statement(self, node: Node) -> Any:
        condition, block = node.named_children
        return self._run(block) if self._run(condition) else None

    def _foreach_statement(self, node: Node) -> None:
        variable, values, block = node.named_children
        for value in self._run(values):
            self._variables[_name(variable)] = value
            try:
                self._run(block)
            except _Continue:
                continue

    def _flow_control_statement(self, node: Node) -> None:
        if node.children[0].type == "continue":
            raise _Continue
        raise _Return(self._run(node.named_children[0]) if node.named_children else None)

    def _try_statement(self, node: Node) -> Any:
        block, clauses = node.named_children
        (handler,) = (one for one in walk(clauses) if one.type == "catch_clause")
        try:
            return self._run(block)
        except Failed as error:
            self._variables["_"] = str(error)
            return self._run(handler)

    def _empty_statement(self, _: Node) -> None:
        pass

    def _assignment_expression(self, node: Node) -> None:
        target, _, value = node.named_children
        self._variables[_name(_vars(target)[0])] = self._run(value)

    def _pipeline_chain(self, node: Node) -> Any:
        first, *rest = node.named_children
        value = self._run(first)
        for command in rest:
            name, arguments = texts(command, "command_name")[0], self._arguments(command)
            if name == "Out-Null":
                return None
            assert name == "Where-Object"
            value = [one for one in value if self._with(one, *arguments)]
        return value

    def _with(self, value: Any, block: Callable[[], Any]) -> Any:
        self._variables["_"] = value
        return block()

    def _command(self, node: Node) -> Any:
        return self.call(texts(node, "command_name")[0], *self._arguments(node))

    def _arguments(self, node: Node) -> list[Any]:
        separate = {"command_argument_sep", "command_parameter"}
        elements = [one for child in node.named_children if child.type == "command_elements" for one in child.children]
        return [self._run(one) for one in elements if one.type not in separate]

    # Expressions

    def _logical_expression(self, node: Node) -> Any:
        if len(node.children) == 1:
            return self._run(node.children[0])
        left, how, right = node.children
        if how.type == "-or":
            return bool(self._run(left) or self._run(right))
        assert how.type == "-and"
        return bool(self._run(left) and self._run(right))

    def _comparison_expression(self, node: Node) -> Any:
        if len(node.children) == 1:
            return self._run(node.children[0])
        left, how, right = node.children
        return _COMPARE[_text(how)](self._run(left), self._run(right))

    def _expression_with_unary_operator(self, node: Node) -> bool:
        how, value = node.children
        assert how.type == "-not"
        return not self._run(value)

    def _additive_expression(self, node: Node) -> Any:
        if len(node.children) == 1:
            return self._run(node.children[0])
        left, _, right = node.children
        return operator.add(self._run(left), self._run(right))

    def _array_expression(self, node: Node) -> list[Any]:
        value = self._run(node.named_children[0])
        return value if isinstance(value, list) else [value]

    def _script_block_expression(self, node: Node) -> Callable[[], Any]:
        return lambda: self._run(node.named_children[0])

    def _member_access(self, node: Node) -> Any:
        of, name = self._run(node.named_children[0]), _text(node.named_children[1])
        return len(of) if name == "Count" else (of or {}).get(name)

    def _element_access(self, node: Node) -> Any:
        of, key = node.named_children
        return self._run(of).get(self._run(key))

    def _variable(self, node: Node) -> Any:
        return self._variables[_name(node)]

    def _sub_expression(self, node: Node) -> Any:
        return self._run(node.named_children[0])

    def _verbatim_string_characters(self, node: Node) -> str:
        return _text(node)[1:-1].replace("''", "'")

    def _expandable_string_literal(self, node: Node) -> str:
        text, start = "", node.start_byte + 1
        whole = node.text or b""
        for part in node.named_children:
            text += whole[start - node.start_byte : part.start_byte - node.start_byte].decode() + str(self._run(part))
            start = part.end_byte
        return text + whole[start - node.start_byte : -1].decode()

    def _decimal_integer_literal(self, node: Node) -> int:
        return int(_text(node))

    def _generic_token(self, node: Node) -> str:
        return _text(node)


def _text(node: Node) -> str:
    return (node.text or b"").decode()


def _name(variable: Node) -> str:
    return _text(variable).removeprefix("$")


def _vars(node: Node) -> list[Node]:
    return [one for one in walk(node) if one.type == "variable"]
