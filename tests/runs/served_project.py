"""A project of any number of documents, each of one passage, whose teachers are asked over HTTP on loopback."""

from pathlib import Path

TOLD = (
    "The village of Abbot Bridge counted {sacks} sacks of flour in the year {year}.",
    "The wheel of the mill had {buckets} wooden buckets, of which the miller renewed {new} when the river was low.",
    "A flood took the lower dam away, and {men} men from Long Meadow came with lime and stones to mend it again.",
    "Visitors from the county paid {new} pence to see how oats are ground between the upper and the lower stone.",
    "The millwright forged {buckets} chisels, and each of them dressed the stones on {men} days of the summer.",
)


def write_documents(folder: Path, number: int) -> None:
    """So many documents, of two to five sentences, no two alike."""
    (folder / "docs").mkdir(parents=True, exist_ok=True)
    for at in range(number):
        told = " ".join(TOLD[: 2 + at * 7 % 4]).format(
            sacks=4000 + 13 * at, year=1800 + at, buckets=30 + at, new=5 + at, men=40 + 3 * at
        )
        (folder / "docs" / f"year_{at:03}.md").write_text(f"# The year {1800 + at}\n\n{told}\n", "utf-8")


def write_recipe(folder: Path, url: str, endpoint: str = "", more: str = "", checks: str = "length") -> Path:
    """A recipe that asks for two pairs of each document and keeps all rows.

    `endpoint` are further fields of its teacher, `more` further sections.
    """
    path = folder / "recipe.yaml"
    teacher = f'{{endpoint: {{base_url: "{url}", model: double{", " * bool(endpoint)}{endpoint}}}}}'
    path.write_text(
        "task: question_answer\n"
        "ingest: {sources: [{path: docs, licence: CC0-1.0, trust: own}]}\n"
        f"teachers:\n  generator: {teacher}\n  reader: {teacher}\n"
        "generate: {pairs_per_passage: 2, min_words: 10}\n"
        f"curate: {{checks: [{checks}], policy: {{default: []}}}}\n"
        f"export: [jsonl, parquet]\n{more}",
        "utf-8",
    )
    return path
