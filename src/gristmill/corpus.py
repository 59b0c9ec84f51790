"""A file of texts, curated without a recipe: every row kept, rejected or failed, with all verdicts."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from gristmill.contracts import Check, TextCheck
from gristmill.corpus_files import (
    REPORT,
    SUMMARY,
    Curated,
    Judgement,
    Lost,
    Ran,
    keep_strangers,
    write_rows,
    write_verdicts,
)
from gristmill.corpus_page import render
from gristmill.errors import GateError, UserError, nearest
from gristmill.files import published, write_lines, writing
from gristmill.find import build, code_digest, file_sha256, packages
from gristmill.lazy import lazy
from gristmill.record_columns import ID, LINE, RECORD, Columns, Heading
from gristmill.record_files import ending
from gristmill.records import digest
from gristmill.sandbox import Sandbox
from gristmill.sections import Curate, Use
from gristmill.texts import DOCUMENT_ROLE, Texts, remarks

auditing = lazy("gristmill.stations.audit")
converting = lazy("gristmill.convert")
sources = lazy("gristmill.stations._sources")
np = lazy("numpy")
pa = lazy("pyarrow")
pc = lazy("pyarrow.compute")

# Column names that say that a row is a whole text, the likeliest first.
_TEXTS = ("text", "content", "document", "body", "passage", "raw_content")
# With one of these a row is an exchange, and its text is what it is about.
_EXCHANGES = frozenset(
    ("question", "answer", "instruction", "messages", "conversations", "prompt", "chosen", "completion", "summary")
)
_SECONDS = 3600
_MEMORY_MB = 64_000
Tell = Callable[[str, int, int], None]


@contextmanager
def reading() -> Iterator[Sandbox]:
    """A process of its own in which files of texts are opened, for as long as the block lasts."""
    with closing(Sandbox(_MEMORY_MB, _SECONDS)) as sandbox:
        yield sandbox


def text_column(place: Path, sandbox: Sandbox) -> str:
    """The column that holds whole texts; "" for a file of other rows, or of none that can be read."""
    told = _columns(place, sandbox)
    if _EXCHANGES & set(told):
        return ""
    return next((name for name in _TEXTS if told.get(name) == "text"), "")


def _columns(place: Path, sandbox: Sandbox) -> Mapping[str, str]:
    """Each column of the first good record, and the kind of its value."""
    (opened,) = sandbox.open([("", Heading(place=str(place)))])
    return next((one["columns"] for one in opened.entries if "columns" in one), {})


def checks_of(uses: Sequence[Use]) -> Mapping[str, TextCheck]:
    """The checks by name, built. Raises UserError that names every one that cannot judge whole texts."""
    found: dict[str, TextCheck] = {}
    wrong: list[str] = []
    for use in uses:
        try:
            part = cast(Check, build("curate", use.name, use.fields))
        except UserError as error:
            wrong.append(str(error))
            continue
        if use.name in found:
            wrong.append(f"{use.name} is named twice: leave one out")
        elif isinstance(part, TextCheck):
            found[use.name] = part
        else:
            wrong.append(f"{use.name} judges rows with {' and '.join(part.reads)}, and these are whole texts")
    if wrong:
        raise UserError("; ".join(wrong))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """A file of texts to curate: the column of its texts, the checks, and the folder that is written."""

    place: Path
    column: str
    uses: Sequence[Use]
    folder: Path


def curate_corpus(corpus: Corpus, sandbox: Sandbox, tell: Tell) -> Curated:
    """Judge each row of a file of texts and write what is kept, what is not and why to its folder.

    A folder that holds the same work already is left as it is. Raises UserError, and GateError when the audit stops it.
    """
    place, column, stamp = corpus.place, corpus.column, _stamp(corpus.place)
    checks, policy = checks_of(corpus.uses), Curate()
    told = Curated(place=place, folder=corpus.folder, column=column, print=_print(place, column, checks))
    if told.is_done():
        return told
    _is_safe(place)
    tell("read", 0, 1)
    table, lost = _read(place, column, checks, sandbox)
    tell("read", 1, 1)
    judged = _judged(table, column, checks, policy, tell)
    states = judged.counts()
    told.kept = states.pop("kept")
    told.rejected = states
    told.failed = dict(Counter(one.state for one in lost).most_common())
    told.rows, told.ran = table.num_rows + len(lost), judged.ran
    with published(corpus.folder) as making, writing(corpus.folder):
        keep_strangers(corpus.folder, making)
        write_rows(making, place, table, judged, lost)
        if _stamp(place) != stamp:
            raise UserError(f"{place} was changed while it was judged: run again when it is whole.")
        write_verdicts(making, judged, lost)
        (making / REPORT).write_text(render(told, judged, lost), "utf-8")
        write_lines(making / SUMMARY, [told.plain()])
    return told


def _stamp(place: Path) -> tuple[int, int]:
    found = place.stat()
    return found.st_size, found.st_mtime_ns


def _print(place: Path, column: str, checks: Mapping[str, TextCheck]) -> str:
    parts = [(name, _part(check)) for name, check in checks.items()]
    return digest("corpus", file_sha256(place), column, parts, _build())


def _part(check: TextCheck) -> Sequence[Any]:
    """What a check's verdicts depend on. The build stands for our own code, which is long to read."""
    module = type(check).__module__
    code = "" if module.startswith("gristmill.") else code_digest(module)
    fields = check.model_dump(mode="json", exclude=set(check.unkeyed))
    return fields, packages(check), code, [file_sha256(Path(name)) for name in check.files()]


