"""Which lines of the program the tests reach: reads what they left in BUILD/profiles, prints the share of each folder, writes it into
docs/coverage.md and, file by file, into BUILD/coverage.txt. Exit code 1 when a folder is below its bar."""

import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / 'docs/coverage.md'
FOLDERS = ['core', 'models', 'server', 'client']
# Least share of lines, in percent.
BARS = {'core': 85, 'server': 85}
TABLE = re.compile(r'(?<=<!-- scripts/check coverage writes this table -->\n).*?(?=<!-- end -->)', re.S)


def summaries(build):
    """(file, lines, lines reached) of every source of the program."""
    profiles = sorted((build / 'profiles').glob('*.profraw'))
    if not profiles:
        sys.exit(f'coverage: no profiles in {build / "profiles"}')
    merged = build / 'tests.profdata'
    subprocess.run(['llvm-profdata-14', 'merge', '-sparse', '-o', merged, *profiles], check=True)
    programs = [path for path in sorted((build / 'bin').iterdir()) if path.is_file() and not path.name.endswith('_bench')]
    objects = [word for path in programs[1:] for word in ('-object', path)]
    sources = [ROOT / folder for folder in FOLDERS]
    exported = subprocess.run(['llvm-cov-14', 'export', '-summary-only', f'-instr-profile={merged}', programs[0], *objects, *sources],
                              check=True, stdout=subprocess.PIPE).stdout
    for file in json.loads(exported)['data'][0]['files']:
        name = pathlib.PurePath(os.path.normpath(file['filename'])).relative_to(ROOT)
        # Without what is generated in the build folder.
        if name.parts[0] in FOLDERS:
            yield str(name), file['summary']['lines']['count'], file['summary']['lines']['covered']


def share(count, covered):
    return 100 * covered / count if count else 100.0


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    files = sorted(summaries(build))
    rows = {}
    for name, count, covered in files:
        parents = pathlib.PurePath(name).parts[:-1]
        for folder in {parents[0], '/'.join(parents[:2])}:
            row = rows.setdefault(folder, [0, 0])
            row[0] += count
            row[1] += covered
    order = sorted(rows, key=lambda folder: (FOLDERS.index(folder.split('/')[0]), folder))
    table = ['| folder | lines | reached | share |', '|---|---:|---:|---:|']
    for folder in order:
        name = f'**{folder}**' if folder in FOLDERS else folder
        table.append(f'| {name} | {rows[folder][0]:,} | {rows[folder][1]:,} | {share(*rows[folder]):.1f} % |')
    print('\n'.join(table))
    page = PAGE.read_text(encoding='utf-8')
    if not TABLE.search(page):
        sys.exit(f'coverage: {PAGE} has no place for the table')
    PAGE.write_text(TABLE.sub(lambda _: '\n' + '\n'.join(table) + '\n\n', page), encoding='utf-8')
    with (build / 'coverage.txt').open('w', encoding='utf-8') as out:
        for name, count, covered in sorted(files, key=lambda file: file[2] - file[1]):
            print(f'{share(count, covered):6.1f} % {count - covered:5} of {count:5} lines not reached: {name}', file=out)
    shares = {folder: share(*rows[folder]) if folder in rows else 0.0 for folder in BARS}
    below = [folder for folder, bar in BARS.items() if shares[folder] < bar]
    for folder in below:
        print(f'coverage: {folder} has {shares[folder]:.1f} % of its lines reached; the bar is {BARS[folder]} %', file=sys.stderr)
    sys.exit(1 if below else 0)


if __name__ == '__main__':
    main()
