import pytest
from hostile_text import github_token, letters, private_key
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.audit.secrets import Secrets


def scan(text, name="a.py"):
    return list(Secrets().scan(text.encode(), name))


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        'api_key = "your-api-key"',
        'api_key = "xxxxxxxxxxxxxxxxxxxxxxxx"',
        'token = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"',
        'secret = "<put your secret here>"',
        'password = "${DATABASE_PASSWORD_FROM_ENV}"',
        'tokenizer = "sentence-transformers/all-MiniLM-L6-v2"',
        'token = "this_is_a_long_name_of_a_thing"',
        "postgres://user:password@localhost/db",
        "postgres://user:${PASS}@host.net/db",
        "ghp_" + "x" * 36,
        "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PUBLIC KEY-----\n" + "QUJD" * 60 + "\n-----END PUBLIC KEY-----",
        "the risk-free task-based approach; a token: the secret is out",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        "http://example.com:8080/@name",
    ],
)
def test_samples_and_placeholders_are_silent(text):
    assert scan(text) == []


@pytest.mark.parametrize(
    ("text", "name", "severity"),
    [
        (private_key(True), "id_rsa", "danger"),
        (private_key(False), "id_rsa", "warning"),
        (private_key(True), "guide.md", "warning"),
        (github_token(True), "train.jsonl", "danger"),
        (github_token(False), "train.jsonl", "warning"),
        (github_token(True), "guide.html", "warning"),
        (f"hf_{letters(34, 'abcdefghijklmnopqrstuvwxyzABCD')}", "a.py", "warning"),
    ],
)
def test_danger_is_only_what_the_file_itself_proves(text, name, severity):
    (finding,) = scan(text, name)
    assert finding.severity == severity
    assert finding.code == ("live_secret" if severity == "danger" else "secret")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_no_secret_is_ever_shown(seed):
    drawn = letters(48, seed=seed)
    for text in (f"sk-{drawn}", f'api_key = "{drawn}"', f"postgres://app:{drawn}@db.net/x", private_key(True)):
        for finding in scan(text):
            told = repr(finding)
            assert not any(told.count(drawn[at : at + 5]) for at in range(len(drawn) - 4))
            assert "…" in finding.evidence


def test_many_of_one_form_are_one_finding():
    (finding,) = scan("\n".join(f'api_key = "{letters(32, seed=seed)}"' for seed in range(200)))
    assert 180 < int(finding.reason.split()[0]) <= 200
    assert finding.unit == "character"


def test_a_key_in_json_is_read_through_its_escapes():
    (finding,) = scan('{"private_key": "' + private_key(True).replace("\n", "\\n") + '"}', "account.json")
    assert finding.code == "live_secret"


def test_a_short_password_is_not_shown_by_its_first_letters():
    (finding,) = scan("mysql://app:x7Kq9m2@db.internal.net/x")
    assert "x7" not in finding.evidence
    assert "(7 characters)" in finding.evidence
