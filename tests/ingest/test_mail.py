from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.contracts import Inner
from gristmill.errors import Unreadable
from gristmill.harvest.turns import Turns
from gristmill.ingest._mail_parts import people
from gristmill.ingest.mail import Mail
from gristmill.records import Document, Failure, Source
from gristmill.unpack import Limits, inside

DATA = Path(__file__).parents[1] / "data" / "ingest"
SOURCE = Source(path="post/mill.eml", sha256="", media_type="message/rfc822")
HEAD = (
    "From: Ben Miller <ben@mill.org>\nTo: Anna <anna@x.org>\nSubject: Re: Hours\nDate: Tue, 4 Feb 2020 09:00:00 +0100\n"
)
ANNA, BEN = "Message (Anna): When does the mill open?", "Reply (Ben Miller): At six."
PIECES = st.sampled_from(
    """From: a@b.c
Subject: =?utf-8?B?w?=

> quoted
>> deeper
On Monday Anna wrote:
--
word
Content-Type: multipart/mixed; boundary=x
--x
--x--
Content-Type: text/html
<p>Hi</p>
Content-Transfer-Encoding: base64
Content-Type: message/rfc822
-----Original Message-----
Sent: now
Content-Disposition: attachment; filename="../x"
From x Mon
Regards,
Message-ID: <1@x>
References: <1@x>
""".splitlines(keepends=True)
)


def read(data, **fields):
    return list(Mail(**fields).read(data if isinstance(data, bytes) else data.encode(), SOURCE))


def text(body, head=HEAD):
    (one,) = read(f"{head}\n{body}")
    return one.text


def test_a_real_letter_gives_its_words_and_its_attachment():
    attached, one = read((DATA / "with_attachment.eml").read_bytes())
    assert attached == Inner("test.txt", b"This is a test attachment file.\nIt contains some dummy content.\n")
    assert one.text == "Message (Alice Example): This email contains an attachment."
    assert one.title == "Email with Attachment"
    assert one.metadata["from"] == "Alice Example <alice@example.com>"
    assert one.metadata["left_out"] == "salutations: 1, signatures: 1"
    assert one.ordinal == 0


MARKED = "> When does the mill open?\n"
QUOTES = {
    "above": f"At six.\n\nOn Mon, 3 Feb 2020 at 10:11, Anna <anna@x.org> wrote:\n> Hi Ben,\n>\n{MARKED}",
    "below": f"Anna <anna@x.org> writes:\n{MARKED}\nAt six.\n",
    "german": f"At six.\n\nAm 03.02.2020 um 10:11 schrieb Anna:\n{MARKED}",
    "french": f"At six.\n\nLe lun. 3 févr. 2020 à 10:11, Anna <anna@x.org> a écrit :\n{MARKED}",
    "address alone": f"At six.\n\nOn 2020-02-03 10:11, anna@x.org wrote:\n{MARKED}",
    "outlook": """At six.

-----Original Message-----
From: Anna <anna@x.org>
Sent: Monday, 3 Feb
To: Ben

When does the mill open?
""",
    "outlook german": """At six.

________________________________
Von: Anna
Gesendet: Montag
An: Ben
Betreff: Hours

When does the mill open?
""",
    "forwarded": """At six.

---------- Forwarded message ---------
From: Anna <anna@x.org>
Date: Monday

When does the mill open?
""",
}


@pytest.mark.parametrize("kind", QUOTES)
def test_a_quoted_letter_is_a_turn_before_the_reply(kind):
    assert text(QUOTES[kind]) == f"{ANNA}\n\n{BEN}"


def test_an_attribution_over_two_lines():
    body = "At six.\n\nOn Mon, 3 Feb 2020 at 10:11, Anna Bell-Example of the north <anna@x.org>\nwrote:\n\n> When?\n"
    assert text(body) == "Message (Anna Bell-Example of the north): When?\n\nReply (Ben Miller): At six."


def test_answers_between_quotes_follow_what_they_answer():
    body = (
        "Hello,\nsee below.\n\nAnna wrote:\n> When does it open?\n\nAt six.\n\n> And when does it close?\n\nAt nine.\n"
    )
    assert text(body) == (
        "Message (Anna): When does it open?\n\nReply (Ben Miller): see below.\n\nAt six.\n\n"
        "Message (Anna): And when does it close?\n\nReply (Ben Miller): At nine."
    )


