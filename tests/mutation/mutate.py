"""Breaks the formulas of core/coding and core/scoring one at a time: a test must fail. CONTRIBUTING.md, "Mutation check".

Each mutant is built in a copy of the tree below the working folder and tested there; the tree itself is only read.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import zlib

import operators
import switchboard

ROOT = pathlib.Path(__file__).resolve().parents[2]
LISTS = pathlib.Path(__file__).resolve().parent
# The tests of each folder. What only a test elsewhere would find is looked for here too.
TESTS = {
    'core/coding': ['core_coding_test'],
    'core/scoring': ['core_scoring_test'],
}
# Of a processor's time; without a mutant it is a tenth.
SECONDS = {'core_coding_test': 20, 'core_scoring_test': 15}
MEMORY = 8 << 30
# Included nearly everywhere, so that each mutant would be a whole build: broken only by hand.
WIDE_HEADERS = {'core/coding/dictionary.h', 'core/coding/patch_grid.h', 'core/scoring/calibration.h', 'core/scoring/heatmap.h',
                'core/scoring/scorer.h'}

Case = collections.namedtuple('Case', 'file was now line', defaults=[None])


def read_list(name):
    """[[mutant]] tables of a list: file, was, now (one or several; none stands for all of the line) and, where living is all right, a
    reason."""
    path = LISTS / name
    tables = tomllib.loads(path.read_text(encoding='utf-8')).get('mutant', []) if path.exists() else []
    for table in tables:
        now = table.get('now')
        for now in now if isinstance(now, list) else [now]:
            yield Case(table['file'], table['was'], now), table.get('reason')


def files_of(patterns):
    files = [str(path.relative_to(ROOT)) for folder in TESTS for path in sorted((ROOT / folder).iterdir())
             if path.suffix in ('.cc', '.h')]
    return [file for file in files if not patterns or any(pattern in file for pattern in patterns)]


def cases_of(files):
    cases = []
    for file in files:
        mutants = operators.mutants_of((ROOT / file).read_text(encoding='utf-8')) if file not in WIDE_HEADERS else []
        for mutant in mutants:
            # A member's 0 stands for "not set yet".
            if not re.fullmatch(r'\w+ \w+ = 0;' if file.endswith('.h') else r'\w+ \w+_ = 0;', mutant.was):
                cases.append(Case(file, mutant.was, mutant.now, mutant.line))
    for case, _ in read_list('by_hand.toml'):
        if case.file not in files:
            continue
        if (ROOT / case.file).read_text(encoding='utf-8').count(case.was) != 1:
            sys.exit(f'mutate: by_hand.toml: this is not once in {case.file}: {case.was}')
        cases.append(case)
    return cases


def folder_of(file):
    return str(pathlib.PurePath(file).parent)


def broken(text, case):
    if case.line is None:
        return text.replace(case.was, case.now, 1)
    lines = text.split('\n')
    line = lines[case.line]
    lines[case.line] = line[:len(line) - len(line.lstrip())] + case.now
    return '\n'.join(lines)


class Workshop:
    """A copy of the tree with a build of its own."""

    def __init__(self, folder, through):
        self.tree = folder / 'tree'
        self.build = folder / 'build'
        self.through = through
        self.commands = {}
        self.links = {}
        folder.mkdir(parents=True, exist_ok=True)
        self.tree.mkdir(exist_ok=True)
        self._copy()
        self._run(['cmake', '--preset', 'mutation', '-S', self.tree, '-B', self.build], check=True, cwd=self.tree)
        self.make(sorted({test for tests in TESTS.values() for test in tests}))

    def _copy(self):
        """Files that git knows or could; times stay, so that only what differs is built anew."""
        listed = subprocess.run(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], cwd=ROOT, check=True,
                                capture_output=True, text=True).stdout.split('\0')
        wanted = {name for name in listed if name and (ROOT / name).is_file() and not name.endswith('.safetensors')
                  or name.startswith('tests/testdata/')}
        for path in [p for p in self.tree.rglob('*') if p.is_file()]:
            if str(path.relative_to(self.tree)) not in wanted:
                path.unlink()
        for name in wanted:
            to = self.tree / name
            if to.exists() and to.read_bytes() == (ROOT / name).read_bytes():
                continue
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, to)
        # Only installed, never compiled.
        (self.tree / 'models/vgg16').mkdir(parents=True, exist_ok=True)

    def _run(self, command, **options):
        return subprocess.run([*self.through, *map(str, command)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors='replace', **options)

    def make(self, targets):
        done = self._run(['ninja', '-C', self.build, *targets])
        if done.returncode:
            sys.exit(done.stdout)

    def _command_of(self, file):
        """How `file` is compiled, but for -o and what follows."""
        if file not in self.commands:
            entries = json.loads((self.build / 'compile_commands.json').read_text(encoding='utf-8'))
            command = next(entry['command'] for entry in entries if entry['file'] == str(self.tree / file))
            words = shlex.split(command[:command.index(' -o ')])
            compiler = words[1:] if words[0].endswith('ccache') else words
            # Only what comes first can be precompiled.
            self.commands[file] = compiler[:1] + self._headers_of(file, compiler) + compiler[1:]
        return self.commands[file]

    def _headers_of(self, file, compiler):
        """Precompiles what `file` includes first, for all of its mutants: Eigen alone takes longer than the rest."""
        text = (self.tree / file).read_text(encoding='utf-8')
        includes = re.findall(r'^#include [^\n]*', re.split(r'^#(?!include)|^\w', text, maxsplit=1, flags=re.M)[0], flags=re.M)
        header = self.build / 'precompiled' / (file.replace('/', '_') + '.h')
        header.parent.mkdir(exist_ok=True)
        header.write_text('\n'.join(includes) + '\n', encoding='utf-8')
        self._run([*compiler, '-x', 'c++-header', '-o', f'{header}.gch', header], check=True)
        return ['-include', str(header)]

    def _link_command(self, test, first):
        """How `test` is linked, with the object `first` before the libraries, so that it takes its namesake's place."""
        if test not in self.links:
            done = subprocess.run(['ninja', '-C', str(self.build), '-t', 'commands', test], check=True, capture_output=True, text=True)
            self.links[test] = next(part for part in re.split(r' && |\n', done.stdout) if f' -o bin/{test} ' in part)
        words = shlex.split(self.links[test])
        place = words.index('-o')
        return [*words[:place], '-o', f'bin/mutant_{test}', str(first), *words[place + 2:]]

    def compile(self, file):
        """None, or what the compiler says. A header's users are all built anew, with the program of each test of its folder."""
        if file.endswith('.h'):
            done = self._run(['ninja', '-C', self.build, *TESTS[folder_of(file)]])
        else:
            done = self._run([*self._command_of(file), '-o', self.build / 'mutant.o', '-c', self.tree / file], cwd=self.build)
        return done.stdout if done.returncode else None

    def link(self, file, test):
        """The program of `test` with what was compiled last."""
        if file.endswith('.h'):
            return self.build / 'bin' / test
        self._run(self._link_command(test, self.build / 'mutant.o'), cwd=self.build, check=True)
        return self.build / 'bin' / f'mutant_{test}'

    def run_test(self, test, program=None, mutant=0):
        """None when all pass, else what failed first. `mutant`: of a switched file."""
        def limits():
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS[test], SECONDS[test]))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        done = self._run([program or self.build / 'bin' / test, '--gtest_fail_fast', '--gtest_brief=1'],
                         preexec_fn=limits, env={**os.environ, 'MLFSC_MUTANT': str(mutant)})
        if done.returncode == 0:
            return None
        failed = re.search(r'\[  FAILED  \] (\S+?)(?:,| \()', done.stdout)
        if failed:
            return failed.group(1)
        # Through a shell a signal is 128 more.
        number = -done.returncode if done.returncode < 0 else done.returncode - 128
        if number in (signal.SIGXCPU, signal.SIGKILL):
            return f'{test} does not end'
        return f'{test} crashes, {done.returncode}'

    def try_cases(self, file, cases):
        """Yields (case, state, test) for all of one file: killed with the test that did it, alive, or no program."""
        path = self.tree / file
        text = path.read_text(encoding='utf-8')
        times = path.stat()
        if not file.endswith('.h'):
            self._command_of(file)
        try:
            switched = yield from self._try_switched(path, file, text, cases)
            for case in cases:
                if case in switched:
                    continue
                path.write_text(broken(text, case), encoding='utf-8')
                if self.compile(file) is not None:
                    yield case, 'no program', ''
                else:
                    outcome = self._first_failure(file, {})
                    yield case, 'killed' if outcome else 'alive', outcome or ''
        finally:
            path.write_text(text, encoding='utf-8')
            if not file.endswith('.h'):
                os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
            else:
                self.compile(file)

    def _first_failure(self, file, programs, mutant=0):
        """Of the folder's tests one after the other. `programs`: those linked already."""
        for test in TESTS[folder_of(file)]:
            if test not in programs:
                programs[test] = self.link(file, test)
            if outcome := self.run_test(test, programs[test], mutant):
                return outcome
        return None

    def _try_switched(self, path, file, text, cases):
        """As try_cases, those that can be switched at run time; returns them."""
        numbers = {number: case for number, case in enumerate(cases, 1) if case.line is not None}
        masked = operators.masked(text).split('\n')
        without = set()
        while True:
            together, held = switchboard.switch_file(text, masked, numbers, without)
            if not held:
                return set()
            path.write_text(together, encoding='utf-8')
            complaint = self.compile(file)
            if complaint is None:
                break
            bad = {int(line) - 1 for line in re.findall(rf'{re.escape(path.name)}:(\d+):\d+: (?:error|  +required)', complaint)} - without
            if not bad:
                print(f'{file} cannot be switched:\n' + '\n'.join(complaint.splitlines()[:5]))
                return set()
            without |= bad
        programs = {}
        if failure := self._first_failure(file, programs):
            for test in TESTS[folder_of(file)]:
                if plain := self.run_test(test):
                    sys.exit(f'mutate: without any mutant {test} ends with: {plain}')
            print(f'{file} cannot be switched: {failure}')
            return set()
        for number in sorted(held):
            outcome = self._first_failure(file, programs, number)
            yield numbers[number], 'killed' if outcome else 'alive', outcome or ''
        return {numbers[number] for number in held}


