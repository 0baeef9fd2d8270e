"""Breaks C++ lines one operator, constant, call or statement at a time.

`mutants_of(text)` knows nothing of files or builds. It relies on clang-format: binary operators have spaces on both sides, template brackets
have none, and a statement that fits is on one line.
"""

import dataclasses
import re


@dataclasses.dataclass(frozen=True)
class Mutant:
    """`line` (from 0) of a file, `was`, replaced by `now`; both without indentation."""

    line: int
    was: str
    now: str


# A binary operator, and what takes its place.
OPERATORS = {
    '+': '-', '-': '+', '*': '/', '/': '*', '%': '*',
    '+=': '-=', '-=': '+=', '*=': '/=', '/=': '*=',
    '<': '<=', '<=': '<', '>': '>=', '>=': '>', '==': '!=', '!=': '==',
    '&&': '||', '||': '&&', '&=': '|=',
}
OPERATOR = re.compile(r'(?<= )(' + '|'.join(re.escape(o) for o in sorted(OPERATORS, key=len, reverse=True)) + r')(?= )')

# A function, and what takes its place; '' leaves the brackets.
CALLS = {
    'std::min': 'std::max', 'std::max': 'std::min', 'std::abs': '', 'std::sqrt': '', 'std::log': '', 'std::exp': '',
    'std::all_of': 'std::any_of', 'std::any_of': 'std::all_of', 'std::upper_bound': 'std::lower_bound',
    'hn::Add': 'hn::Sub', 'hn::Sub': 'hn::Add', 'hn::Mul': 'hn::Div', 'hn::Div': 'hn::Mul',
    'hn::MulAdd': 'hn::NegMulAdd', 'hn::NegMulAdd': 'hn::MulAdd',
    'hn::Min': 'hn::Max', 'hn::Max': 'hn::Min', 'hn::Abs': '', 'hn::Neg': '', 'hn::Not': '',
    'hn::Lt': 'hn::Le', 'hn::Le': 'hn::Lt', 'hn::Gt': 'hn::Ge', 'hn::Ge': 'hn::Gt', 'hn::Eq': 'hn::Ne', 'hn::Ne': 'hn::Eq',
    'hn::And': 'hn::Or', 'hn::Or': 'hn::And', 'hn::AndNot': 'hn::And', 'hn::MaxOfLanes': 'hn::MinOfLanes',
}
CALL = re.compile(r'(?<![\w:])(' + '|'.join(sorted(CALLS, key=len, reverse=True)) + r')(<\w*>)?(?=\()')

# Not a template's: those are sizes that code is compiled for.
INTEGER = re.compile(r'(?<![\w.<])(\d+)(?![\w.])')
REAL = re.compile(r'(?<![\w.])(0x1p-?\d+F?|\d+\.\d*(?:e-?\d+)?[fF]?|\d+e-?\d+)(?![\w.])')
NOT = re.compile(r'(?<![\w!])!(?=[\w(])')
MINUS = re.compile(r'(?:(?<=[,=?:] )|(?<=return )|(?<=[(\[]))-(?=[\w(])')
INCREMENT = re.compile(r'(\+\+(?=[\w(])|(?<=[\w\])])\+\+|--(?=[\w(]))')
# A statement that may be missing: an assignment to what exists, or a call; in a line of its own or at the end of one.
STATEMENT = re.compile(r'(?:^|(?<=[){] ))(?!return|const |auto |delete |using )'
                       r'(?:\*?[\w.\[\]()>*-]+(?: \* [\w\[\]]+)?(?:\[[^=]*\])?(?: [+\-*/&|]?= )[^;]*|[\w:.>\[\]-]+(?:<\w*>)?\([^;]*\));$')
LEAVES = re.compile(r'(?:^|(?<=[)] ))(?:continue|break);$')


def masked(text):
    """`text` with comments, strings and preprocessor lines blanked out, of the same length."""
    def blank(match):
        return re.sub(r'[^\n]', ' ', match.group())
    text = re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'|^#(?:[^\n]*\\\n)*[^\n]*', blank, text,
                  flags=re.S | re.M)
    return re.sub(r'^(?:HWY_\w+|namespace|using|template|\}  //)[^\n]*|HWY_(?:INLINE|RESTRICT|ALIGN)|^ *(?:public|private|protected):',
                  blank, text, flags=re.M)