def test_letters_inside_letters_are_unfolded_oldest_first():
    body = "Third.\n\nOn Monday, Anna wrote:\n> Second.\n>\n> On Sunday, Carl wrote:\n>> First.\n"
    assert text(body) == "Message (Carl): First.\n\nReply (Anna): Second.\n\nReply (Ben Miller): Third."


@pytest.mark.parametrize(
    "ending",
    [
        "-- \nBen\nThe Mill",
        "Best regards,\nBen Miller\nThe Mill",
        "Viele Grüße\nBen",
        "Cheers!",
        "Ben",
        "Ben Miller",
        "This e-mail and any attachments are confidential and intended only for Anna.",
        "Sent from my phone",
        "_______________________________________________\nmill mailing list\nunsubscribe: http://x.org",
    ],
)
def test_signatures_and_footers_are_left_out_and_counted(ending):
    (one,) = read(f"{HEAD}\nDear Anna,\n\nAt six.\n\n{ending}\n")
    assert one.text == "Message (Ben Miller): At six."
    assert one.metadata["left_out"].count(": 1") == 2


def test_thanks_with_more_to_say_are_no_signature():
    body = (
        "Thanks!\n\nThe mill opens at six, as the board at the gate has said for as long as anybody can remember now.\n"
    )
    assert text(body).endswith(body.strip())


MBOX = """From anna Mon Feb  3 10:11:00 2020
From: Anna <anna@x.org>
Subject: [mill] Hours
Date: Mon, 3 Feb 2020 10:11:00 +0100
Message-ID: <1@x>

When does the mill open on Sundays?

From carl Mon Feb  3 10:12:00 2020
From: carl@x.org (Carl)
Subject: Other
Date: Mon, 3 Feb 2020 11:11:00 +0100
Message-ID: <9@x>

>From here on, all is well.

From dora Mon Feb  3 12:11:00 2020
From: Dora <dora@x.org>
Subject: AW: [mill] Hours
Date: Mon, 3 Feb 2020 13:11:00 +0100
In-Reply-To: <2@x>

Nine in winter.

anna@x.org wrote:
> When does the mill
> open on Sundays?

From ben Mon Feb  3 12:11:00 2020
From: Ben <ben@x.org>
Subject: Re: [mill] Hours
Date: Mon, 3 Feb 2020 12:11:00 +0100
Message-ID: <2@x>
References: <1@x>

At eight.

From eve Mon Feb  3 12:11:00 2020
Subject: Re: other

Indeed.

From fay Mon
Subject: nothing

"""


def test_the_letters_of_an_mbox_are_threads():
    hours, other, lost = read(MBOX)
    assert hours.text == (
        "Message (Anna): When does the mill open on Sundays?\n\nReply (Ben): At eight.\n\nReply (Dora): Nine in winter."
    )
    assert (hours.ordinal, hours.title, hours.metadata["letters"]) == (1, "[mill] Hours", "3")
    assert hours.metadata["left_out"] == "repeated quotes: 1"
    assert other.text == "Message (Carl): From here on, all is well.\n\nReply (unknown): Indeed."
    assert other.ordinal == 2
    assert lost == Failure(state="no_text", reason='The letter "nothing" says nothing in its body. Leave it out.')


def test_threads_give_question_and_answer_end_to_end():
    pairs = [
        (pair.question, pair.answer)
        for one in read(MBOX) if isinstance(one, Document)
        for pair in Turns().harvest(one)
    ]  # fmt: skip
    assert pairs == [("When does the mill open on Sundays?", "At eight.")]


def built(*, plain="", html="", files=()):
    message = EmailMessage()
    message["From"], message["Subject"] = "Bén <ben@x.org>", "Größe"
    if plain:
        message.set_content(plain)
    if html and plain:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message