class Results:
    """What became of each mutant, in a file that a later run reads."""

    def __init__(self, path):
        self.path = path
        self.states = {}
        self.alive = set()
        if path.exists():
            for line in path.read_text(encoding='utf-8').splitlines():
                state, test, file, was, now = line.split('\t')
                self.states[(file, was, now)] = (state, test)

    def add(self, case, state, test):
        """Lines of a file may be alike: then one that lives counts."""
        if state == 'alive':
            self.alive.add(self.key(case))
        elif self.key(case) in self.alive:
            return
        self.states[self.key(case)] = (state, test)
        with self.path.open('a', encoding='utf-8') as out:
            out.write('\t'.join((state, test, *self.key(case))) + '\n')

    @staticmethod
    def key(case):
        return tuple(text.replace('\n', ' ').replace('\t', ' ') for text in case[:3])


def reasons_of(cases):
    """The mutants of equivalent.toml, which must all exist."""
    known = {Results.key(case) for case in cases}
    lines = collections.defaultdict(set)
    for key in known:
        lines[key[:2]].add(key)
    reasons = {}
    for case, reason in read_list('equivalent.toml'):
        named = lines.get((case.file, case.was), set()) if case.now is None else {Results.key(case)} & known
        if not named:
            sys.exit(f'mutate: equivalent.toml names what is no mutant any more: {case.file}: {case.was} -> {case.now}')
        reasons.update({key: reason for key in named})
    return reasons


