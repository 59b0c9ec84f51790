"""chunk: documents to passages that rebuild them."""

from collections.abc import Iterator, Sequence

from gristmill.arrow import PASSAGE, passage_of, passage_row
from gristmill.find import fingerprint
from gristmill.mill import Mill
from gristmill.records import Line, Passage
from gristmill.stations._documents import Documents, items_of
from gristmill.store import Piece, Step


def chunk(mill: Mill, documents: Documents) -> list[Passage]:
    """The passages of all documents, in order."""

    def make(items: Sequence[str]) -> Iterator[Piece]:
        for done, (item, document) in enumerate(documents.among(items), start=1):
            passages = list(mill.chunker.chunk(document))
            path = document.source.path
            line = Line(kind="document", item=document.id, state="chunked", made=len(passages), label=path)
            yield Piece(item=item, rows=[passage_row(passage) for passage in passages], lines=[line])
            mill.tell("chunk", done, len(items))

    name = mill.recipe.chunk.name
    step = Step(station="chunk", name=name, part=fingerprint(mill.chunker), columns=PASSAGE, items=items_of(documents))
    return [passage_of(row) for row in mill.step(step, make).rows]
