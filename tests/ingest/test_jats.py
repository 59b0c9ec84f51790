from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import Unreadable
from gristmill.ingest.jats import Jats
from gristmill.records import Source

DATA = Path(__file__).parents[1] / "data" / "ingest"
SOURCE = Source(path="papers/milk.nxml", sha256="", media_type="application/xml")
SPACES = (
    'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML" '
    'xmlns:ali="http://www.niso.org/schemas/ali/1.0/"'
)
TAGS = ["sec", "p", "list", "list-item", "table", "tr", "td", "sup", "fn", "xref", "fig", "caption", "def-list", "math"]
TREES = st.recursive(
    st.sampled_from(["word ", "10", "&amp;", "&alpha;", "<break/>", "<xref ref-type='bibr'>1</xref>"]),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>", st.sampled_from(TAGS), st.lists(inner, max_size=4)
    ),
    max_leaves=30,
)


def read(data, **fields):
    (document,) = Jats(**fields).read(data if isinstance(data, bytes) else data.encode(), SOURCE)
    return document


def article(body, front=""):
    return f'<!DOCTYPE article SYSTEM "x.dtd"><article {SPACES}><front>{front}</front><body>{body}</body></article>'


def text(body):
    return read(article(body)).text


def state(data):
    with pytest.raises(Unreadable) as caught:
        read(data)
    assert caught.value.reason.endswith(".")
    return caught.value.state


def test_a_real_article_is_whole_and_in_order():
    document = read((DATA / "article_plos.nxml").read_bytes())
    at = 0
    for sentence in (
        "# Potential to reduce greenhouse gas emissions through different dairy cattle systems in subtropical",
        "\n## Abstract\n",
        "Feed requirement during the entire life of each cow was based on data recorded from Holstein × Jersey cow "
        "herds producing an average of 7,000 kg ECM lactation^-1.",
        "\n## Introduction\n",
        "with almost 30% coming from dairy cattle production systems [2].",
        "have been proposed as mitigation strategies [1,5].",
        "\n### System boundary\n",
        "Fig 1. Overview of the milk production system boundary considered in the study.",
        "Table 1. Descriptive characteristics of the herd.\n\n| Item | Unit | Average |\n| --- | --- | --- |\n",
        "| Milk production | kg year^-1 | 7,015 |",
        "#### Diets composition",
        "|  | Calf |  | Pregnant/dry |  | Lactation |  |  | Weighted average |  |  |",
        "[a] AI, artificial insemination; TMR, cows receiving exclusively total mixed ration;",
        "\n## Conclusions\n",
        "\n## Acknowledgments\n",
        "characteristics of the herd considered in this study.",
    ):
        found = document.text.find(sentence, at)
        assert found >= 0, sentence
        at = found + len(sentence)
    assert "IPCC. Climate Change" not in document.text
    assert document.title.startswith("Potential to reduce greenhouse gas emissions")
    assert document.metadata["journal"] == "PLoS ONE"
    assert document.metadata["doi"] == "10.1371/journal.pone.0234687"
    assert document.metadata["authors"] == "Henrique M. N. Ribeiro-Filho, Maurício Civiero, Ermias Kebreab"
    assert document.metadata["date"] == "2020-06-18"
    assert document.metadata["licence_url"] == "https://creativecommons.org/publicdomain/zero/1.0/"
    assert document.metadata["licence"].startswith("This is an open access article, free of all copyright")
    assert document.metadata["references_left_out"] == "4"


