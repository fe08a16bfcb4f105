#!/usr/bin/env python3
"""Folds a profile of the hub into the stages of an order's way, in per cent of the hub's processor time.

    perf record -F 250 --call-graph dwarf,16384 -p PID -o FILE -- sleep 5
    perf script -i FILE | tests/bench/stages.py [ORDERS SECONDS-OF-CPU]

With how many orders were taken meanwhile and the processor time that was used, in microseconds for each.
"""
import collections
import re
import sys

# The first that fits any frame of a stack decides: what is special stands before what calls it.
STAGES = [
    ("commit (write the log, flush)", r"Connection::commit|PostgresPipeline::commit"),
    ("copy the log into the file", r"Checkpointer::"),
    ("plan (who must hear)", r"sync::Tasks::plan"),
    ("push (claim, ask, settle)", r"sync::Lane::|sync::Dispatch::|sync::LaneLease::"),
    ("verify (signature)", r"::accept\b.*Spoke|spokes::.*::accept|Signatures::"),
    ("translate (the spoke; read its documents)", r"::translate\b|Meaning::add|orders::readFacts|meaningAtOnce|Intake::understand"),
    ("record (message and body)", r"sync::Inbox::(record|keep|settle|store)|AnsweredKeys"),
    ("spool (append, read)", r"store::Spool|SpoolFile|Arrivals::(keep|spool|ask|drain)$"),
    ("apply: stock", r"stock::(Ledger|Book|Exceptions)"),
    ("apply: order", r"orders::"),
    ("apply: the rest", r"sync::(Applier|Intake)|stock::StockCommands"),
    ("audit", r"access::Audit"),
    ("batch (queues, answers)", r"store::"),
    ("api (route, caller, answer)", r"api::"),
    ("http (read, parse, write)", r"http::"),
]


def main():
    counts = collections.Counter()
    threads = collections.Counter()
    others = collections.Counter()
    stack, comm = [], ""

    def end():
        if not stack:
            return
        text = "\n".join(stack)
        stage = next((name for name, pattern in STAGES if re.search(pattern, text)), "other")
        counts[stage] += 1
        threads[comm] += 1
        if stage == "other":
            others[comm + ": " + stack[0][:60]] += 1

    for line in sys.stdin:
        if line.strip() == "":
            end()
            stack = []
        elif line[0] not in " \t":
            comm = line.split()[0]
        else:
            stack.append(line.strip().split(" ", 1)[-1])
    end()

    total = sum(counts.values())
    each = float(sys.argv[2]) / float(sys.argv[1]) * 1e6 if len(sys.argv) > 2 else 0
    for stage, count in counts.most_common():
        share = count / total
        print(f"{stage:44} {share:6.1%}" + (f" {share * each:7.1f} us" if each else ""))
    if "-v" in sys.argv:
        print(others.most_common(12))


if __name__ == "__main__":
    main()