def _build() -> str:
    """What this installation of gristmill is: any change of its code, loops, weights or lists makes another."""
    here = Path(__file__).parent
    stamps = ((path, path.stat()) for path in here.rglob("*") if path.suffix != ".pyc" and path.is_file())
    return digest("build", sorted((str(path.relative_to(here)), one.st_size, one.st_mtime_ns) for path, one in stamps))


def _is_safe(place: Path) -> None:
    """Raises GateError when the audit sees danger. Lines of JSON are not searched: what is no strict JSON is no row."""
    if ending(place) != place.suffix.lower() or place.suffix.lower() not in (".jsonl", ".ndjson"):
        with converting.alone(place) as mill:
            if why := auditing.stopped(auditing.audit(mill, sources.files_of(mill).files)):
                raise GateError(why)


def _read(place: Path, column: str, checks: Mapping[str, TextCheck], sandbox: Sandbox) -> tuple[Any, list[Lost]]:
    """The columns of all good rows as one Arrow table, and each line that gave no row."""
    names = list(dict.fromkeys([column, *(name for check in checks.values() for name in check.wanted())]))
    (opened,) = sandbox.open([("", Columns(place=str(place), names=names))])
    if opened.state:
        raise UserError(f"{place}: {opened.reason}")
    # The columns lie in memory that both share: from here on nobody else can change them.
    sandbox.close()
    pieces = [pa.ipc.open_stream(pa.py_buffer(one["bytes"])).read_all() for one in opened.entries if "bytes" in one]
    failed = [one for one in opened.entries if "failure" in one]
    if rest := next((one["failure"]["reason"] for one in failed if not one["line"]), ""):
        raise UserError(rest)
    lost = [
        Lost(one["line"], one["failure"]["state"], one["failure"]["reason"], one.get("record", "")) for one in failed
    ]
    if not pieces:
        reason = lost[0].reason if lost else "it is empty"
        raise UserError(f'no row of {place} has a text in "{column}": {reason}')
    table = pa.concat_tables(pieces)
    for name in names:
        if pc.max(pc.binary_length(table.column(name))).as_py() == 0:
            raise UserError(f'no row of {place} has anything in "{name}": {nearest(name, _columns(place, sandbox))}')
    return table, lost


def _judged(table: Any, column: str, checks: Mapping[str, TextCheck], policy: Curate, tell: Tell) -> Judgement:
    """The checks one after the other; those that compare rows see what no earlier one rejected."""
    texts = _texts(table, column)
    judged = Judgement(texts, table.column(LINE).to_numpy(), np.zeros(len(texts), np.int32))
    for done, (name, check) in enumerate(checks.items()):
        tell("curate", done, len(checks))
        given, places = texts, np.arange(len(texts))
        if check.compares and judged.state.any():
            places = np.flatnonzero(judged.state == 0)
            given = _among(texts, judged.state == 0)
        found = check.judge_texts(given)
        rows = places[_rows(found, name, len(places))]
        judged.verdicts.append((name, found.set_column(0, "row", pa.array(rows))))
        judged.ran.append(Ran(check=name, judged=len(places), ended=_ended(found, len(places)), remarks=remarks(found)))
        kinds = found.group_by(["outcome", "code"]).aggregate([]).to_pylist()
        for kind in kinds:
            if policy.rejects(name, kind["outcome"]):
                said = pc.and_(
                    pc.equal(found.column("outcome"), kind["outcome"]), pc.equal(found.column("code"), kind["code"])
                )
                judged.reject(rows[said.to_numpy()], f"{name}:{kind['code'] or kind['outcome']}")
    tell("curate", len(checks), len(checks))
    return judged


def _texts(table: Any, column: str) -> Texts:
    ids = table.column(ID)
    if ids.null_count or pc.count_distinct(ids).as_py() < len(ids):
        ids = pc.binary_join_element_wise("line", table.column(LINE).cast(pa.string()), " ")
    own = [name for name in table.column_names if name not in (LINE, ID, RECORD)]
    roles = {**{name: table.column(name) for name in own}, DOCUMENT_ROLE: table.column(column)}
    count = table.num_rows
    return Texts(roles=roles, ids=ids, precedence=np.zeros(count, np.int8), family=np.full(count, -1, np.int32))


def _among(texts: Texts, wanted: Any) -> Texts:
    mask = pa.array(wanted)
    return Texts(
        roles={role: column.filter(mask) for role, column in texts.roles.items()},
        ids=texts.ids.filter(mask),
        precedence=texts.precedence[wanted],
        family=texts.family[wanted],
    )


def _rows(found: Any, name: str, of: int) -> Any:
    """The numbers of the rows that a check judged. Raises UserError when it names one twice, or none of these."""
    rows = found.column("row").to_numpy()
    different = len(np.unique(rows))
    if different != len(rows) or (different and (rows.min() < 0 or rows.max() >= of)):
        raise UserError(
            f"the check {name} was given {of} rows and returned {len(rows)} verdicts on {different} rows. "
            "Mend the check: at most one verdict per row, by its number."
        )
    return rows


def _ended(found: Any, judged: int) -> Mapping[str, int]:
    """How many rows ended in each outcome and code; those of which nothing is said passed."""
    ended = Counter({"pass": judged - found.num_rows})
    for pair in found.group_by(["outcome", "code"]).aggregate([([], "count_all")]).to_pylist():
        plain = pair["outcome"] == "pass" or not pair["code"]
        ended[pair["outcome"] if plain else f"{pair['outcome']}:{pair['code']}"] += pair["count_all"]
    return {word: count for word, count in ended.most_common() if count}
