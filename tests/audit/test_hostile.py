"""Whatever the bytes, scanners end, raise nothing, and say enough."""

from functools import cache
from pathlib import Path

from hostile import hostile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from watched import looked, says_enough

from gristmill.contracts import Inner
from gristmill.find import build
from gristmill.unpack import CODES, Limits, inside, kind_of

PARTS = ("archives", "pickles", "scripts", "active_documents")
HEADS = [b"PK\3\4", b"\x1f\x8b\x08", b"BZh91AY&SY", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"\x80\x04", b"%PDF-1.4\n"]
HEADS += [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<!DOCTYPE x [", b"{\\rtf", b"\x93NUMPY\1\0", b"From a\nTo: b\n", b""]
NAMES = st.sampled_from(["a.bin", "a.zip", "x.tar.gz", "m.eml", "a.py", "a.md", "b.yaml", "c.pb", "d.safetensors", ""])


@cache
def _made():
    return hostile(Path("sentinel"))


def look(data, name):
    """All scanners and the unpacker over one file; every finding says enough, twice the same."""
    for part in PARTS:
        found = looked(part, data, name)
        assert list(build("audit", part, {}).scan(data, name)) == found
    for one in inside(data, name, Limits(member_mb=1, total_mb=3, members=50)):
        if isinstance(one, Inner):
            assert len(one.data) <= 1_000_000
            one.name.encode()
        else:
            assert one.code in CODES
            says_enough(one)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(HEADS), st.binary(max_size=300), NAMES)
def test_any_bytes_are_looked_at(head, data, name):
    look(head + data, name)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_changed_hostile_file_is_looked_at(data):
    made = _made()
    one, other = (made[data.draw(st.integers(0, len(made) - 1))] for _ in range(2))
    changed = bytearray(one.data)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(changed)))
        piece = data.draw(st.binary(max_size=8))
        kind = data.draw(st.sampled_from(["over", "in", "out", "cut", "join"]))
        if kind == "cut":
            del changed[place:]
        elif kind == "join":
            changed += other.data[:5000]
        else:
            changed[place : place + (len(piece) if kind != "in" else 0)] = b"" if kind == "out" else piece
    look(bytes(changed), one.name)


def test_no_kind_is_taken_for_another():
    for one in _made():
        if one.scanner == "archives" and one.code != "unopened_archive":
            assert kind_of(one.data, one.name), one.name
