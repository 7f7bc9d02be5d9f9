"""Rules as the admin writes them, in the expression language of XLSForm, read into `forms.indicators.rules.Expression`.

The grammar is XPath 1.0 as elementpath parses it, cut down to the operators and functions of `forms.rules`; nothing is
ever evaluated here. A look at the words comes first, because a wrong word is better explained than a wrong grammar.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast, get_args

from elementpath import ElementPathError, XPath1Parser, XPathToken
from elementpath.tdop import Parser

from forms.indicators.expression_problems import (
    ARGUMENTS,
    BAD_NAME,
    BAD_NUMBER,
    BARE_NAME,
    BRACKET_CLOSE,
    BRACKET_OPEN,
    COMMA,
    COMPARISON,
    EMPTY,
    PATH,
    QUOTE_CURVED,
    QUOTE_OPEN,
    TOO_DEEP,
    TOO_LONG,
    UNEXPECTED,
    UNFINISHED,
    UNKNOWN_FUNCTION,
    WRONG_SYMBOL,
)
from forms.indicators.kinds import COMPARISONS, Kind, Result, settle
from forms.indicators.rules import Binary, Call, Expression, Function, Name, Negative, Number, Operator, Text
from forms.problems import Finding, Problem, ProblemError, problem
from forms.xlsform.workbook import nearest, unknown_name

MAX_LENGTH = 2000
MAX_DEPTH = 50
_LARGEST_NUMBER = 1e12

OPERATORS: tuple[str, ...] = get_args(Operator)
_WORD_OPERATORS = ("and", "or", "div", "mod")

# Function: (how many arguments, an example).
FUNCTIONS: dict[Function, tuple[int, str]] = {
    "not": (1, "not(${timbang} = 'ya')"),
    "if": (3, "if(${minggu_hamil} >= 28, 2, 1)"),
    "selected": (2, "selected(${layanan}, 'imunisasi')"),
    "coalesce": (2, "coalesce(${air_minum}, ${keluarga_air_minum})"),
    "number": (1, "number(${jumlah}) >= 3"),
    "count-selected": (1, "count-selected(${layanan}) >= 2"),
    "true": (0, "true()"),
    "false": (0, "false()"),
}

_LITERAL = r"""'[^']*'|"[^"]*\""""
_VOCABULARY = re.compile(
    rf"""(?P<literal>{_LITERAL})
    |(?P<field>\$\{{(?P<name>[^{{}}'"]*)\}})
    |(?<![\w.])(?P<word>[^\W\d][\w.-]*)\s*(?P<call>\()?
    |(?P<quote>['"])
    |(?P<wrong>!==|===?|&&?|\|\|?|<>|=<|=>|!(?!=)|[≠≤≥;%×÷])
    |(?P<curved>[“”„‘’‚«»`´])
    |(?P<path>\.\.|//?|@|\[|\]|::)
    |(?P<dollar>\$\w*|[{{}}])""",
    re.VERBOSE,
)
_FIELD_NAME = re.compile(r"[^\W\d][\w.-]*")

# What people write instead, from other languages, from Excel's own typing, or from Indonesian.
_INSTEAD = {
    **dict.fromkeys(("==", "==="), "="),
    **dict.fromkeys(("!==", "<>", "≠"), "!="),
    **dict.fromkeys(("=<", "≤"), "<="),
    **dict.fromkeys(("=>", "≥"), ">="),
    **dict.fromkeys(("&&", "&", "dan", "serta"), "and"),
    **dict.fromkeys(("||", "|", "atau"), "or"),
    **dict.fromkeys(("!", "bukan", "not"), "not(...)"),
    **dict.fromkeys(("%", "modulo"), "mod"),
    **dict.fromkeys(("×", "kali"), "*"),
    **dict.fromkeys(("÷", "bagi"), "div"),
    **{operator: operator for operator in _WORD_OPERATORS},
    ";": ",",
    "true": "true()",
    "benar": "true()",
    "false": "false()",
    "salah": "false()",
}
_FUNCTION_INSTEAD = {"jika": "if", "bukan": "not", "tidak": "not", "dipilih": "selected", "angka": "number"}