def test_html_alone_is_rendered_and_plain_text_preferred():
    html = "<style>x</style><p>At <b>six</b>.</p><ul><li>or nine</ul><blockquote><p>When?</p></blockquote>"
    (one,) = read(built(html=html).as_bytes())
    assert one.text == "Message (unknown): When?\n\nReply (Bén): At six.\n\n- or nine"
    (two,) = read(built(plain="At six.", html="<p>At seven.").as_bytes())
    assert two.text == "Message (Bén): At six."
    assert two.title == "Größe"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.pdf", "a.pdf"),
        ("größe.pdf", "größe.pdf"),
        (".hidden", "hidden"),
        ("a\u202efdp.exe", "a fdp.exe"),
        ("x" * 300 + ".pdf", "x" * 117 + ".pdf"),
        ("..", "attachment 1.octet-stream"),
    ],
)
def test_attachments_have_names_without_folders(name, kept):
    attached, _ = read(built(plain="Hi there.", files=[(name, b"data")]).as_bytes())
    assert attached == Inner(kept, b"data")


def test_attachments_can_be_left_out():
    (one,) = read(built(plain="Hi there.", files=[("a.pdf", b"data")]).as_bytes(), attachments=False)
    assert one.metadata["left_out"] == "attachments: 1"


def test_a_letter_inside_is_a_file():
    message = built(plain="See below.")
    message.add_attachment(built(plain="Inside."))
    attached, one = read(message.as_bytes())
    assert attached.name == "Größe.eml"
    assert read(attached.data)[0].text == "Message (Bén): Inside."
    assert one.text == "Message (Bén): See below."


def test_a_letter_with_nothing_but_a_file_gives_the_file_and_says_so():
    attached, lost = read(built(plain=" ", files=[("a.pdf", b"data")]).as_bytes())
    assert attached.name == "a.pdf"
    assert lost.state == "no_text"


@pytest.mark.parametrize(
    ("declared", "real"),
    [("iso-8859-1", "utf-8"), ("utf-8", "cp1252"), ("nonsense", "cp1252"), ("koi8-r", "koi8-r"), ("", "utf-8")],
)
def test_bodies_in_any_encoding(declared, real):
    said = "Мельница открыта всегда." if real == "koi8-r" else "The café stays closed, naïve as they are."
    head = f"From: b@x.org\nContent-Type: text/plain; charset={declared}\nContent-Transfer-Encoding: 8bit\n\n"
    (one,) = read(head.encode() + said.encode(real))
    assert one.text.endswith(said)


def test_flowed_lines_are_joined():
    head = HEAD + "Content-Type: text/plain; format=flowed\n"
    assert (
        text("The mill \nopens \nat six.\nReally.\n", head) == "Message (Ben Miller): The mill opens at six.\nReally."
    )


def test_raw_header_bytes_are_read():
    (one,) = read("From: Bén <b@x.org>\nSubject: Größe\n\nHi there.\n".encode())
    assert (one.title, one.text) == ("Größe", "Message (Bén): Hi there.")


@pytest.mark.parametrize(
    ("data", "state"),
    [
        (b"", "empty"),
        (b"just words\nand more\n", "broken"),
        (b"From: a@x.org\n\n", "no_text"),
        (b"From: a@x.org\n\n" + b"Content-Type: message/rfc822\n\n" * 500, "broken"),
    ],
)  # fmt: skip
def test_what_has_no_letter_is_refused(data, state):
    with pytest.raises(Unreadable) as caught:
        read(data)
    assert caught.value.state == state


def nested(depth):
    parts = [f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(depth)]
    return "From: a@x.org\n" + "".join(parts) + "\nDeep words.\n"


def test_parts_nested_deep_are_counted_or_refused():
    with pytest.raises(Unreadable):
        read(nested(1000))
    with pytest.raises(Unreadable, match="parts nested too deep"):
        read(nested(40))
    assert read(nested(5))[0].text.endswith("Deep words.")


@pytest.mark.parametrize(
    "body",
    [
        ">" * 5000 + " x",
        "-" * 200000 + "\nx",
        "a" * 100000 + " wrote:\n> x",
        "On " * 50000 + "\n> x",
        "> x\n\ny\n\n" * 3000,
        "From: a\nTo: b\nSubject: c\n\n" * 2000 + "x",
        "<" * 50000 + "x",
        "thanks " * 30000 + "x",
    ],
)
def test_hostile_bodies_end(body):
    assert read(f"{HEAD}\n{body}\n")