def test_references_are_kept_when_asked_for():
    document = read((DATA / "article_plos.nxml").read_bytes(), references=True)
    assert "## References\n\n[1] IPCC. Climate Change and Land. Chapter 5: Food Security. 2019." in document.text
    assert "Herrero M, Henderson B, Havlík P" in document.text
    assert "references_left_out" not in document.metadata


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>CO<sub>2</sub> at 10<sup>-3</sup> m</p>", "CO2 at 10^-3 m"),
        ("<p>the 1<sup>st</sup> of x<sup>n+1</sup>y</p>", "the 1st of x^n+1 y"),
        ("<p>known<sup><xref ref-type='bibr'>3</xref>,<xref ref-type='bibr'>4</xref></sup>.</p>", "known[3,4]."),
        ("<p>known [<xref ref-type='bibr'>3</xref>].</p>", "known [3]."),
        ("<p>see <xref ref-type='fig'>Fig 2</xref></p>", "see Fig 2"),
        ("<p>at <ext-link xlink:href='https://x.org/a'>our site</ext-link></p>", "at [our site](https://x.org/a)"),
        ("<p>run <monospace>make it</monospace></p>", "run `make it`"),
        ("<p>angle &alpha; and &nosuch;</p>", "angle α and &nosuch;"),
        ("<list list-type='order'><list-item><p>a</p></list-item><list-item><p>b</p></list-item></list>", "1. a\n2. b"),
        (
            "<list><list-item><p>a</p><list><list-item><p>b</p></list-item></list></list-item></list>",
            "- a\n  - b",
        ),
        ("<p>So:<list><list-item><p>a</p></list-item></list>and on.</p>", "So:\n\n- a\n\nand on."),
        ("<def-list><def-item><term>TMR</term><def><p>A ration.</p></def></def-item></def-list>", "TMR\n: A ration."),
        ("<disp-quote><p>one</p><p>two</p></disp-quote>", "> one\n>\n> two"),
        ("<verse-group><verse-line>one</verse-line><verse-line>two</verse-line></verse-group>", "one\ntwo"),
        ("<p>x<fn><label>1</label><p>A note.</p></fn> y</p>", "x[1] y\n\n[1] A note."),
        ("<p><bold>x<fn><p>One<fn><p>Two.</p></fn>.</p></fn></bold></p>", "x\n\nOne.\n\nTwo."),
        ("<table><tr><td>a<fn><label>*</label><p>Net.</p></fn></td></tr></table>", "a\n\n[*] Net."),
        ("<preformat>a\n  b</preformat>", "```\na\n  b\n```"),
        (
            "<sec><label>1</label><title>Aim</title><sec><title>Why</title><p>x</p></sec></sec>",
            "## 1 Aim\n\n### Why\n\nx",
        ),
    ],
)
def test_elements_become_markdown(body, expected):
    assert text(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "<disp-formula><label>(3)</label><tex-math>\\documentclass{minimal}\\begin{document}$$E = mc^2$$"
            "\\end{document}</tex-math></disp-formula>",
            "$E = mc^2$ (3)",
        ),
        (
            "<p>so <inline-formula><alternatives><graphic/><mml:math><mml:mi>x</mml:mi></mml:math>"
            "<tex-math>$x$</tex-math></alternatives></inline-formula>.</p>",
            "so $x$.",
        ),
        (
            "<disp-formula><mml:math><mml:mi>y</mml:mi><mml:mo>=</mml:mo><mml:mfrac><mml:mrow><mml:mi>a</mml:mi>"
            "<mml:mo>+</mml:mo><mml:mn>1</mml:mn></mml:mrow><mml:msup><mml:mi>b</mml:mi><mml:mn>2</mml:mn></mml:msup>"
            "</mml:mfrac></mml:math></disp-formula>",
            "$y=\\frac{a+1}{b^{2}}$",
        ),
        (
            "<disp-formula><mml:math><mml:munderover><mml:mo>∑</mml:mo><mml:mrow><mml:mi>i</mml:mi><mml:mo>=</mml:mo>"
            "<mml:mn>1</mml:mn></mml:mrow><mml:mi>n</mml:mi></mml:munderover><mml:msqrt><mml:msub><mml:mi>x</mml:mi>"
            "<mml:mi>i</mml:mi></mml:msub></mml:msqrt></mml:math></disp-formula>",
            "$\\sum_{i=1}^{n}\\sqrt{x_{i}}$",
        ),
    ],
)
def test_formulas_can_be_read(body, expected):
    assert text(body) == expected