class RuleParser(XPath1Parser):
    """XPath 1.0 without paths, axes and predicates, with the functions of rules, and with bounded nesting."""

    symbol_table = {  # noqa: RUF012 - the base class declares it so
        symbol: XPath1Parser.symbol_table[symbol]
        for symbol in (
            *("(start)", "(end)", "(invalid)", "(unknown)", "(name)"),
            *("(string)", "(integer)", "(decimal)", "(float)"),
            *("$", "(", ")", ","),
            *OPERATORS,
        )
    }

    def __init__(self, where: str) -> None:
        super().__init__()
        self._where = where
        self._depth = 0

    def parse(self, source: str) -> XPathToken:
        """The token tree. Unlike its base, never evaluates it."""
        return Parser.parse(self, source)

    def expression(self, rbp: int = 0) -> Any:
        """The next expression of the rule. Raises ProblemError TOO_DEEP where it is nested too deeply."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise problem(TOO_DEEP, self._where, most=MAX_DEPTH)
        token = super().expression(rbp)
        self._depth -= 1
        return token


for _name, (_count, _) in FUNCTIONS.items():
    RuleParser.function(_name, nargs=_count)


def parse(
    text: str, names: Mapping[str, Kind] | None = None, where: str = "", result: Result = "condition"
) -> Expression:
    """Reads a rule.

    `names` are the names that may stand in `${...}`, with their kinds; None checks the grammar only. `where` is the
    rule's place, for the findings. `result` is what the rule must give. A quoted number that is compared with a number
    comes back as a number. Raises ProblemError with everything that is wrong, on any text whatever: EMPTY, TOO_LONG, or
    what the grammar and `settle` find.
    """
    if not text.strip():
        raise problem(EMPTY, where)
    if len(text) > MAX_LENGTH:
        raise problem(TOO_LONG, where, length=len(text), most=MAX_LENGTH)
    if findings := list(_wrong_words(text, where)):
        # Words without a place are mostly what a wrong sign left behind: speak of the sign alone.
        raise ProblemError([finding for finding in findings if finding.problem is not BARE_NAME] or findings)
    try:
        root = RuleParser(where).parse(_VOCABULARY.sub(_as_variable, text))
    except ElementPathError as error:
        raise _explained(error, text, where) from error
    expression, findings = settle(_expression(root, text, where), names, result, where)
    if findings:
        raise ProblemError(findings)
    return expression


def _as_variable(match: re.Match[str]) -> str:
    """`${name}` as XPath's `$name`, padded to its length so that every position stays the admin's own."""
    if match["field"] is None:
        return match[0]
    return f"${match['name'].strip()}".ljust(len(match[0]))


def _wrong_words(text: str, where: str) -> Iterator[Finding]:
    """What is wrong with the words and signs, each by itself; curved quotes, which come in pairs, once."""
    straight = _VOCABULARY.sub(lambda match: "'" if match["curved"] else match[0], text)
    told = False
    for match in _VOCABULARY.finditer(text):
        details = {"symbol": match[0].strip(), "at": str(match.start() + 1)}
        if match["word"]:
            yield from _wrong_word(match["word"], bool(match["call"]), details["at"], where)
        elif match["quote"]:
            yield Finding(QUOTE_OPEN, where, details)
        elif match["curved"]:
            if not told:
                yield Finding(QUOTE_CURVED, where, {**details, "straight": straight})
            told = True
        elif match["wrong"]:
            yield Finding(WRONG_SYMBOL, where, {**details, "instead": _INSTEAD[match["wrong"]]})
        elif match["path"]:
            yield Finding(PATH, where, details)
        elif match["dollar"] or (match["field"] and not _FIELD_NAME.fullmatch(match["name"].strip())):
            yield Finding(BAD_NAME, where, details)


def _wrong_word(word: str, called: bool, at: str, where: str) -> Iterator[Finding]:
    if word in _WORD_OPERATORS or (called and word in FUNCTIONS):
        return
    folded = word.casefold()
    if folded in _WORD_OPERATORS or (not called and folded in _INSTEAD):
        yield Finding(WRONG_SYMBOL, where, {"symbol": word, "at": at, "instead": _INSTEAD[folded]})
    elif called:
        meant = _FUNCTION_INSTEAD.get(folded) or nearest(word, FUNCTIONS)
        finding = unknown_name(UNKNOWN_FUNCTION, where, word, meant, "{}()")
        known = ", ".join(f"{name}()" for name in FUNCTIONS)
        yield replace(finding, details={**finding.details, "at": at, "known": known})
    else:
        yield Finding(BARE_NAME, where, {"name": word, "at": at})


def _explained(error: ElementPathError, text: str, where: str) -> ProblemError:
    """The parser's complaint as one that an admin can act on."""
    # A token without parts is false, so its being there must be asked for.
    symbol = "(end)" if error.token is None else error.token.symbol
    start = len(text) if error.token is None else error.token.span[0]
    brackets = re.sub(_LITERAL, "", text)
    still_open = brackets.count("(") - brackets.count(")")
    if still_open:
        return problem(BRACKET_OPEN if still_open > 0 else BRACKET_CLOSE, where, count=abs(still_open))
    if symbol == "(end)":
        return problem(UNFINISHED, where, near=" ".join(text.split()[-3:])[-40:])
    if symbol in FUNCTIONS and "argument" in error.message:
        count, example = FUNCTIONS[symbol]
        return problem(ARGUMENTS, where, name=symbol, at=start + 1, count=count, example=example)
    kind = COMMA if symbol == "," else COMPARISON if symbol in COMPARISONS else UNEXPECTED
    return _at(kind, start, text, where)


def _at(kind: Problem, start: int, text: str, where: str) -> ProblemError:
    shown = " ".join(text[start : start + 20].split())
    near = "".join(sign if sign.isprintable() else f"<U+{ord(sign):04X}>" for sign in shown)
    return problem(kind, where, at=start + 1, near=near)


def _expression(token: XPathToken, text: str, where: str, depth: int = 1) -> Expression:
    """The token tree as a rule's own tree. Raises ProblemError for what XPath knows and rules do not."""
    if depth > MAX_DEPTH:
        raise problem(TOO_DEEP, where, most=MAX_DEPTH)
    symbol = token.symbol
    if symbol == "(string)":
        return Text(str(token.value))
    if symbol in ("(integer)", "(decimal)", "(float)"):
        return _number(token, text, where)
    if symbol == "$":
        return Name(str(token.value))
    parts = tuple(_expression(part, text, where, depth + 1) for part in token)
    if symbol == "(":
        return parts[0]
    if symbol in FUNCTIONS:
        return Call(symbol, parts)
    if symbol in OPERATORS and len(parts) == 2:
        return Binary(cast(Operator, symbol), *parts)
    if symbol == "-":
        return Negative(*parts)
    raise _at(UNEXPECTED, token.span[0], text, where)


def _number(token: XPathToken, text: str, where: str) -> Number:
    written = text[slice(*token.span)]
    value = float(written)
    if token.symbol == "(float)" or not math.isfinite(value) or value >= _LARGEST_NUMBER:
        raise problem(BAD_NUMBER, where, number=written[:20], at=token.span[0] + 1)
    return Number(value)