@pytest.mark.parametrize("value", ["((" * 2000, '"' * 4000, "a@" * 2000, "<" * 4000, "=?utf-8?q?" * 500, ", " * 2000])
def test_hostile_headers_end(value):
    assert read(f"From: {value}\nTo: {value}\nDate: {value}\nReferences: {value}\nContent-Type: {value}\n\nWords.\n")


@settings(deadline=None, max_examples=200)
@given(st.lists(PIECES, max_size=30))
def test_any_pieces_give_turns_files_or_a_named_refusal(pieces):
    try:
        made = read("".join(pieces))
    except Unreadable as error:
        assert error.state in {"empty", "no_text", "broken"}
    else:
        assert made
        assert all(one.text.startswith("Message (") for one in made if isinstance(one, Document))


def test_a_signature_above_the_footer_of_a_list_goes_too():
    footer = "_______________________________________________\nMillers mailing list\nhttps://lists.x.org/millers"
    assert text(f"At six.\n\nCheers,\nBen\n{footer}") == "Message (Ben Miller): At six."
    assert text(f"At six.\n\nBen\n{footer}") == "Message (Ben Miller): At six."


def test_a_salutation_above_a_quote_is_no_turn():
    assert text(f"Dear Anna,\n\nOn 2020-02-03 10:11, Anna <anna@x.org> wrote:\n{MARKED}\nAt six.") == f"{ANNA}\n\n{BEN}"


def test_what_the_last_quote_quotes_itself_is_older():
    body = """On Tue, 4 Feb 2020, Anna wrote:
> When does it close?

At ten.

> And on Sundays?

At nine.

> On Mon, 3 Feb 2020, Ben Miller wrote:
>> Yes, at six.
>> On Mon, 3 Feb 2020, Anna wrote:
>>> When does the mill open?
"""
    assert text(body) == (
        "Message (Anna): When does the mill open?\n\nReply (Ben Miller): Yes, at six.\n\n"
        "Message (Anna): When does it close?\n\nReply (Ben Miller): At ten.\n\n"
        "Message (Anna): And on Sundays?\n\nReply (Ben Miller): At nine."
    )


def test_a_file_name_without_end_is_cut_at_once():
    named = f'Content-Disposition: attachment; filename="{"n" * 300_000}"\nContent-Type: text/csv\n\na,b\n'
    attached = [one for one in read(f"From: a@b.c\nSubject: s\n{named}") if isinstance(one, Inner)]
    assert [len(one.name) for one in attached] == [120]


@pytest.mark.parametrize("line", ["," * 300_000, " " * 300_000 + "x", '"a, b" <a@b.c>' + ',"' * 50])
def test_a_list_of_people_without_end_is_read_at_once(line):
    assert all(address == "a@b.c" for _, address in people(line))


def test_a_comma_within_quotes_parts_no_people():
    assert list(people('"Bell, Anna" <a@b.c>, d@e.f')) == [("Bell, Anna", "a@b.c"), ("", "d@e.f")]


def test_hostile_parameters_of_headers_are_borne():
    digits = b"From: a@b.c\nSubject: s\nContent-Type: multipart/mixed; boundary*" + b"9" * 5000 + b"=x\n\nbody\n"
    nul = b'From: a@b.c\nSubject: s\nContent-Type: text/plain; charset="a\0b"\n\nb\xe9\n'
    for data in (digits, nul):
        try:
            found = list(Mail().read(data, SOURCE))
        except Unreadable as error:
            assert error.state == "broken"
        else:
            assert found


def test_a_field_of_endless_parameters_is_not_parsed() -> None:
    data = b"From: a@example.org\nContent-Type: multipart/mixed; " + b'"a;' * 40_000 + b"\n\nHello\n"
    with pytest.raises(Unreadable, match="40,001 parameters"):
        list(Mail().read(data, SOURCE))
    members = list(inside(data, "a.eml", Limits()))
    assert [one.reason for one in members] == [
        "A header field has 40,001 parameters, as no mail has. None of its parts was looked at."
    ]
