import pytest
from watched import all_caught

from gristmill.audit.active_documents import ActiveDocuments

RELATIONS = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s" TargetMode="External"/>'
)


def scan(data, name="a.bin"):
    return list(ActiveDocuments().scan(data, name))


def test_every_hostile_document_is_caught_and_none_is_opened(tmp_path, monkeypatch):
    assert all_caught("active_documents", monkeypatch, tmp_path) > 20


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("plain.pdf", b"%PDF-1.4\n1 0 obj << /Type /Catalog /OpenAction [3 0 R /Fit] >> endobj"),
        ("link.pdf", b"%PDF-1.4\n1 0 obj << /A << /S /URI /URI (https://example.org) >> >> endobj"),
        ("bytes.pdf", b"%PDF-1.4\n1 0 obj << /Length 20 >>\nstream\nxx/JavaScript/Launch\nendstream"),
        ("doc.xml.rels", RELATIONS % (b"hyperlink", b"https://example.org")),
        ("document.xml", b"<w:document><w:instrText> PAGEREF _Toc1 \\h </w:instrText></w:document>"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(900)),
        ("a.rtf", b"{\\rtf1 plain}"),
        ("article.nxml", b'<!DOCTYPE article PUBLIC "-//NLM//DTD JATS//EN" "JATS-journalpublishing1.dtd"><article/>'),
        ("page.html", b"<!DOCTYPE html><html><body><p>javascript: on the web</body></html>"),
        ("small.xml", b'<!DOCTYPE l [<!ENTITY n "Name"><!ENTITY nbsp "&#160;">]><l>&n;&n;</l>'),
        ("picture.xml", b'<!DOCTYPE l [<!ENTITY p SYSTEM "p.gif" NDATA gif>]><l/>'),
        ("lesson.md", b'# XXE\n\n<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n'),
        ("image.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0'/></svg>"),
    ],
)
def test_plain_documents_give_no_finding(name, data):
    assert scan(data, name) == []


def test_scripts_of_a_page_are_counted_and_no_alarm():
    page = b"<html><script>a</script><a onclick='x()' href=\"javascript:y()\">b</a><script src=c></script>"
    (finding,) = scan(page)
    assert (finding.code, finding.severity) == ("page_script", "info")
    assert finding.evidence == "2 scripts, 1 elements with event code, 1 javascript: addresses"


def test_a_template_on_its_authors_disk_is_a_warning():
    (own,) = scan(RELATIONS % (b"attachedTemplate", b"file:////Users/me/Normal.dotm"))
    (away,) = scan(RELATIONS % (b"attachedTemplate", b"file://host/share/Normal.dotm"))
    assert (own.severity, away.severity) == ("warning", "danger")


def test_an_action_on_opening_is_said_so():
    (finding,) = scan(b"%PDF-1.4\n1 0 obj << /OpenAction << /S /JavaScript /JS (x) >> >> endobj")
    assert "on opening the file" in finding.reason
    assert finding.offset == b"%PDF-1.4\n1 0 obj << /OpenAction << /S /JavaScript".find(b"/JavaScript")


def test_the_unfolded_size_is_right():
    document = b'<!DOCTYPE l [<!ENTITY a "xx"><!ENTITY b "' + b"&a;" * 1000 + b'">]><l>' + b"&b;" * 400
    (finding,) = scan(document)
    size = 1000 * 3 + 2 * 1000
    assert f"{400 * size + 1000 * 2:,}" in finding.reason
