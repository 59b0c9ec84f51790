"""One file from an address that a recipe names: fetched once, kept, told from a changed one."""

import hashlib
import mimetypes
import time
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPMessage
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple, cast
from urllib.parse import unquote, urlsplit

from gristmill.errors import UserError
from gristmill.files import replacing
from gristmill.find import file_sha256
from gristmill.records import digest

_SECONDS = 60.0
# A server that drips holds nobody for longer.
_LONGEST = 1800.0
_PIECE = 1 << 16
_MOST_REDIRECTS = 5
# In bytes; a disk takes 255, and a partial file's name is longer.
_LONGEST_NAME = 200


class Fetched(NamedTuple):
    """A file that lies here now, and what its server calls this state of it (an ETag or a date; may be empty)."""

    place: Path
    sha256: str
    revision: str


def fetched(address: str, folder: Path, max_mb: float, sha256: str = "", anew: bool = False) -> Fetched:
    """The file of an address, below `folder`. A kept one of the digest `sha256` is taken without asking the server.

    Raises UserError for a server that does not give it, for too large a file, and when it is not what `sha256` says.
    """
    sha256 = sha256.lower()
    kept = folder / digest("address", address)
    for place in sorted(kept.glob("*")) if not anew else ():
        if not place.name.startswith(".") and sha256 and file_sha256(place) == sha256:
            return Fetched(place, sha256, "")
    try:
        return _asked(address, kept, max_mb, "" if anew else sha256)
    except (OSError, HTTPException, ValueError) as error:
        raise UserError(f"{address} cannot be fetched: {_said(error)}. Mend the address, or try again later.") from None


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a few redirects, only to http and https, and never from https back to http."""

    max_redirections = _MOST_REDIRECTS

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        safe = newurl.startswith("https://") or (newurl.startswith("http://") and req.type == "http")
        if not safe:
            sent = urlsplit(newurl)
            raise urllib.error.URLError(f"its server sends on to {sent.scheme}://{sent.netloc}, which is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _asked(address: str, kept: Path, max_mb: float, sha256: str) -> Fetched:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(), _Redirects())
    request = urllib.request.Request(address, headers={"User-Agent": "gristmill", "Accept-Encoding": "identity"})
    with opener.open(request, timeout=_SECONDS) as answer:
        place = kept / _file_name(address, answer.headers.get_content_type())
        revision = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
        kept.mkdir(parents=True, exist_ok=True)
        with replacing(place) as partial:
            found = _kept(answer, partial, address, max_mb)
            if sha256 and found != sha256:
                raise UserError(
                    f"{address} has changed: it was {sha256[:12]}… by lock file or recipe, and is {found[:12]}… now "
                    f"({revision or 'its server does not say since when'}). To take it as it is: --update"
                )
    return Fetched(place, found, revision)


def _kept(answer: Any, partial: Path, address: str, max_mb: float) -> str:
    """Write what comes, as long as it is not too much; its digest."""
    sha, size, until = hashlib.sha256(), 0, time.monotonic() + _LONGEST
    with partial.open("wb") as file:
        while piece := _piece(answer):
            size += len(piece)
            if size > max_mb * 1e6:
                raise UserError(f"{address} is over the limit of {max_mb:g} MB; raise ingest.max_mb, or leave it out.")
            if time.monotonic() > until:
                raise HTTPException(f"after {_LONGEST:.0f} s there were {size} bytes, and no end")
            sha.update(piece)
            file.write(piece)
    promised = answer.headers.get("Content-Length")
    if promised and promised.isdecimal() and size < int(promised):
        raise HTTPException(f"the connection ended after {size} of {promised} bytes")
    return sha.hexdigest()


def _piece(answer: Any) -> bytes:
    """The next bytes. What fails here is the connection, and not the disk that they are written to."""
    try:
        return cast(bytes, answer.read(_PIECE))
    except OSError as error:
        raise HTTPException(_said(error)) from None


def _file_name(address: str, media_type: str) -> str:
    """The last step of the address as a plain file name, with an ending that says what the server says it is."""
    name = PurePosixPath(unquote(urlsplit(address).path)).name.replace("\\", "_").lstrip(".") or "page"
    known = PurePosixPath(name).suffix and media_type in ("text/plain", "application/octet-stream")
    guessed = mimetypes.guess_type(name)[0]
    ending = "" if known or guessed in (media_type, "text/markdown") else mimetypes.guess_extension(media_type) or ""
    whole = name if name.endswith(ending) else name + ending
    return whole.encode()[-_LONGEST_NAME:].decode("utf-8", "ignore").lstrip(".")


def _said(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answers {error.code} {error.reason}"
    return str(getattr(error, "reason", "") or error or type(error).__name__)
