from gristmill.formats.billsum import Billsum
from published_sets import comes_back, parted, saved

CONGRESS = {"bill_id": "110_hr1", "text": "A bill to mend mills.", "summary": "Mends mills.", "title": "Mill Act"}
CALIFORNIA = {
    "external_id": "SB1",
    "text": "A bill on rivers.",
    "summary": "On rivers.",
    "title": "Rivers",
    "text_len": 17,
}
HUB = {"text": "A bill to mend mills.", "summary": "Mends mills.", "title": ""}


def test_two_rows_have_names_and_types(tmp_path):
    rows, failures, _ = parted(Billsum(), saved(tmp_path, [CONGRESS, CALIFORNIA, HUB]))
    assert not failures
    assert rows[0] == {"id": "110_hr1", "text": "A bill to mend mills.", "summary": "Mends mills.", "title": "Mill Act"}
    assert (rows[1]["id"], rows[1]["text_len"]) == ("SB1", 17)
    assert rows[2] == HUB
    written = comes_back(Billsum(), rows, tmp_path)
    assert '"bill_id": "110_hr1"' in written.read_text("utf-8")


def test_an_empty_summary_is_a_failure(tmp_path):
    rows, failures, _ = parted(Billsum(), saved(tmp_path, [CONGRESS, {**CONGRESS, "summary": "\n"}]))
    assert len(rows) == 1
    assert 'line 2: "summary" is empty' in failures[0].reason
