"""The recipe that a project begins with: every station named, with what can stand there."""

import re
from typing import cast

from gristmill.contracts import Task
from gristmill.find import find
from gristmill.records import canonical
from gristmill.sections import DEFAULT_CHECKS, DEFAULT_SCANNERS
from gristmill.yaml_text import write_yaml

_PLAIN = re.compile(r"[\w.-]*(/[\w.-]*)+")
_SAID = {"licences": "{licences: {publish_as: CC-BY-4.0}} rejects what does not allow that"}
_HELD_OUT = "    # - contaminated: {against: [held_out.jsonl]}   # your own evaluation questions"


def commented_recipe(documents: str, task: str) -> str:
    """A recipe that names every station, with its defaults. Raises UserError for an unknown task."""
    part = cast(type[Task], find("tasks", task))
    shown = {task: dict(part.sample)} if part.sample else task
    values = {
        "task": write_yaml({"task": shown}).rstrip(),
        "documents": documents if _PLAIN.fullmatch(documents) else canonical(documents),
        "scanners": ", ".join(DEFAULT_SCANNERS),
        "checks": "\n".join([*map(_listed, part.checks or DEFAULT_CHECKS), _HELD_OUT]),
    }
    return re.sub(r"\{(task|documents|scanners|checks)\}", lambda slot: values[slot.group(1)], _RECIPE)


def _listed(check: str) -> str:
    return f"    - {check:<22}# {_SAID[check]}" if check in _SAID else f"    - {check}"


_RECIPE = """\
# What the model should learn: `gristmill parts tasks` lists the tasks.
{task}

# The one seed of every choice that is drawn.
seed: 17

# What to read, and under which terms. The licence rides on each row, to the card.
ingest:
  sources:
    - path: {documents}       # a file, a folder, a glob; archives are opened
      # address: https://example.com/page.html   # instead of path: fetched once and kept
      # hub: owner/name       # instead of path: a data set of the hub, at
      # revision: main        # a commit, tag or branch, and of it
      # files: data/*.parquet
      name: ""              # what the lock file calls it; left out, its path
      sha256: ""            # of one file: the digest that it must have
      licence: unknown      # an SPDX name, such as MIT or CC-BY-4.0
      trust: own            # own, known or unknown
      origin: human         # who wrote these files: human or synthetic
      format: ""            # of ready-made rows: `gristmill parts formats`
  max_mb: 50                # larger files are named, not read
  max_seconds: 120          # what reading one file may take; it is ended after
  max_memory_mb: 4000
  max_depth: 3              # files inside files: how deep to go
  readers: {}               # fields of readers: {jsonl: {columns: {text: body}}}

# What is looked for before any file is opened, `gristmill parts audit`, and what a sign leads to: stop, refuse, note.
audit:
  scanners: [{scanners}]
  policy: {danger: stop, warning: note, info: note}   # also by the code of a sign, such as `secret: stop`
  waivers: []               # signs that a person looked at and lets pass:
    # - file: docs/setup.md
    #   sign: secret
    #   because: it is an example

# What is mended before anything else sees the text: `gristmill parts clean`.
clean: [encoding, hidden_characters]

# How documents are cut into passages: `gristmill parts chunk`.
chunk: by_headings

# Pairs that people already wrote are found with no model: `gristmill parts harvest`.
harvest: [faq_headings, definitions, turns]

# Who writes pairs, who judges them, who reads them back. The embedded model runs on this machine, offline;
# any server of the OpenAI protocol: {endpoint: {base_url: …, model: …, key: NAME_OF_VARIABLE}}. A list shares a seat.
teachers:
  generator: embedded
  judge: embedded
  reader: embedded

# Where text may go, and what it may cost.
asking:
  consent: []               # hosts that text may be sent to, such as api.example.com
  run_cap: null             # money that one run may spend, in the currency of the teachers' prices
  round_cap: null           # money that all runs may spend until the next version
  least_yield: 0.2          # with fewer of the pairs asked for readable, the run ends
  most_failed: 0.0          # with a larger share of requests failed, the exit status is 3

# How many pairs to ask for.
generate:
  pairs_per_passage: 2
  pairs: null               # a number of pairs in all, shared out exactly, instead of the line above
  min_words: 25             # shorter passages are not asked about
  skip_headings: [References, Bibliography, External links, Further reading, See also, Works cited, Table of contents]

# Which checks judge the rows. A check says what it found; the policy says what rejects.
curate:
  checks:
{checks}
  policy:
    default: [reject, unknown]

# How kept rows are split. A document, a passage and a family stay on one side.
freeze:
  splits: {train: 0.8, validation: 0.1, test: 0.1}
  least_rows: 1             # with fewer kept rows no version is made, and the exit status is 3

# Training files. Empty formats mean the task's own.
export:
  formats: []
  folder: out
"""
