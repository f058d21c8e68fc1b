"""Mutants of the contracts: one small fault each, in the arithmetic, the comparisons or the checks of a subject.

Places come from the compiler's syntax tree, so that a mutant is always one expression or statement and never a comment.
A mutant is known by its file, function, kind and the text around it, not by its line: a change elsewhere in the file
leaves it the same, and the sample of the same seed mostly too.
"""

import hashlib
import json
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from analysis.programs import SOLC, sources
from offchain.files import PROJECT

SUBJECTS: Final = ("market", "points", "certificates", "rewards", "quotas", "auction")

_SWAPS: Final = {
    **{"+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "&": "|", "|": "&", "<<": ">>", ">>": "<<"},
    **{"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&"},
    **{"+=": "-=", "-=": "+=", "*=": "/=", "/=": "*=", "|=": "&=", "&=": "|="},
}
_GUARDS: Final = {"restricted", "whenNotPaused", "nonReentrant", "nonReentrantView"}


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One fault."""

    file: str
    place: str
    """Contract or library, and function."""
    kind: str
    before: str
    """The text that is replaced, whitespace joined."""
    after: str
    start: int
    """In the file's bytes."""
    end: int
    turn: int
    """How many mutants of the same place, kind and text come before it."""

    @property
    def key(self) -> str:
        """By which it is known."""
        text = json.dumps([self.file, self.place, self.kind, self.before, self.after, self.turn])
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def subject(self) -> str:
        """Whose tests must notice it."""
        return self.file.split("/")[1]

    def __str__(self) -> str:
        return f"{self.key} {self.file} {self.place}: {self.before} -> {self.after} [{self.turn}]"

    def apply(self, source: bytes) -> bytes:
        """The file with the fault in it."""
        return source[: self.start] + self.after.encode() + source[self.end :]


def all_mutants() -> list[Mutant]:
    """Every mutant of the subjects, in the order of their sources."""
    trees = _syntax_trees()
    files = [name for name in sorted(trees) if name.startswith(tuple(f"contracts/{s}/" for s in SUBJECTS))]
    return [mutant for name in files for mutant in mutants_of(name, (PROJECT / name).read_bytes(), trees[name])]


def sample(mutants: Iterable[Mutant], *, seed: int) -> list[Mutant]:
    """All of them in a random order, the same for a seed."""
    return sorted(mutants, key=lambda m: hashlib.sha256(f"{seed} {m.key}".encode()).digest())


def mutants_of(file: str, source: bytes, tree: Mapping[str, Any]) -> list[Mutant]:
    """The mutants of one file."""
    turns: Counter[tuple[str, ...]] = Counter()
    found = []
    for place, node in _nodes_of_functions(tree):
        for kind, start, end, after in _faults(node, source):
            before = " ".join(source[start:end].decode().split())
            identity = (place, kind, before, after)
            mutant = Mutant(
                file=file,
                place=place,
                kind=kind,
                before=before,
                after=after,
                start=start,
                end=end,
                turn=turns[identity],
            )
            found.append(mutant)
            turns[identity] += 1
    return found


def _syntax_trees() -> dict[str, Mapping[str, Any]]:
    task = {
        "language": "Solidity",
        "sources": {name: {"urls": [name]} for name in sources()},
        "settings": {
            "remappings": ["@openzeppelin=node_modules/@openzeppelin"],
            "outputSelection": {"*": {"": ["ast"]}},
        },
    }
    command = [str(SOLC), "--standard-json", "--base-path", ".", "--allow-paths", "."]
    done = subprocess.run(command, cwd=PROJECT, input=json.dumps(task), capture_output=True, text=True, check=True)
    return {name: answer["ast"] for name, answer in json.loads(done.stdout)["sources"].items()}


def _nodes_of_functions(tree: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every node inside a function, with the function's name."""
    for contract in tree["nodes"]:
        if contract["nodeType"] != "ContractDefinition":
            continue
        for function in contract["nodes"]:
            if function["nodeType"] in {"FunctionDefinition", "ModifierDefinition"} and function.get("body"):
                place = f"{contract['name']}.{function['name'] or function['kind']}"
                yield from ((place, node) for node in _below(function))


def _below(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, list):
        for part in node:
            yield from _below(part)
    elif isinstance(node, dict):
        if node.get("nodeType") == "InlineAssembly":
            return
        if "nodeType" in node:
            yield node
        for part in node.values():
            yield from _below(part)


def _faults(node: Mapping[str, Any], source: bytes) -> Iterator[tuple[str, int, int, str]]:
    """Kind, start, end and new text of the faults that a node can have."""
    start, end = _span(node)
    match node["nodeType"]:
        case "BinaryOperation" if node["operator"] in _SWAPS:
            yield "operator", *_operator(node, "leftExpression", "rightExpression", source)
        case "Assignment" if node["operator"] in _SWAPS:
            yield "assignment", *_operator(node, "leftHandSide", "rightHandSide", source)
        case "IfStatement" if _refuses(node["trueBody"]):
            yield "check", *_span(node["condition"]), "false"
        case "Conditional":
            inner = _span(node["condition"])
            yield "choice", *inner, f"!({source[slice(*inner)].decode()})"
        case "ExpressionStatement" if _is_check(node["expression"]):
            yield "call", start, end, "true"
        case "ModifierInvocation" if node["modifierName"]["name"] in _GUARDS:
            yield "guard", start, end, ""
        case "FunctionCall" if _name(node) == "ceilDiv":
            over, under = (source[slice(*_span(part))].decode() for part in node["arguments"])
            yield "rounding", start, end, f"(({over}) / ({under}))"
        case "Literal" if node["kind"] == "number" and node["value"].replace("_", "").isdigit():
            yield "number", start, end, str(int(node["value"].replace("_", "")) + 1)


def _span(node: Mapping[str, Any]) -> tuple[int, int]:
    start, length, _ = map(int, node["src"].split(":"))
    return start, start + length


def _operator(node: Mapping[str, Any], left: str, right: str, source: bytes) -> tuple[int, int, str]:
    """Where the operator between two operands stands, and what replaces it."""
    word = node["operator"]
    begin = source.index(word.encode(), _span(node[left])[1], _span(node[right])[0])
    return begin, begin + len(word), _SWAPS[word]


def _refuses(body: Mapping[str, Any]) -> bool:
    statements = body.get("statements", [body])
    return len(statements) == 1 and statements[0]["nodeType"] == "RevertStatement"


def _is_check(expression: Mapping[str, Any]) -> bool:
    """A call for the sake of its reverts."""
    return expression["nodeType"] == "FunctionCall" and _name(expression).lstrip("_").startswith(("check", "require"))


def _name(call: Mapping[str, Any]) -> str:
    called = call["expression"]
    return str(called.get("memberName") or called.get("name") or "")
