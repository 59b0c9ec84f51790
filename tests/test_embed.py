import json
import struct
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill import embed, static_vectors
from gristmill.embed import awaits, embedder, has_meaning, model_files
from gristmill.errors import UserError
from tiny_gguf import gguf, vectors_file


@pytest.fixture
def own(tmp_path):
    return embedder(vectors_file(tmp_path, "one"))


def test_rows_have_length_one_and_an_empty_text_none(own):
    found = own.vectors(["the red dog", "", "日本 \ud83d".encode("utf-8", "replace").decode()])
    assert found.dtype == np.float32
    assert np.linalg.norm(found, axis=1) == pytest.approx([1, 0, 1])
    assert has_meaning(found).tolist() == [True, False, True]
    assert own.vectors([]).shape[0] == 0


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), max_size=6))
def test_a_row_does_not_depend_on_its_company(texts, tmp_path_factory):
    model = embedder(vectors_file(tmp_path_factory.getbasetemp(), "one"))
    together = model.vectors(texts)
    for text, row in zip(texts, together, strict=True):
        assert (model.vectors([text])[0] == row).all()


def test_case_does_not_count_and_words_in_common_make_texts_alike(own):
    one, same, near, far = own.vectors(["the red dog", "The RED dog", "the red cat", "fire was closed"])
    assert one @ same == pytest.approx(1)
    assert one @ near > one @ far


@pytest.mark.parametrize("form", [1, 8])
def test_quantised_vectors_say_what_whole_ones_say(form, tmp_path):
    texts = ["the red dog", "a blue cat is not good"]
    paths = [tmp_path / "whole.gguf", tmp_path / "less.gguf"]
    for path, kind in zip(paths, (0, form), strict=True):
        path.write_bytes(gguf(["the", "red", "dog"], kind))
    whole, less = (embedder(str(path)).vectors(texts) for path in paths)
    # Each file's directions have signs of their own, which cosines do not see.
    assert whole @ whole.T == pytest.approx(less @ less.T, abs=0.03)


def test_the_print_changes_with_the_file(tmp_path, own):
    assert own.print == embedder(vectors_file(tmp_path, "one")).print
    assert own.print != embedder(vectors_file(tmp_path, "two")).print


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "cannot be read|not a whole GGUF"),
        (b"PK\x03\x04", "does not begin with GGUF"),
        (gguf()[:1000], "not a whole GGUF"),
        (gguf()[:-100], "ends inside its token vectors"),
        (gguf(form=3), "form 3"),
        (gguf(model="llama"), "byte-level BPE"),
        (gguf(merges=["never there"]), "contradicts itself"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 2**60), "claims"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 2**62), "claims"),
    ],
)
def test_a_file_that_is_no_such_model_is_told_in_a_sentence(data, said, tmp_path):
    path = tmp_path / "own.gguf"
    path.write_bytes(data)
    with pytest.raises(UserError, match=said):
        embedder(str(path)).vectors(["x"])


@settings(max_examples=40, deadline=None)
@given(at=st.integers(0, 400), byte=st.integers(0, 255))
def test_a_broken_header_raises_nothing_else(at, byte, tmp_path_factory):
    data = bytearray(gguf())
    data[at] = byte
    path = tmp_path_factory.getbasetemp() / f"broken-{at}-{byte}.gguf"
    path.write_bytes(data)
    try:
        embedder(str(path)).vectors(["x"])
    except UserError:
        pass
    finally:
        path.unlink()


def test_what_is_missing_is_told(tmp_path):
    with pytest.raises(UserError, match="is not there"):
        embedder(str(tmp_path / "none.gguf"))
    with pytest.raises(UserError, match="no model folder"):
        embedder(str(tmp_path / "none"))
    (tmp_path / "modules.json").write_text("[]")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embed, "find_spec", lambda name: None)
        with pytest.raises(UserError, match="pip install sentence-transformers`"):
            embedder(str(tmp_path))
        with pytest.raises(UserError, match="sentence-transformers` or `pip install model2vec`"):
            embedder("owner/name-of-a-hub")


def test_a_model_of_a_package_is_loaded_by_it_and_brought_to_length_one(tmp_path, monkeypatch):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "model2vec"}))
    encode = lambda texts, show_progress_bar: [[3.0, 4.0], [0.0, float("nan")]][: len(texts)]  # noqa: E731
    loaded = SimpleNamespace(from_pretrained=lambda where: SimpleNamespace(encode=encode))
    monkeypatch.setattr(embed, "find_spec", lambda name: True)
    monkeypatch.setattr(embed, "model2vec", SimpleNamespace(StaticModel=loaded))
    found = embedder(str(tmp_path)).vectors(["a", "b"])
    assert found.tolist() == [pytest.approx([0.6, 0.8]), [0, 0]]
    assert model_files(str(tmp_path)) == (str(tmp_path / "config.json"),)


def test_vectors_are_kept_whole_and_a_broken_file_is_made_anew(tmp_path):
    made = static_vectors.made(tmp_path / vectors_file(tmp_path, "one"))
    path = tmp_path / "cache" / "kept.npz"
    assert static_vectors.read(path) is None
    static_vectors.write(made, path)
    again = static_vectors.read(path)
    assert (again.means(["the dog"]) == made.means(["the dog"])).all()
    assert [one.name for one in path.parent.iterdir()] == ["kept.npz"]
    path.write_bytes(path.read_bytes()[:500])
    assert static_vectors.read(path) is None


def test_what_is_fetched_is_told_beforehand(tmp_path, monkeypatch):
    monkeypatch.setattr(embed, "CACHE", str(tmp_path))
    assert "93 MB" in awaits("")
    assert awaits("own.gguf") == ""


@pytest.mark.ci
def test_the_packaged_vectors_know_meanings():
    texts = ["A man plays a guitar.", "Someone is playing guitar.", "The parliament passed the budget."]
    one, same, other = embedder().vectors(texts)
    assert one @ same > 0.6
    assert one @ other < 0.3
