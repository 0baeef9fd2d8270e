"""Puts many mutants of a C++ file into one program, which asks for the number of one at run time.

Building once and running often is several times quicker than building each. What cannot be switched at run time (constants, statements over
several lines) is left to the caller.
"""

import re

DECLARATION = re.compile(r'((?:const )?[\w:<>]+(?:<[\w:<>*, ]+>)?[ *&]+\w+ = )([^{\[].*);')
CONDITION = re.compile(r'((?:\} else )?(?:if|while) \()([^;]*)(\) \{)')
LOOP = re.compile(r'(for \((?:\w+ \w+ = )?)([^;]*)(; )([^;]*)(; .*\) .*)')


def _without_brackets(text):
    for pair in (r'\([^()]*\)', r'\[[^\[\]]*\]', r'<[\w:, ]*>'):
        while True:
            shorter = re.sub(pair, '', text)
            if shorter == text:
                break
            text = shorter
    return text


def _balanced(text):
    return all(text.count(a) == text.count(b) for a, b in ('()', '[]', '{}'))


def is_statement(text):
    """Whether the whole line is a statement that may stand in a block of its own."""
    if not text.endswith(';') or not _balanced(text):
        return False
    if re.match(r'(return|if|for|while) |(continue|break|return);|\+\+|--', text):
        return not text.startswith('break')
    bare = _without_brackets(text)
    return re.fullmatch(r'\*?[\w:.>+-]+ (?:[+\-*/&|]?=) .*;|[\w:.>-]+;', bare) is not None


def _choice(original, others):
    chosen = f'({original})'
    for number, other in reversed(others):
        chosen = f'mlfsc_mutant == {number} ? ({other}) : {chosen}'
    return chosen


def switched(was, mutants, before):
    """A line that behaves as the mutant of [(number, now)] that is asked for, and the numbers that it holds. `before`: the last code before it."""
    if is_statement(was) and re.search(r'[;{}]$', before or '{') and all(_balanced(now) and now.endswith(';') for _, now in mutants):
        line = ''.join(f'if (mlfsc_mutant == {number}) {{ {now} }} else ' for number, now in mutants)
        return line + f'{{ {was} }}', {number for number, _ in mutants}
    for pattern, groups in ((DECLARATION, (2,)), (CONDITION, (2,)), (LOOP, (2, 4))):
        whole = pattern.fullmatch(was)
        if not whole:
            continue
        texts = list(whole.groups())
        held = set()
        for group in groups:
            others = []
            for number, now in mutants:
                match = pattern.fullmatch(now)
                if match and _balanced(match[group]) and all(match[i] == whole[i] for i in range(1, pattern.groups + 1) if i != group):
                    others.append((number, match[group]))
            if others and whole[group] and _balanced(whole[group]):
                texts[group - 1] = _choice(whole[group], others)
                held |= {number for number, _ in others}
        if held:
            return ''.join(texts) + (';' if pattern is DECLARATION else ''), held
    return was, set()


def switch_file(text, masked, mutants, without=()):
    """`text` with all the mutants {number: Mutant} that can be switched, and their numbers. Lines in `without` stay as they are.
    `masked`: `text` without comments and strings."""
    lines = text.split('\n')
    by_line = {}
    for number, mutant in mutants.items():
        by_line.setdefault(mutant.line, []).append((number, mutant.now))
    held = set()
    for line, those in by_line.items():
        if line in without or '//' in lines[line]:
            continue
        before = next((masked[i].strip() for i in range(line - 1, -1, -1) if masked[i].strip()), '')
        lines[line], numbers = switched(lines[line].strip(), those, before)
        held |= numbers
    return '\n'.join(lines), held
