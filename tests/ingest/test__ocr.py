import pytest

from gristmill.errors import Unreadable
from gristmill.ingest import _ocr
from gristmill.ingest._ocr import Recogniser


class Page:
    """A page of a size that never should be drawn."""

    def __init__(self, *size):
        self.size = size

    def get_size(self):
        return self.size


@pytest.mark.parametrize("size", [(0, 9), (float("nan"), 9), (float("inf"), 9), (1e38, 1e-38), (1e9, 1), (-5, -5)])
def test_a_page_of_absurd_size_is_not_drawn(size):
    assert Recogniser().page(Page(*size)) is None


def test_a_package_that_is_missing_is_named_with_its_remedy(monkeypatch):
    class Absent:
        def __getattr__(self, name):
            raise ModuleNotFoundError("rapidocr")

    monkeypatch.setattr(_ocr, "rapidocr", Absent())
    with pytest.raises(Unreadable, match=r"pip install 'gristmill\[ocr\]'") as caught:
        _ = Recogniser()._engine
    assert caught.value.state == "no_text"