def test_tables_keep_their_columns():
    table = (
        "<table-wrap><label>Table 1</label><caption><title>Fees.</title></caption><table>"
        "<tr><th rowspan='2'>Boat</th><th colspan='2'>Fee</th></tr><tr><th>day</th><th>week</th></tr>"
        "<tr><td>a|b</td><td>3<sup>a</sup></td><td><p>9</p><p>10</p></td></tr></table>"
        "<table-wrap-foot><fn><p><sup>a</sup>Net.</p></fn></table-wrap-foot></table-wrap>"
    )
    assert text(table) == (
        "Table 1. Fees.\n\n| Boat | Fee |  |\n| --- | --- | --- |\n| Boat | day | week |\n| a\\|b | 3^a | 9 10 |"
        "\n\n[a] Net."
    )


def test_front_matter_becomes_metadata():
    front = (
        "<article-meta><title-group><article-title>Milk <italic>in</italic> May</article-title></title-group>"
        "<contrib-group><contrib contrib-type='author'><collab>Milk Group</collab></contrib>"
        "<contrib contrib-type='editor'><name><surname>E</surname></name></contrib></contrib-group>"
        "<pub-date pub-type='collection'><year>2021</year></pub-date>"
        "<permissions><license><ali:license_ref>https://x.org/by</ali:license_ref><license-p>Free.</license-p>"
        "</license></permissions><kwd-group><kwd>milk</kwd><kwd>May</kwd></kwd-group></article-meta>"
    )
    document = read(article("<p>x</p>", front))
    assert document.title == "Milk in May"
    assert document.metadata["authors"] == "Milk Group"
    assert document.metadata["date"] == "2021"
    assert document.metadata["licence_url"] == "https://x.org/by"
    assert document.metadata["keywords"] == "milk, May"


def test_an_article_in_an_archives_wrapping_is_read():
    inner = article("<p>x</p>").partition(">")[2]
    assert read(f"<pmc-articleset>{inner}</pmc-articleset>").text == "x"
    assert state(f"<pmc-articleset>{inner}{inner}</pmc-articleset>") == "unsupported"


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"<TEI><p>x</p></TEI>", "<TEI>"),
        (b"<article xmlns='http://docbook.org/ns/docbook'><para>x</para></article>", "no <front> or <body>"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "<svg>"),
    ],
)
def test_other_xml_is_named_by_its_root(data, named):
    with pytest.raises(Unreadable, match="Only JATS articles are read as XML") as caught:
        read(data)
    assert caught.value.state == "unsupported"
    assert named in caught.value.reason


ENTITIES = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"{}", "broken"),
        (b"<article><body><p>x</body></article>", "broken"),
        (article("").encode(), "no_text"),
        (article("<p>" * 5000 + "</p>" * 5000).encode(), "broken"),
        (article("<disp-quote>" * 240 + "x" + "</disp-quote>" * 240).encode(), "broken"),
        (f'<!DOCTYPE article [<!ENTITY l0 "lol">{ENTITIES}]><article><body>&l11;</body></article>'.encode(), "broken"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(data, expected):
    assert state(data) == expected


def test_entities_of_other_files_stay_closed(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden")
    for kind in ("SYSTEM", 'PUBLIC "x"'):
        page = (
            f'<!DOCTYPE article [<!ENTITY s {kind} "{secret.as_uri()}">]><article><body><p>a &s; b</p></body></article>'
        )
        assert read(page).text == "a &s; b"


def test_absurd_spans_do_not_fill_the_memory():
    row = "<tr>" + "<td rowspan='99999999' colspan='1000'>a</td>" * 200 + "</tr>"
    document = read(article(f"<table>{row}{'<tr><td>b</td></tr>' * 500}</table>"))
    assert len(document.text) < 600_000
    assert document.text.count("b") == 500


@settings(deadline=None, max_examples=150)
@given(st.lists(TREES, max_size=6))
def test_any_article_is_a_text_or_a_named_refusal(parts):
    try:
        document = read(article("".join(parts)))
    except Unreadable as error:
        assert error.state == "no_text"
    else:
        assert document.text.strip()
        assert "\x00" not in document.text