def _closing(line, opening):
    """Where the bracket at `opening` closes; None when not in this line."""
    depth = 0
    for i in range(opening, len(line)):
        depth += {'(': 1, ')': -1}.get(line[i], 0)
        if depth == 0:
            return i
    return None


def _real(literal):
    # A tolerance is to matter by orders of magnitude; anything else, by its digits.
    value = float.fromhex(literal.rstrip('F')) if literal.startswith('0x') else float(literal.rstrip('fF'))
    return f'({literal} * {1000 if abs(value) < 1e-3 and value != 0 else 2})' if value != 0 else '1.0F'


def _broken(line):
    """Yields the masked `line` broken as (begin, end, replacement)."""
    for match in OPERATOR.finditer(line):
        before = line[:match.start()].rstrip()
        # `*` and `&` of a declaration, `-` of a sign.
        if not before or before[-1] in '(,=<>?:&|+-*/':
            continue
        in_loop = line.lstrip().startswith('for ')
        # A loop that goes the other way never ends, and one that goes on beyond an array's end is AddressSanitizer's to find.
        if not (in_loop and match.group() in ('+=', '-=', '<', '<=', '>', '>=')):
            yield match.start(), match.end(), OPERATORS[match.group()]
    for match in CALL.finditer(line):
        yield match.start(1), match.end(1), CALLS[match.group(1)]
    for match in INTEGER.finditer(line):
        yield match.start(), match.end(), str(int(match.group()) + 1)
    for match in REAL.finditer(line):
        yield match.start(), match.end(), _real(match.group())
    for match in NOT.finditer(line):
        yield match.start(), match.end(), ''
    for match in MINUS.finditer(line):
        yield match.start(), match.end(), ''
    for match in INCREMENT.finditer(line):
        if not line.lstrip().startswith(('for', 'while')):
            yield match.start(), match.end(), ''
    for match in re.finditer(r'\bif \(|\bwhile \(', line):
        end = _closing(line, match.end() - 1)
        if end is None or line[match.end():end].strip() in ('true', 'false'):
            continue
        # Behind what the condition declares.
        begin = line.rfind('; ', match.end(), end) + 2 if '; ' in line[match.end():end] else match.end()
        yield begin, end, 'false'
        if line.startswith('if', match.start()):
            yield begin, end, 'true'
    for match in re.finditer(r' \? ', line):
        rest = line[match.end():]
        if ' : ' in rest:
            middle = rest.index(' : ')
            # a ? b : c to a ? c : c, and to a ? b : b.
            tail = re.match(r'(?:[^;,()]|\([^()]*(?:\([^()]*\)[^()]*)*\))*', rest[middle + 3:]).group()
            if tail.strip() and rest[:middle].count('(') == rest[:middle].count(')'):
                yield match.end(), match.end() + middle, tail.strip()
                yield match.end() + middle + 3, match.end() + middle + 3 + len(tail.rstrip()), rest[:middle]
    for pattern in (STATEMENT, LEAVES):
        for match in pattern.finditer(line.strip()):
            # The end of a statement that began above; room made in advance, which changes nothing but the time.
            if match.group().count('(') != match.group().count(')') or '.reserve(' in match.group():
                continue
            shift = len(line) - len(line.lstrip())
            yield match.start() + shift, match.end() + shift, ';'


def mutants_of(text):
    """All mutants of a C++ file, line by line."""
    lines = text.split('\n')
    masked_lines = masked(text).split('\n')
    mutants = []
    for number, (line, code) in enumerate(zip(lines, masked_lines)):
        if re.match(r'\s*(case |default:|static_assert|enum |struct |class )', code):
            continue
        for begin, end, replacement in _broken(code):
            now = line[:begin] + replacement + line[end:]
            if now != line:
                mutant = Mutant(number, line.strip(), now.strip())
                if mutant not in mutants:
                    mutants.append(mutant)
    return mutants
