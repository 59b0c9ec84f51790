import pytest
from broken_texts import assert_lossless, document, texts
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from gristmill.chunk.by_tokens import ByTokens
from gristmill.errors import UserError
from gristmill.find import fingerprint

SAMPLE = ["the cat sat on the mat. " * 5, "hello world, café, 你好世界, 👩‍👩‍👧 и ещё"]


def byte_level():
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(SAMPLE, trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet))
    return made


def word_piece():
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.train_from_iterator(SAMPLE, trainers.WordPieceTrainer(vocab_size=90, special_tokens=["[UNK]"]))
    return made


@pytest.fixture(scope="module", params=[byte_level, word_piece])
def path(request, tmp_path_factory):
    made = request.param()
    made.enable_truncation(7)
    made.enable_padding(length=50)
    target = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    made.save(str(target))
    return str(target)


@settings(deadline=None, max_examples=100)
@given(texts, st.integers(1, 40), st.integers(0, 39))
def test_passages_less_the_overlap_join_up_to_the_text(path, text, most, overlap):
    part = ByTokens(tokenizer=path, max_tokens=most, overlap=min(overlap, most - 1))
    assert_lossless(text, list(part.chunk(document(text))), overlap=True)


def test_offsets_are_code_points_also_behind_emoji_and_chinese(path):
    text = "👩‍👩‍👧 你好世界 café cat sat on the mat."
    encoded = Tokenizer.from_file(path)
    encoded.no_truncation()
    encoded.no_padding()
    _, end = encoded.encode(text, add_special_tokens=False).offsets[-1]
    assert end == len(text)


def test_a_plain_text_is_cut_every_so_many_tokens(path):
    text = "the cat sat on the mat. " * 20
    counter = Tokenizer.from_file(path)
    counter.no_truncation()
    counter.no_padding()
    total = len(counter.encode(text).ids)
    found = list(ByTokens(tokenizer=path, max_tokens=20, overlap=5).chunk(document(text)))
    assert len(found) == -(-(total - 5) // 15)
    assert all(len(counter.encode(passage.text).ids) <= 21 for passage in found)


def test_a_character_of_several_tokens_is_never_cut():
    text = "日本語🧠🧠🧠" * 10
    part = ByTokens.model_construct(tokenizer="made here", max_tokens=2, overlap=1)
    part.__dict__["_loaded"] = byte_level()
    found = list(part.chunk(document(text)))
    assert_lossless(text, found, overlap=True)
    assert len(found) == len(text)


def test_the_fingerprint_knows_the_file_and_not_its_name(tmp_path):
    first, second = tmp_path / "tokenizer.json", tmp_path / "other.json"
    byte_level().save(str(first))
    word_piece().save(str(second))
    before = fingerprint(ByTokens(tokenizer=str(first)))
    first.write_bytes(second.read_bytes())
    assert fingerprint(ByTokens(tokenizer=str(first))) != before


@pytest.mark.parametrize("name", ["missing/tokenizer.json", "../not a name", "https://example.org/x"])
def test_a_tokenizer_that_cannot_be_had_is_the_users_to_mend(name):
    with pytest.raises(UserError, match=r"give the path of a tokenizer\.json"):
        list(ByTokens(tokenizer=name).chunk(document("text")))


def test_a_broken_file_is_the_users_to_mend(tmp_path):
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(UserError, match="cannot be loaded"):
        list(ByTokens(tokenizer=str(tmp_path / "tokenizer.json")).chunk(document("text")))


def test_an_overlap_that_never_gets_on_is_refused():
    with pytest.raises(ValidationError, match=r"overlap \(30\) must be below max_tokens \(30\)"):
        ByTokens(tokenizer="x.json", max_tokens=30)