def report(cases, results, reasons):
    counts = {folder: collections.Counter() for folder in TESTS}
    unexplained = []
    for case in cases:
        state, _ = results.states.get(Results.key(case), ('not tried', ''))
        if state == 'alive':
            state = 'equivalent' if Results.key(case) in reasons else 'alive'
            if state == 'alive':
                unexplained.append(case)
        counts[folder_of(case.file)][state] += 1
    kinds = ['killed', 'equivalent', 'alive', 'no program', 'not tried']
    print(f'{"folder":14}' + ''.join(f'{kind:>12}' for kind in ['mutants', *kinds]))
    for folder, count in counts.items():
        print(f'{folder:14}{sum(count.values()):12}' + ''.join(f'{count[kind]:12}' for kind in kinds))
    return unexplained


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('files', nargs='*', help='parts of file names [all]')
    parser.add_argument('--alive', action='store_true', help='only those that lived when last tried')
    parser.add_argument('--new', action='store_true', help='only those that were not tried yet')
    parser.add_argument('--one', action='store_true', help='one mutant a line, the same every time')
    parser.add_argument('--list', action='store_true', help='print the report of what was tried, and try nothing')
    parser.add_argument('--folder', type=pathlib.Path, default=ROOT / 'build/mutation', help='copy, build and results [build/mutation]')
    parser.add_argument('--through', default='', help='a command that builds and tests are run through')
    arguments = parser.parse_args()

    cases = cases_of(files_of(arguments.files))
    reasons = reasons_of(cases_of(files_of([])))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    results = Results(arguments.folder / 'results.tsv')
    tried = cases
    if arguments.alive or arguments.new:
        wanted = ['alive'] * arguments.alive + [None] * arguments.new
        tried = [case for case in cases if results.states.get(Results.key(case), (None, ''))[0] in wanted]
    if arguments.one:
        # Any, but not always the first operator; those by hand are a line each.
        lines = collections.defaultdict(list)
        for case in cases:
            lines[(case.file, case.line if case.line is not None else case)].append(case)
        chosen = {of_line[zlib.crc32(of_line[0].was.encode()) % len(of_line)] for of_line in lines.values()}
        tried = [case for case in tried if case in chosen]
    if tried and not arguments.list:
        workshop = Workshop(arguments.folder, arguments.through.split())
        begin = time.monotonic()
        for file in dict.fromkeys(case.file for case in tried):
            of_file = [case for case in tried if case.file == file]
            for case, state, test in workshop.try_cases(file, of_file):
                results.add(case, state, test)
                if state == 'alive' and Results.key(case) not in reasons:
                    place = f'{file}:{case.line + 1}' if case.line is not None else file
                    print(f'alive: {place}\n  {case.was}\n  {case.now}', flush=True)
            print(f'{file}: {len(of_file)} mutants, {time.monotonic() - begin:.0f} s since the beginning', flush=True)
    unexplained = report(cases, results, reasons)
    if arguments.list:
        for case in unexplained:
            print(f'alive: {case.file}\n  {case.was}\n  {case.now}')
    sys.exit(1 if unexplained else 0)


if __name__ == '__main__':
    main()
