"""Writing a switch into each permission check of a module, so that one can be turned off while tests run.

In a module of permissions every condition counts: it is taken for true and for false, each part of it, each
argument of a filter, each refusal. Elsewhere what counts is a call of a permission function, a refusal, what
a condition with either is made of, and the decorators that keep strangers and links out.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

REFUSALS: Final = frozenset({"PermissionDenied", "Http404"})
DECORATORS: Final = frozenset({"login_required", "require_POST"})
FILTERS: Final = frozenset({"filter", "exclude", "Q", "get_object_or_404"})
SAYS: Final = ("can_", "is_", "has_", "may_", "could_")
SAYS_TOO: Final = frozenset({"exists", "bool", "any", "all"})
HELD: Final = frozenset({"is_secretariat", "is_secretariat_chief", "is_active", "is_superuser", "is_staff"})
IDENTITY: Final = frozenset({"pk", "uid", "number", "position"})  # they find the row; they guard nothing
OPERATORS: Final = {ast.BitOr: "or_", ast.BitAnd: "and_"}


@dataclass(frozen=True)
class Mutant:
    number: int
    path: str
    line: int
    function: str
    what: str
    turn: int = 1  # of those that are called alike

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.function}: {self.what}"

    @property
    def place(self) -> str:
        """What it is called however many lines stand above it."""
        return f"{self.path} {self.function}: {self.what}"

    @property
    def key(self) -> str:
        """What it is known by from run to run."""
        return f"{self.place} ({self.turn})" if self.turn > 1 else self.place


@dataclass(frozen=True)
class Known:
    """Names that mean a question of permission wherever they are called."""

    functions: frozenset[str]  # take the person first
    methods: frozenset[str]  # of what a person holds; they say yes or no
    predicates: frozenset[str]  # those of the functions that say yes or no


def known_in(sources: Iterable[str]) -> Known:
    """Return what the modules of permissions define."""
    functions: set[str] = set()
    methods: set[str] = set()
    predicates: set[str] = set()
    for source in sources:
        for outer in ast.parse(source).body:
            if isinstance(outer, ast.FunctionDef) and outer.args.args and outer.args.args[0].arg == "user":
                functions.add(outer.name)
                if is_predicate(outer):
                    predicates.add(outer.name)
            elif isinstance(outer, ast.ClassDef):
                methods |= {one.name for one in outer.body if is_predicate(one)}
    return Known(frozenset(functions), frozenset(methods), frozenset(predicates))


def is_predicate(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and node.returns is not None and _words(node.returns) == "bool"


def _words(node: ast.AST) -> str:
    return ast.unparse(node)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


@dataclass
class Rewriter:
    """Rewrites one module; `whole` names the functions in which every condition counts, None for all."""

    path: str
    known: Known
    first: int
    whole: Collection[str] | None = frozenset()
    mutants: list[Mutant] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)

    def rewrite(self, source: str) -> str:
        tree = ast.parse(source)
        for node in tree.body:
            self.outer(node)
        if not self.mutants:
            return source
        at = next(
            place
            for place, node in enumerate(tree.body)
            if not (isinstance(node, ast.Expr) or _words(node).startswith("from __future__"))
        )
        tree.body[at:at] = ast.parse(
            "import operator as _op\nfrom bench.mutation import switches as _sw"
        ).body
        return ast.unparse(ast.fix_missing_locations(tree))

    # Walking: modules, classes and functions hold statements; annotations and decorators are left alone.

    def outer(self, node: ast.stmt) -> None:
        if isinstance(node, ast.ClassDef):
            self.functions.append(node.name)
            for one in node.body:
                self.outer(one)
            self.functions.pop()
        elif isinstance(node, ast.FunctionDef):
            self.functions.append(node.name)
            node.decorator_list = [self.decorator(one) for one in node.decorator_list]
            node.body = self.block(node.body, says=is_predicate(node) and self.is_whole)
            self.functions.pop()

    @property
    def is_whole(self) -> bool:
        return self.whole is None or any(name in self.whole for name in self.functions)

    def site(self, node: ast.AST, what: str) -> int:
        number = self.first + len(self.mutants)
        function = ".".join(self.functions)
        self.mutants.append(Mutant(number, self.path, getattr(node, "lineno", 0), function, what))
        return number

    def decorator(self, node: ast.expr) -> ast.expr:
        if _name(node) not in DECORATORS:
            return node
        number = self.site(node, f"without @{_words(node)}")
        return _expr(f"_sw.decorated({number}, {_words(node)})")

    def block(self, body: list[ast.stmt], *, says: bool = False) -> list[ast.stmt]:
        return [self.statement(one, says=says) for one in body]

    def statement(self, node: ast.stmt, *, says: bool) -> ast.stmt:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            self.outer(node)
            return node
        if isinstance(node, ast.Raise):
            return self.refusal(node)
        if isinstance(node, ast.Return) and node.value is not None and says:
            node.value = self.condition(node.value, {True, False})
            return node
        if isinstance(node, ast.If) and (self.is_whole or self.asks(node.test) or _refuses(node.body)):
            node.test = self.test(node)
            node.body, node.orelse = self.block(node.body, says=says), self.block(node.orelse, says=says)
            return node
        for name, value in ast.iter_fields(node):
            if name == "annotation":
                continue
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                setattr(node, name, self.block(value, says=says))
            elif isinstance(value, list):
                setattr(node, name, [self.part(one, says=says) for one in value])
            elif isinstance(value, ast.AST):
                setattr(node, name, self.part(value, says=says))
        return node

    def test(self, node: ast.If) -> ast.expr:
        if self.is_whole:
            # Above a refusal alone, false is the same as no refusal, which has its own switch.
            return self.condition(node.test, {True} if _refuses(node.body) else {True, False})
        if _refuses(node.body) and isinstance(node.test, ast.BoolOp):
            return self.condition(node.test, ())
        return self.expression(node.test)

    def part(self, node: Any, *, says: bool) -> Any:
        if isinstance(node, ast.expr):
            return self.expression(node)
        if isinstance(node, ast.ExceptHandler | ast.match_case):
            node.body = self.block(node.body, says=says)
        elif isinstance(node, ast.withitem):
            node.context_expr = self.expression(node.context_expr)
        return node

    def refusal(self, node: ast.Raise) -> ast.stmt:
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        # An error that is turned into another one is no check.
        if raised is None or _name(raised) not in REFUSALS or node.cause is not None:
            return node
        number = self.site(node, f"no {_words(node)}")
        return ast.If(_expr(f"not _sw.off({number})"), [node], [])

    # Expressions.

    def asks(self, node: ast.expr) -> bool:
        """Say whether anything in it is a question of permission."""
        return any(self.is_question(one) for one in ast.walk(node))

    def is_question(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Call):
            return _name(node.func) in self.known.functions | self.known.methods
        return isinstance(node, ast.Attribute) and node.attr in HELD and isinstance(node.ctx, ast.Load)

    def says_yes_or_no(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Compare | ast.BoolOp):
            return True
        if isinstance(node, ast.UnaryOp):
            return isinstance(node.op, ast.Not)
        if isinstance(node, ast.Attribute):
            return self.is_question(node)
        if not isinstance(node, ast.Call):
            return False
        name = _name(node.func)
        return name.startswith(SAYS) or name in SAYS_TOO | self.known.methods | self.known.predicates

    def condition(self, node: ast.expr, wants: Collection[bool]) -> ast.expr:
        """Rewrite something that is true or false, so that it can be taken for each of `wants`."""
        words = _words(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            node.operand = self.condition(node.operand, {not one for one in wants})
            return node
        if isinstance(node, ast.BoolOp):
            # One part of “and” that is false is the whole that is false; the same with “or” and true.
            neutral = isinstance(node.op, ast.And)
            origin = ast.copy_location(ast.Constant(value=None), node)
            node.values = [self.condition(one, {neutral}) for one in node.values]
            return self.switched(node, origin, words, wants)
        origin = ast.copy_location(ast.Constant(value=None), node)
        return self.switched(self.children(node), origin, words, wants)

    def switched(self, node: ast.expr, origin: ast.expr, words: str, wants: Collection[bool]) -> ast.expr:
        """Return `node` that can be taken for true or false; neither changes what it is otherwise."""
        if words in {"True", "False"}:
            wants = {words == "False"}
        text = _words(ast.fix_missing_locations(node))
        if False in wants:
            text = f"not _sw.off({self.site(origin, f'{words} taken for false')}) and ({text})"
        if True in wants:
            text = f"_sw.off({self.site(origin, f'{words} taken for true')}) or ({text})"
        return ast.copy_location(_expr(text), origin)

    def expression(self, node: ast.expr) -> ast.expr:
        if self.is_whole and self.says_yes_or_no(node):
            return self.condition(node, {True, False})
        if isinstance(node, ast.IfExp) and self.is_whole:
            node.test = self.condition(node.test, {True, False})
            node.body, node.orelse = self.expression(node.body), self.expression(node.orelse)
            return node
        if not self.is_whole and self.says_yes_or_no(node):
            is_made_of_one = isinstance(node, ast.BoolOp | ast.UnaryOp) and self.asks(node)
            if is_made_of_one or self.is_question(node):
                return self.condition(node, {True, False})
        return self.children(node)

    def children(self, node: ast.expr) -> ast.expr:
        """Rewrite what stands inside an expression, and the calls of filters and permission functions."""
        if isinstance(node, ast.Call):
            return self.call(node)
        if self.is_whole and isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return self.combination(node)
        return self.inside(node)

    def inside(self, node: ast.expr) -> ast.expr:
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.expr):
                setattr(node, name, self.expression(value))
            elif isinstance(value, list):
                setattr(node, name, [self.inner(one) for one in value])
        return node

    def combination(self, node: ast.BinOp) -> ast.expr:
        words = f"in {_words(node)[:80]}"
        left = self.site(node, f"without {_words(node.left)[:60]} {words}")
        right = self.site(node, f"without {_words(node.right)[:60]} {words}")
        both = f"{_words(self.expression(node.left))}, {_words(self.expression(node.right))}"
        text = f"_sw.joined({left}, {right}, {both}, _op.{OPERATORS[type(node.op)]})"
        return ast.copy_location(_expr(text), node)

    def inner(self, node: Any) -> Any:
        if isinstance(node, ast.expr):
            return self.expression(node)
        if isinstance(node, ast.keyword):
            node.value = self.expression(node.value)
        elif isinstance(node, ast.comprehension):
            node.iter = self.expression(node.iter)
            if self.is_whole or any(self.asks(one) for one in node.ifs):
                node.ifs = [self.condition(one, {True, False}) for one in node.ifs]
        return node

    def call(self, node: ast.Call) -> ast.expr:
        name = _name(node.func)
        if name in self.known.functions and name not in self.known.predicates and node.args:
            number = self.site(node, f"{_words(node)[:100]} for everybody")
            self.inside(node)
            node.args[:0] = [ast.Constant(number), node.func]
            node.func = _expr("_sw.widened")
            return node
        is_open = any(isinstance(one, ast.Starred) for one in node.args) or any(
            one.arg is None for one in node.keywords
        )
        is_builtin = name in {"filter", "exclude"} and isinstance(node.func, ast.Name)
        if not self.is_whole or name not in FILTERS or is_open or is_builtin:
            return self.inside(node)
        return self.filtered(node, name)

    def filtered(self, node: ast.Call, name: str) -> ast.expr:
        """Let each argument of a filter be left out; the first of get_object_or_404 is what is filtered."""
        kept = 1 if name == "get_object_or_404" else 0
        values, named = [], []
        for at, one in enumerate(node.args):
            number = None if at < kept else self.site(node, f"{name} without {_words(one)[:80]}")
            values.append(f"({number}, {_words(self.expression(one))})")
        for keyword in node.keywords:
            words = f"{name} without {keyword.arg}={_words(keyword.value)[:60]}"
            number = None if keyword.arg in IDENTITY else self.site(node, words)
            named.append(f"{keyword.arg!r}: ({number}, {_words(self.expression(keyword.value))})")
        function = _words(self.expression(node.func))
        text = f"_sw.dropping({function}, [{', '.join(values)}], {{{', '.join(named)}}})"
        return ast.copy_location(_expr(text), node)


def _refuses(body: list[ast.stmt]) -> bool:
    return (
        len(body) == 1
        and isinstance(body[0], ast.Raise)
        and any(name in _words(body[0]) for name in REFUSALS)
    )


def _expr(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body
