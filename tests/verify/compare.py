#!/usr/bin/env python3
"""Runs the three verifiers on a good copy and on every damaged one, and demands the same verdicts. Called by `run`.

    compare.py --copy DIR --policy FILE --genesis HASH --thamvan BINARY --go BINARY [--log-key FILE [--witness-key FILE]...]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import consultation_scenarios
import mutations
import scenarios
import tlog
from verify import Report

HERE = Path(__file__).resolve().parent
VERDICTS = {0: "ok", 3: "findings"}
SECONDS = 300
SIZES = (1, 256, 257, 1000, 66_000)  # one tile, a full one, two, and three levels of them


def auditor(command, copy, policy, genesis):
    """(verdict, codes of the errors, the document) of an auditor that prints JSON."""
    arguments = ["--json", "--copy", copy, "--policy", policy, "--genesis", genesis]
    run = subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, timeout=SECONDS)
    try:
        document = json.loads(run.stdout)
        codes = {f["code"] for f in document["findings"] if f["severity"] == "error"}
    except (ValueError, KeyError):
        return f"exit {run.returncode}: {(run.stdout + run.stderr).strip()[-200:]}", set(), {}
    verdict = document["verdict"]
    return verdict if VERDICTS.get(run.returncode) == verdict else f"exit {run.returncode}", codes, document


def void_places(document):
    """The records at which an error was found."""
    return {(f["stream"], f["seq"]) for f in document.get("findings", []) if f["severity"] == "error" and f["seq"] is not None}


class Comparison:
    def __init__(self, thamvan, go):
        self.rust, self.python = [thamvan, "audit", "verify"], [sys.executable, str(HERE / "verify.py")]
        self.go, self.passed, self.failed = go, 0, 0

    def judge(self, name, problems, lines):
        self.passed, self.failed = self.passed + (not problems), self.failed + bool(problems)
        print(f"{'FAIL' if problems else 'ok':5} {name}")
        for line in [*lines, *(f"** {problem}" for problem in problems)]:
            print(f"        {line}")

    def go_accepts(self, copy, policy):
        vkey = next(line.split()[1] for line in policy.read_text().splitlines() if line.startswith("log "))
        return subprocess.run([self.go, str(copy), vkey], capture_output=True, timeout=SECONDS).returncode == 0

    def good(self, name, copy, policy, genesis):
        results = [auditor(c, copy, policy, genesis) for c in (self.rust, self.python)]
        rust, python = (document for _, _, document in results)
        problems = [f"{name} says {verdict}: {sorted(codes)}" for name, (verdict, codes, _) in zip(("Rust", "Python"), results)
                    if verdict != "ok" or codes]
        keys = ("shard", "tree_size", "root", "checked")
        problems += [f"{k}: Rust {rust.get(k)}, Python {python.get(k)}" for k in keys if rust.get(k) != python.get(k)]
        if not self.go_accepts(copy, policy):
            problems.append("Go refuses")
        return (name, problems, [f"all three: {python.get('tree_size')} entries, root {python.get('root')}"])

    def damaged(self, name, log_half, folder, signed=False):
        """`signed`: nothing but the judgement of entries finds anything, and that must find it at the same records."""
        copy, policy, genesis = folder / "copy", folder / "policy.txt", (folder / "genesis.hash").read_text().strip()
        (rust, rust_codes, said), (python, python_codes, also_said) = (auditor(c, copy, policy, genesis) for c in (self.rust, self.python))
        go = self.go_accepts(copy, policy)
        problems = [f"Rust says {rust}"] if rust != "findings" else []
        problems += [f"Python says {python}"] if python != "findings" else []
        if rust == python == "findings" and not rust_codes & python_codes:
            problems.append("no code in common")
        places = [void_places(document) for document in (said, also_said)]
        if signed and all(places) and places[0] != places[1]:
            problems.append(f"only one finds something at {sorted(places[0] ^ places[1])}")
        if go == log_half:
            problems.append("Go accepts" if go else "Go refuses a log half that is whole")
        lines = [f"Rust    {' '.join(sorted(rust_codes))}", f"Python  {' '.join(sorted(python_codes))}",
                 f"Go      {'ok (not its half)' if go else 'refused'}"]
        return name, problems, lines

    def log_alone(self, size, folder):
        """A log half of this many entries, with tiles on several levels: Python and Go agree, and see the last byte."""
        leaves = [bytes([1]) + size.to_bytes(16, "big") + i.to_bytes(32, "big") for i in range(size)]
        files = scenarios.log_files(leaves)
        *_, last = (path for path in files if path.startswith("log/tile/entries/"))
        results = []
        for data in (files[last], files[last][:-1] + bytes([files[last][-1] ^ 1])):
            scenarios.write(folder, files | {last: data})
            report = Report()
            tlog.check(tlog.Copy(folder / "copy"), tlog.Policy.parse(scenarios.POLICY), report)
            results.append((not report.failed(), self.go_accepts(folder / "copy", folder / "policy.txt")))
        problems = [] if results == [(True, True), (False, False)] else [f"(Python, Go) accept whole, damaged: {results}"]
        return (f"a log of {size} entries", problems, ["Python and Go accept it whole, and refuse it damaged"])


def cases(comparison, a, out):
    """What there is to compare, each as a function that gives (name, problems, lines)."""
    key = Path(a.log_key).read_text().strip() if a.log_key else None
    witnesses = [Path(file).read_text().strip() for file in a.witness_key]
    yield partial(comparison.good, "the good copy", Path(a.copy), Path(a.policy), a.genesis)
    for name, log_half, folder in mutations.make(a.copy, a.policy, a.genesis, out, key, witnesses):
        yield partial(comparison.damaged, name, log_half, folder)
    for name, kept, folder in consultation_scenarios.make(out):
        if kept:
            yield partial(comparison.good, name, folder / "copy", folder / "policy.txt", (folder / "genesis.hash").read_text().strip())
        else:
            yield partial(comparison.damaged, name, False, folder, signed=True)
    for size in SIZES:
        yield partial(comparison.log_alone, size, Path(out) / f"log-{size}")


def main():
    parser = argparse.ArgumentParser()
    for name in ("copy", "policy", "genesis", "thamvan", "go"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--log-key")
    parser.add_argument("--witness-key", action="append", default=[])
    a = parser.parse_args()
    comparison = Comparison(a.thamvan, a.go)
    with tempfile.TemporaryDirectory() as out, ThreadPoolExecutor(os.cpu_count()) as pool:
        for judged in pool.map(lambda case: case(), cases(comparison, a, out)):
            comparison.judge(*judged)
    print(f"{comparison.passed} passed, {comparison.failed} failed")
    return 1 if comparison.failed else 0


if __name__ == "__main__":
    sys.exit(main())
