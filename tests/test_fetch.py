import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gristmill.errors import UserError
from gristmill.fetch import fetched

PAGE = b"<p>The spillway lets flood water pass.</p>"


class Pages(BaseHTTPRequestHandler):
    """A small server: pages by path, and a count of the requests."""

    def do_GET(self):
        self.server.asked.append(self.path)
        kind = self.path.split("?")[0]
        if kind == "/moved":
            self.send_response(302)
            self.send_header("Location", self.server.moved_to)
            self.end_headers()
            return
        if kind == "/gone":
            self.send_error(404)
            return
        body = self.server.body
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("ETag", f'"{len(body)}"')
        self.send_header("Content-Length", str(len(body) + (10 if kind == "/cut" else 0)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    made.asked, made.body, made.moved_to = [], PAGE, "/page"
    made.address = f"http://127.0.0.1:{made.server_port}"
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def test_a_page_is_fetched_once_and_kept_under_a_name_that_says_what_it_is(server, tmp_path):
    first = fetched(f"{server.address}/docs/page?x=1", tmp_path, 1)
    assert first.place.read_bytes() == PAGE
    assert first.place.name == "page.html"
    assert first.revision == f'"{len(PAGE)}"'
    again = fetched(f"{server.address}/docs/page?x=1", tmp_path, 1, first.sha256)
    assert again.place == first.place
    assert len(server.asked) == 1


def test_a_changed_page_is_refused_until_it_is_wanted_anew(server, tmp_path):
    address = f"{server.address}/a.html"
    first = fetched(address, tmp_path, 1)
    first.place.unlink()
    server.body = b"<p>Other words.</p>"
    with pytest.raises(UserError, match=r"has changed: it was .* --update"):
        fetched(address, tmp_path, 1, first.sha256)
    assert list(tmp_path.rglob("*.html")) == []
    assert fetched(address, tmp_path, 1, first.sha256, anew=True).place.read_bytes() == server.body


def test_too_much_is_not_kept(server, tmp_path):
    server.body = b"x" * 200_000
    with pytest.raises(UserError, match=r"over the limit of 0.1 MB"):
        fetched(f"{server.address}/a.html", tmp_path, 0.1)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("path", "said"), [("/gone", "answers 404"), ("/cut", "ended after 42 of 52 bytes"), ("/moved", "is not allowed")]
)
def test_what_a_server_does_wrong_is_a_sentence(server, tmp_path, path, said):
    server.moved_to = "file:///etc/passwd"
    with pytest.raises(UserError, match=said):
        fetched(server.address + path, tmp_path, 1)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_a_redirect_is_followed_and_a_circle_is_not(server, tmp_path):
    assert fetched(f"{server.address}/moved", tmp_path, 1).place.read_bytes() == PAGE
    server.moved_to = "/moved"
    with pytest.raises(UserError, match="cannot be fetched"):
        fetched(f"{server.address}/moved?2", tmp_path, 1)
    assert len(server.asked) < 12


def test_nobody_there_is_a_sentence(tmp_path):
    with pytest.raises(UserError, match="cannot be fetched"):
        fetched("http://127.0.0.1:9/a.html", tmp_path, 1)


def test_a_name_cannot_lead_elsewhere(server, tmp_path):
    got = fetched(f"{server.address}/x/..%2f..%2fevil.html", tmp_path, 1)
    assert tmp_path in got.place.resolve().parents


def test_a_server_that_breaks_off_is_not_taken_for_a_full_disk(server, tmp_path):
    with pytest.raises(UserError, match=r"/cut cannot be fetched: the connection ended after 42 of 52 bytes"):
        fetched(f"{server.address}/cut", tmp_path, 1)


def test_a_wanted_digest_may_be_in_capitals(server, tmp_path):
    first = fetched(f"{server.address}/a.html", tmp_path / "one", 1)
    again = fetched(f"{server.address}/a.html", tmp_path / "two", 1, first.sha256.upper())
    assert again.sha256 == first.sha256


def test_a_long_name_is_cut_to_what_a_disk_takes(server, tmp_path):
    got = fetched(f"{server.address}/{'%E4%B8%80' * 150}.html", tmp_path, 1)
    assert got.place.read_bytes() == PAGE
    assert got.place.suffix == ".html"
