"""Read the text of a file that a check's field names, or say what is wrong with it."""

from pathlib import Path

from gristmill.errors import UserError


def text_of(path: str, field: str) -> str:
    """The file's text, a byte order mark left out. Raises UserError that names the field to mend."""
    try:
        return Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}. Mend the path under `{field}`.") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text (byte {error.start}). Save it as JSON lines or JSON.") from None
