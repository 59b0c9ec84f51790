from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import Unreadable
from gristmill.harvest.definitions import Definitions
from gristmill.ingest.rst import Rst
from gristmill.records import Source

DATA = Path(__file__).parents[1] / "data" / "ingest"
SOURCE = Source(path="docs/the_mill.rst", sha256="", media_type="text/x-rst")
PIECES = st.sampled_from(
    """Title
=====
~~~~~
* item
1. one
   deep
term
  said
:field: value
.. note:: x
.. code::
.. |a| replace:: |a|
.. _x: y_
.. [#] note
.. csv-table::
.. list-table::
.. include:: /etc/passwd
+--+--+
|a |b |
===  ===
| line
>>> x
x::
``a`` `b`_ |a| [#]_ x_ *c* :ref:`d` \\

-a  opt
__ z
""".splitlines(keepends=True)
)


def read(page):
    (document,) = Rst().read(page if isinstance(page, bytes) else page.encode(), SOURCE)
    return document


def text(page):
    return read(page).text


@pytest.mark.parametrize(
    ("file", "title", "sentences"),
    [
        (
            "dedupe_matching_records.rst",
            "Matching Records",
            [
                "# Matching Records\n\nIf you look at the following two records",
                "```\nfirst name | last name | address",
                "## Record similarity\n\nOne way that people",
                "For example, `roberts` and `Roberts` would have Hamming distance of 1",
                "called the [Affine Gap Distance](https://en.wikipedia.org/wiki/Gap_penalty#Affine), which is",
                "Say we set our record_distance to be this weighted sum",
                "and we'll have to do something smarter.\n\n### Active learning",
                "1. the current learning blocking rules would cover the pairs\n2. the current learned classifier would",
                "See the details about variables.",
            ],
        ),
        (
            "dedupe_variable_definition.rst",
            "Variable Definitions",
            [
                "# Variable Definitions\n\n## Variables\n\nA variable definition describes",
                '```python\nimport dedupe.variables\n\n[\n    dedupe.variables.String("Site Name"),',
                "[affine gap string distance](http://en.wikipedia.org/wiki/Gap_penalty#Affine).",
                "will not try to learn any index blocking rules for these fields",
                "`Set` variables are very similar to Text. They",
                "three different cases:\n\n1. The field is missing in both records.\n2. The",
                "- `fuzzy` - Use fuzzy parsing",
                "```console\npip install dedupe-variable-name\n```",
                "- Whether a field is missing data is not associated",
                "## Optional Edit Distance",
            ],
        ),
    ],
)
def test_real_files_keep_their_sentences_in_order(file, title, sentences):
    document = read((DATA / file).read_bytes())
    places = [document.text.find(sentence) for sentence in sentences]
    assert -1 not in places
    assert places == sorted(places)
    assert document.title == title
    assert document.metadata == {}
    assert "::" not in document.text.replace("`", "")


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("===\nTop\n===\n\nSub\n---\n\nx\n\nTop 2\n=====\n", "# Top\n\n## Sub\n\nx\n\n### Top 2"),
        ("A\n=\n\nB\n-\n\nC\n=\n", "# A\n\n## B\n\n# C"),
        ("one\ntwo\n\nthree", "one two\n\nthree"),
        ("- a\n\n  b\n\n  - c\n- d", "- a\n\n  b\n\n  - c\n- d"),
        ("3. a\n4. b\n\na) x\nb) y", "3. a\n4. b\n\n1. x\n2. y"),
        ("A. Einstein thought.", "A. Einstein thought."),
        ("berth\n  A place.\n\n  More.\nquay : noun\n  A wall.", "berth\n: A place.\n\n  More.\n\nquay\n: A wall."),
        ("x\n\n:param y: the y\n:returns: z", "x\n\nparam y\n: the y\n\nreturns\n: z"),
        ("-b FILE, --bee=FILE   a file\n                      more", "`-b FILE, --bee=FILE`\n: a file more"),
        ("Code::\n\n    a\n      b\n\nend", "Code:\n\n```\na\n  b\n```\n\nend"),
        ("Quoted::\n\n> a\n> b\n\nend", "Quoted:\n\n```\n> a\n> b\n```\n\nend"),
        (".. code-block:: c++\n   :linenos:\n\n   int x;", "```c++\nint x;\n```"),
        (">>> 1\n1\n\nend", "```python\n>>> 1\n1\n```\n\nend"),
        ("| one\n| two", "one\ntwo"),
        (".. note:: Mind\n   the gap.\n\n   - a", "> **Note:** Mind the gap.\n>\n> - a"),
        (".. admonition:: Old\n\n   body", "> **Old:** body"),
        (".. versionadded:: 3.2\n   New.", "> **New in version 3.2:** New."),
        (".. math::\n\n   E = mc^2", "$$E = mc^2$$"),
        (".. py:function:: f(x)\n   :module: m\n\n   Grinds.", "`f(x)`\n: Grinds."),
        (".. figure:: a.png\n   :width: 3\n\n   A mill.", "A mill."),
        ("  A quote.", "> A quote."),
        (".. unheard-of:: arg\n\n   body", "arg\n\nbody"),
    ],
)
def test_blocks_become_markdown(page, expected):
    assert text(page) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("``a_b`` and *c*", "`a_b` and *c*"),
        ("`home <https://x.org/a>`_ `rel <a.html>`__", "[home](https://x.org/a) rel"),
        (
            "`the page`_ and alias_ and not_a_link",
            "[the page](https://x.org) and [alias](https://x.org) and not_a_link",
        ),
        ("`anon`__", "[anon](https://z.org)"),
        (":math:`a_b` :func:`~m.grind` :class:`!M` :pep:`8`", "$a_b$ `grind` `M` PEP 8"),
        (":ref:`lbl` :ref:`t <lbl>` :doc:`/a/b` :term:`quay`", "The Label t b quay"),
        ("H\\ :sub:`2`\\ O a\\_b", "H2O a_b"),
        ("|mill| |none|", "the *Old* Mill |none|"),
        ("x [1]_ y [#]_ z [Cit2002]_", "x [1] y [2] z [Cit2002]"),
        ("`word` and ``un`closed``", "word and ``un`closed``"),
    ],
)
def test_inline_marks_become_words(said, expected):
    page = f"""{said}

.. |mill| replace:: the *Old*
   Mill
.. _the page: https://x.org
.. _alias: `the page`_

__ https://z.org

.. [1] First.
.. [#] Second
   note.

.. _lbl:

The Label
---------
"""
    found, *_, notes, heading = text(page).split("\n\n")
    assert found == expected
    assert (notes, heading) == ("[2] Second note.", "# The Label")


