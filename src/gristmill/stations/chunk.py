"""chunk: documents to passages that rebuild them."""

from collections.abc import Iterator, Sequence

from gristmill.arrow import PASSAGE, passage_of, passage_row
from gristmill.find import fingerprint
from gristmill.mill import Mill
from gristmill.records import Document, Line, Passage
from gristmill.store import Piece, Step


def chunk(mill: Mill, documents: Sequence[Document]) -> list[Passage]:
    """The passages of all documents, in order."""
    by_id = {document.id: document for document in documents}

    def make(items: Sequence[str]) -> Iterator[Piece]:
        for done, item in enumerate(items, start=1):
            passages = list(mill.chunker.chunk(by_id[item]))
            path = by_id[item].source.path
            line = Line(kind="document", item=item, state="chunked", made=len(passages), label=path)
            yield Piece(item=item, rows=[passage_row(passage) for passage in passages], lines=[line])
            mill.tell("chunk", done, len(items))

    name = mill.recipe.chunk.name
    step = Step(station="chunk", name=name, part=fingerprint(mill.chunker), columns=PASSAGE, items=list(by_id))
    return [passage_of(row) for row in mill.step(step, make).rows]
