#!/usr/bin/env python3
"""Measure vix and its peers as whole processes on one workload, in one run; prints Markdown tables.

usage: run.py [--vix target/dist/vix] [-n 1000] [--large 10000] [--runs 7] [--peer-gen gen.py] [--work DIR]

Peers come from the folder $BENCH_BIN (jrsonnet, helm4, cue, kustomize); their projects are written by the generator that
--peer-gen or $BENCH_GEN names. What is missing is skipped with a line. All figures are medians. CPU is user + system of
the process and its children. Memory is the peak resident set of the largest process; the system counts what the runner
held when it started the process, so the runner stays small (generating and comparing are processes of their own) and its
share stands in the first line of the output. Output goes to /dev/null.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


class Failed(Exception):
    """A command that should have succeeded did not."""


# ---------------------------------------------------------------- one process
def once(cmd, cwd, env, budget_s):
    """Wall seconds, CPU seconds and peak MiB of one process; None where it took longer than the budget."""
    with tempfile.TemporaryFile() as err, open(os.devnull, "wb") as out:
        start = time.perf_counter()
        p = subprocess.Popen(cmd, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        while True:
            pid, status, used = os.wait4(p.pid, os.WNOHANG if budget_s else 0)
            wall = time.perf_counter() - start
            if pid:
                break
            if wall > budget_s:
                p.kill()
                os.wait4(p.pid, 0)
                p.returncode = -9
                return None
            time.sleep(0.02)
        p.returncode = os.waitstatus_to_exitcode(status)
        if p.returncode != 0:
            err.seek(0)
            raise Failed(f"{' '.join(cmd)}: exit code {p.returncode}\n{err.read().decode(errors='replace')[:2000]}")
        return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def middle(values):
    values, half = sorted(values), len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def median_of(cmd, runs, before=None, cwd=None, env=None, budget_s=0, beside=None):
    """Medians over `runs` processes; `before` is called before each one and not timed, `beside` after each one."""
    rows = []
    for _ in range(runs):
        if before:
            before()
        row = once(cmd, cwd, env, budget_s)
        if row is None:
            return None
        rows.append(row)
        if beside:
            beside()
    return medians(rows)


def medians(rows):
    return dict(zip(("wall", "cpu", "rss"), (middle(it) for it in zip(*rows)))) | {"runs": len(rows)}


# ---------------------------------------------------------------- vix on one project
class Vix:
    """One generated project with a cache of its own."""

    def __init__(self, binary, work, n, runs):
        self.binary, self.n, self.runs = binary, n, runs
        self.project = os.path.join(work, f"vix-{n}")
        self.cache = os.path.join(work, f"cache-{n}")
        subprocess.run([sys.executable, os.path.join(HERE, "gen.py"), self.project, "-n", str(n), "--expected"], check=True)
        self.env = {**os.environ, "VIX_CACHE_DIR": self.cache}
        self.edits = 0
        self.forgotten = 0

    def command(self, *more):
        return [self.binary, "-C", self.project, "build", "envs/dev", *more]

    def forget(self):
        """Moves cache and output away. Deleting them here would be measured too: ext4 does not hand out the inodes of files that
        were deleted in the last seconds, and searches for others at every new file."""
        for path in (self.cache, os.path.join(self.project, "build")):
            if os.path.exists(path):
                self.forgotten += 1
                os.rename(path, f"{self.cache}-old-{self.forgotten}")

    def clear(self):
        for n in range(self.forgotten):
            shutil.rmtree(f"{self.cache}-old-{n + 1}", ignore_errors=True)
        self.forgotten = 0

    def measure(self, *more, before=None, beside=None):
        return median_of(self.command(*more), self.runs, before, env=self.env, beside=beside)

    def warm(self, *more):
        once(self.command(*more), None, self.env, 0)

    def edit(self, old, new):
        """Writes one app's file with a change that no earlier run has seen."""
        self.edits += 1
        path = os.path.join(self.project, "apps", f"app-{(self.n + 1) // 2:04d}.vix")
        if not hasattr(self, "original"):
            with open(path) as f:
                self.original = f.read()
        with open(path, "w") as f:
            f.write(self.original.replace(old, new.format(self.edits)))
        time.sleep(0.02)

    def commit(self):
        """Makes the project, as it is now, the newest revision of a git repository."""
        identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.test", "-c", "commit.gpgsign=false"]
        for more in (["init", "-q"], ["add", "vix.toml", "*.vix"], ["commit", "-q", "-m", "all", "--allow-empty"]):
            subprocess.run(["git", "-C", self.project, *identity, *more], check=True, stdout=subprocess.DEVNULL)

    def differ(self, before=None):
        """What one environment differs in from the newest revision."""
        return median_of([self.binary, "-C", self.project, "diff", "dev", "--rev", "HEAD"], self.runs, before, env=self.env)

    def check(self):
        """The objects are those that the generator computed without vix."""
        printed = os.path.join(self.project, "build-dev.json")
        with open(printed, "wb") as out:
            subprocess.run(self.command("--stdout", "--format", "json"), env=self.env, stdout=out, stderr=subprocess.DEVNULL, check=True)
        with open(printed, "rb") as text:
            command = [sys.executable, os.path.join(HERE, "check.py"), os.path.join(self.project, "expected-dev.json")]
            done = subprocess.run(command, stdin=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise Failed(done.stderr)
        return done.stdout.strip()


def measure_vix(vix, full, beside=None):
    """Rows of one project: name -> figures. `beside` runs a peer after each cold build: a shared machine changes its speed within seconds."""
    rows = {"cold, --stdout": vix.measure("--stdout", before=vix.forget, beside=beside)}
    rows["cold, folder and cache"] = vix.measure(before=vix.forget)
    vix.warm()
    rows["nothing changed, folder"] = vix.measure()
    vix.warm("--stdout")
    rows["nothing changed, --stdout"] = vix.measure("--stdout")
    if full:
        vix.warm()
        rows["one app changed"] = vix.measure(before=lambda: vix.edit("cache_mb: ", "cache_mb: 1{}0"))
        vix.warm()
        rows["comment changed"] = vix.measure(before=lambda: vix.edit("web-app ", "// edit {}\nweb-app "))
        if shutil.which("git"):
            vix.commit()
            vix.differ()
            rows["diff --rev, one app changed"] = vix.differ(before=lambda: vix.edit("cache_mb: ", "cache_mb: 2{}0"))
    vix.clear()
    return rows


# ---------------------------------------------------------------- peers
PEERS = {
    "jrsonnet": ("jsonnet", lambda b, d: ([f"{b}/jrsonnet", "-y", f"{d}/jsonnet/envs/dev/main.jsonnet"], None)),
    "helm4": ("helm", lambda b, d: ([f"{b}/helm4", "template", "bench", f"{d}/helm/chart", "-f", f"{d}/helm/envs/dev.yaml"], None)),
    "cue": ("cue", lambda b, d: ([f"{b}/cue", "export", "./envs/dev", "-e", "stream", "--out", "text"], f"{d}/cue")),
    "kustomize": ("kustomize", lambda b, d: ([f"{b}/kustomize", "build", f"{d}/kustomize/envs/dev"], None)),
}


def closest_peer(args, work):
    """A function that runs jrsonnet once, and the rows that it fills; `None` where jrsonnet is missing."""
    binary = os.path.join(os.environ.get("BENCH_BIN", ""), "jrsonnet")
    if "jrsonnet" not in args.peers.split(",") or not args.peer_gen or not os.path.exists(args.peer_gen) or not os.path.exists(binary):
        return None, []
    project = os.path.join(work, "peer")
    subprocess.run([sys.executable, args.peer_gen, project, "-n", str(args.n), "--peers", "jsonnet", "--envs", "dev"], check=True)
    cmd, cwd = PEERS["jrsonnet"][1](os.path.dirname(binary), project)
    rows = []
    return lambda: rows.append(once(cmd, cwd, None, 0)), rows


def measure_peers(args, work, notes, known):
    rows, folder, generator = dict(known), os.environ.get("BENCH_BIN", ""), args.peer_gen
    if not generator or not os.path.exists(generator):
        notes.append("peers skipped: no generator (--peer-gen or $BENCH_GEN)")
        return rows
    for name, (form, command) in PEERS.items():
        if name in known or name not in args.peers.split(","):
            continue
        if not os.path.exists(os.path.join(folder, name)):
            notes.append(f"{name} skipped: not in $BENCH_BIN")
            continue
        project = os.path.join(work, "peers")
        subprocess.run([sys.executable, generator, project, "-n", str(args.n), "--peers", form, "--envs", "dev"], check=True)
        cmd, cwd = command(folder, project)
        figures = median_of(cmd, 1 if name == "kustomize" else min(args.runs, 3), cwd=cwd, budget_s=args.budget)
        if figures:
            rows[name] = figures
        else:
            notes.append(f"{name} stopped after {args.budget:.0f} s")
    return rows


# ---------------------------------------------------------------- report
def ms(seconds):
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def line(*cells):
    print("| " + " | ".join(str(it) for it in cells) + " |")


def met(value, limit):
    return f"{value / limit:.2f} of goal" + ("" if value <= limit else " **missed**")


def report_table(title, rows):
    print(f"\n### {title}\n")
    line("what", "wall", "CPU", "peak memory", "runs")
    line("---", "--:", "--:", "--:", "--:")
    for name, it in rows.items():
        line(name, ms(it["wall"]), ms(it["cpu"]), f"{it['rss']:.1f} MiB", it["runs"])


def report_goals(args, small, large, one, version, peers):
    print("\n### Goals\n")
    line("measure", "goal", "measured", "ratio")
    line("---", "---", "--:", "---")
    cold = small["cold, --stdout"]
    if "jrsonnet" in peers:
        limit = peers["jrsonnet"]["cpu"] / 3
        line(f"cold, `--stdout`, N = {args.n}: CPU", f"1/3 of jrsonnet = {ms(limit)}", ms(cold["cpu"]), met(cold["cpu"], limit))
    line(f"cold, `--stdout`, N = {args.n}: memory", "80 MiB", f"{cold['rss']:.0f} MiB", met(cold["rss"], 80))
    folder = small["cold, folder and cache"]
    line(f"cold, folder and cache, N = {args.n}: CPU", f"1.5 x the above = {ms(1.5 * cold['cpu'])}", ms(folder["cpu"]), met(folder["cpu"], 1.5 * cold["cpu"]))
    for rows, n, wall_folder, wall_stdout, memory in ((small, args.n, 0.005, 0.008, 20), (large, args.large, 0.040, 0.060, 120)):
        if not rows:
            continue
        for name, limit in (("nothing changed, folder", wall_folder), ("nothing changed, --stdout", wall_stdout)):
            line(f"{name}, N = {n}: wall", ms(limit), ms(rows[name]["wall"]), met(rows[name]["wall"], limit))
            line(f"{name}, N = {n}: memory", f"{memory} MiB", f"{rows[name]['rss']:.0f} MiB", met(rows[name]["rss"], memory))
    for name, limit in (("one app changed", 0.015), ("comment changed", 0.006), ("diff --rev, one app changed", 0.1)):
        if name not in small:
            continue
        line(f"{name}, N = {args.n}: wall", ms(limit), ms(small[name]["wall"]), met(small[name]["wall"], limit))
    if large:
        growth = large["cold, --stdout"]["cpu"] / cold["cpu"]
        limit = 1.1 * args.large / args.n
        line(f"growth of CPU from N = {args.n} to {args.large}, cold", f"{limit:.0f} times", f"{growth:.1f} times", met(growth, limit))
    line("one-app project, cold: wall", "10 ms", ms(one["cold, --stdout"]["wall"]), met(one["cold, --stdout"]["wall"], 0.010))
    line("`vix --version`: wall", "3 ms", ms(version["wall"]), met(version["wall"], 0.003))


def binary_of(args):
    for path in [args.vix] if args.vix else [os.path.join(ROOT, "target", it, "vix") for it in ("dist", "release")]:
        if os.path.exists(path):
            return os.path.abspath(path)
    sys.exit("no vix: cargo build --profile dist, or --vix PATH")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--vix")
    p.add_argument("-n", type=int, default=1000)
    p.add_argument("--large", type=int, default=10000, help="0 = leave out")
    p.add_argument("--runs", type=int, default=7)
    p.add_argument("--peer-gen", default=os.environ.get("BENCH_GEN"))
    p.add_argument("--peers", default="jrsonnet,helm4,cue,kustomize")
    p.add_argument("--budget", type=float, default=120, help="seconds that one process of a peer may take")
    p.add_argument("--work", help="folder for projects and caches; left in place")
    args = p.parse_args()
    binary, notes = binary_of(args), []
    work = args.work or tempfile.mkdtemp(prefix="vix-bench-")
    try:
        floor = median_of(["/bin/true"], 3 * args.runs)
        version = median_of([binary, "--version"], 3 * args.runs)
        one = measure_vix(Vix(binary, work, 1, 3 * args.runs), full=False)
        vix = Vix(binary, work, args.n, args.runs)
        checked = vix.check()
        beside, beside_rows = closest_peer(args, work)
        small = measure_vix(vix, full=True, beside=beside)
        large = measure_vix(Vix(binary, work, args.large, max(3, args.runs // 2)), full=False) if args.large else {}
        peers = measure_peers(args, work, notes, {"jrsonnet": medians(beside_rows)} if beside_rows else {})
    except Failed as it:
        sys.exit(str(it))
    finally:
        if not args.work:
            shutil.rmtree(work, ignore_errors=True)
    print(f"{checked} objects of vix equal the generator's. The runner's own share of each figure (`/bin/true`): {ms(floor['wall'])} wall, {floor['rss']:.0f} MiB.")
    report_goals(args, small, large, one, version, peers)
    report_table(f"vix, N = {args.n}", small | {"--version": version} | {f"N = 1: {k}": v for k, v in one.items()})
    if large:
        report_table(f"vix, N = {args.large}", large)
    if peers:
        report_table(f"peers, N = {args.n}", peers)
        print("\nCPU of each peer over vix cold, `--stdout`: " + ", ".join(f"{k} {v['cpu'] / small['cold, --stdout']['cpu']:.1f}x" for k, v in peers.items()) + ".")
    for note in notes:
        print(f"\n{note}.")


if __name__ == "__main__":
    main()