GRID = """+-----+---------+
| A   | B   C   |
+=====+====+====+
| a1  | b1 | c1 |
|     +----+----+
| x   | b2 | c2 |
+-----+----+----+
| 港  | b3 | c3 |
+-----+----+----+
"""
SIMPLE = """=====  =====  ====
Inputs        Out
------------  ----
A      B      or
=====  =====  ====
False  False  F
True   x      T
       y
=====  =====  ====
"""
CSV = '.. csv-table:: Fees\n   :header: "Boat", "Fee"\n\n   "a, big", 3\n   b, 9\n'
LIST = ".. list-table::\n   :header-rows: 1\n\n   * - H1\n     - H2\n   * - a\n     - b\n\n       c\n"


@pytest.mark.parametrize(
    ("page", "rows"),
    [
        (GRID, ["A | B C | ", "a1 x | b1 | c1", "a1 x | b2 | c2", "港 | b3 | c3"]),
        (SIMPLE, ["Inputs |  | Out", "A | B | or", "False | False | F", "True | x y | T"]),
        (CSV, ["Boat | Fee", "a, big | 3", "b | 9"]),
        (LIST, ["H1 | H2", "a | b c"]),
    ],
)
def test_tables_keep_rows_and_columns(page, rows):
    table = [line for line in text(page + "\nend").split("\n") if line.startswith("|") and "---" not in line]
    assert table == [f"| {row} |" for row in rows]
    assert text(page + "\nend").endswith("\n\nend")


