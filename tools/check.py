#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Everything that must hold before a change lands: builds, tests under each sanitizer, static
checks, and the tests with real processes. The last line counts them: each test of ctest and pytest,
each build and each static check is one.

check.py [STEP...]   runs only those steps: see STEPS. `fuzz`, which builds the fuzz targets, runs
only when named; their inputs are replayed by the other builds."""
import os
import pathlib
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

JOBS = str(os.cpu_count() or 2)
RESULTS = pathlib.Path("build/results")
SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
}


class Tally:
    def __init__(self):
        self.passed = 0
        self.failed = []

    def add(self, name, good):
        if good:
            self.passed += 1
        else:
            self.failed.append(name)

    def add_junit(self, name, path, exit_code):
        """Counts what ctest or pytest reports; a run without a report is one failure."""
        try:
            cases = list(ElementTree.parse(path).iter("testcase"))
        except (OSError, ElementTree.ParseError):
            self.add(f"{name} (no report)", False)
            return
        failures = 0
        for case in cases:
            if case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
                continue
            good = case.find("failure") is None and case.find("error") is None
            failures += not good
            full_name = ".".join(filter(None, [case.get("classname"), case.get("name")]))
            self.add(f"{name}: {full_name}", good)
        if exit_code and not failures:
            self.add(f"{name} (ended with {exit_code})", False)


tally = Tally()


def run(command, **options):
    env = {**os.environ, **SANITIZER_OPTIONS}
    return subprocess.run(command, env=env, **options).returncode


def run_quietly(name, command):
    """Shows output only of what fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout[-12000:] + done.stderr[-4000:])
    tally.add(name, done.returncode == 0)
    return done.returncode == 0


def build(preset, target="all"):
    directory = "build" if preset == "release" else f"build/{preset}"
    good = run_quietly(f"configure {preset}", ["cmake", "--preset", preset, "-DTANDEM_TESTS=ON"])
    good = good and run_quietly(f"build {preset}", ["ninja", "-C", directory, "-j", JOBS, "-k", "0",
 "--quiet", target])
    return directory if good else None


def ctest(preset, *selection, target="all"):
    directory = build(preset, target)
    if not directory:
        return
    report = (RESULTS / f"{preset}.xml").resolve()
    report.unlink(missing_ok=True)
    code = run(["ctest", "--test-dir", directory, "-j", JOBS, "--output-on-failure", "--quiet",
                "--no-tests=ignore", "--output-junit", str(report), *selection])
    tally.add_junit(preset, report, code)
    for case in ElementTree.parse(report).iter("testcase") if report.exists() else ():
        if case.find("failure") is not None:
            print(f"--- {preset}: {case.get('name')}\n{case.findtext('system-out', '')[-6000:]}")


def release():
    ctest("release")


def asan():
    ctest("asan")


def tsan():
    ctest("tsan", "-L", "threads", target="threads_tests")


def fuzz():
    build("fuzz")


def sources(*endings):
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "src", "tools", "tests"],
                           capture_output=True, text=True, check=True).stdout.splitlines()
    return [n for n in names if n.endswith(endings) and os.path.exists(n)]


def tidy():
    """clang-tidy over all that the release build compiles, so many files at a time as there are
    processors."""
    database = pathlib.Path("build/compile_commands.json").read_text()
    files = [n for n in sources(".c") if f'/{n}"' in database]
    batches = [files[i : i + 8] for i in range(0, len(files), 8)]
    running, bad = [], []

    def reap(child):
        text, _ = child.communicate()
        bad.extend(re.findall(r"^\S.*(?:error|warning): .*$", text, re.MULTILINE))

    for batch in batches:
        if len(running) >= int(JOBS):
            reap(running.pop(0))
        running.append(subprocess.Popen(["clang-tidy", "-p", "build", "--quiet", *batch], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL))
    for child in running:
        reap(child)
    print(*sorted(set(bad)), sep="\n", end="\n" if bad else "")
    tally.add("clang-tidy", not bad)


def formatting():
    done = subprocess.run(["clang-format", "--dry-run", *sources(".c", ".h")], capture_output=True,
                          text=True)
    places = re.findall(r"^(\S+?):(\d+):\d+: warning", done.stderr, re.MULTILINE)
    first = dict(reversed(places))
    for name, line in sorted(first.items()):
        print(f"{name}:{line}: not formatted (clang-format -i {name})")
    tally.add("clang-format", not first and done.returncode == 0)


def static():
    for check in ("layers", "files", "statics"):
        run_quietly(f"check_{check}", [f"tools/check_{check}.py"])
    formatting()
    run_quietly("cppcheck", ["cppcheck", "-q", "-j", JOBS, "--std=c11", "--inline-suppr",
                             "--enable=warning,performance,portability",
                             "--suppressions-list=tools/cppcheck.txt", "--error-exitcode=1",
                             "-Isrc", "src"])
    tidy()


def pytest():
    if not list(pathlib.Path("tests").rglob("test_*.py")):
        return
    report = RESULTS / "pytest.xml"
    report.unlink(missing_ok=True)
    # Debian's Python, for which its pytest is installed.
    code = run(["/usr/bin/python3", "-m", "pytest", "-q", "--timeout=180", f"--junitxml={report}",
                "-p", "no:cacheprovider", "tests"])
    tally.add_junit("pytest", report, code)


STEPS = {step.__name__: step for step in (release, static, pytest, asan, tsan, fuzz)}


def main():
    os.chdir(pathlib.Path(__file__).resolve().parent.parent)
    RESULTS.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    for name in sys.argv[1:] or [step for step in STEPS if step != "fuzz"]:
        began = time.monotonic()
        print(f"== {name}", flush=True)
        STEPS[name]()
        print(f"   {time.monotonic() - began:.0f} s", flush=True)
    print(f"All of it took {time.monotonic() - start:.0f} s.")
    for name in tally.failed:
        print(f"FAILED {name}")
    print(f"{tally.passed} passed, {len(tally.failed)} failed")
    return bool(tally.failed)


if __name__ == "__main__":
    sys.exit(main())