def test_no_other_file_is_read_and_what_is_left_out_is_counted(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("very secret")
    page = f"""Words.

.. include:: {secret}
.. literalinclude:: {secret}
.. raw:: html
   :file: {secret}

   <b>bold</b>
.. csv-table:: T
   :file: {secret}
.. toctree::

   a
.. image:: x.png
.. a comment
"""
    document = read(page)
    assert document.text == "Words."
    assert document.metadata["left_out"] == (
        "comment: 1, csv-table of another file: 1, image: 1, include: 1, literalinclude: 1, raw: 1, toctree: 1"
    )


def test_glossaries_are_found_again():
    page = "Glossary\n========\n\n.. glossary::\n\n   mill\n      A house with heavy stones in it.\n"
    (pair,) = Definitions().harvest(read(page))
    assert (pair.question, pair.answer) == ('What does "mill" mean?', "A house with heavy stones in it.")


def test_fields_at_the_top_are_metadata():
    document = read(":Author: Jo\n:orphan:\n\nMill\n====\n\nx\n")
    assert (document.text, document.metadata) == ("# Mill\n\nx", {"author": "Jo"})


@pytest.mark.parametrize(
    ("data", "state"),
    [(b"", "empty"), (b" \n", "no_text"), (b".. toctree::\n\n   a\n", "no_text"), (b"\x89PNG" + bytes(99), "not_text")],
)
def test_what_has_no_text_is_refused(data, state):
    with pytest.raises(Unreadable) as caught:
        read(data)
    assert caught.value.state == state


@pytest.mark.parametrize(
    "page",
    [
        "\n".join("  " * depth + "- x" for depth in range(1500)),
        "\n\n".join(" " * depth + "x" for depth in range(800)),
        "`" * 50_000,
        ":a:`" * 20_000,
        "|a" * 30_000 + "\n\n.. |a| replace:: |a||a|\n",
        "-a=b, " * 5000 + "x",
        "+-" * 5000 + "+\n" + "| " * 5000,
        "=== ===\nx\n" * 5000,
        "=== ===\n" + "x\n" * 20_000,
        ".. _a: a_\n\na_ " + "x_ " * 20_000,
        "*" * 100_000 + "\n" + "x" * 100,
        "(" * 50_000,
        ".. note::\n" * 20_000,
        "x\n" + "\n" * 200_000 + "y\n",
        "[" * 30_000 + "]_",
        "\t" * 50_000 + "x",
    ],
)
def test_hostile_pages_end(page):
    try:
        assert text(page).strip()
    except Unreadable as error:
        assert error.state in {"no_text", "broken"}


@settings(deadline=None, max_examples=250)
@given(st.lists(st.tuples(st.sampled_from(["", "", "  ", "   "]), PIECES), max_size=40))
def test_any_pieces_give_text_or_a_named_refusal(pieces):
    try:
        document = read("".join(margin + piece for margin, piece in pieces))
    except Unreadable as error:
        assert error.state in {"empty", "no_text"}
    else:
        assert document.text.strip()
        assert "root:" not in document.text


def test_a_role_of_blanks_without_end_is_read_at_once():
    assert text(f"Word :ref:`a{chr(9) * 100_000}b <c` d\n").startswith("Word")
    assert text("See :ref:`the  <harbour>`.\n") == "See the."


def test_a_long_cell_over_many_rows_does_not_fill_the_memory():
    rows = "| word  | b |\n|       +---+\n" * 5_000
    found = text(f"+-------+---+\n| a     | b |\n+-------+---+\n{rows}| c     | d |\n+-------+---+\n")
    assert found.count("word") == 5_000
    assert len(found) < 300_000
