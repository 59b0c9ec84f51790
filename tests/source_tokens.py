"""What fuzz_sources.py strews into files: pieces of each format's own language, magic numbers, lengths, numbers.

In the tables, tokens stand two blanks apart, with the escapes of Python.
"""

import re
from collections.abc import Mapping, Sequence


def _tokens(table: str) -> Sequence[bytes]:
    parted = re.split(r"\n|  ", table.strip("\n"))
    return tuple(one.encode("latin-1").decode("unicode_escape").encode("latin-1") for one in parted)


MAGICS = _tokens(r"""
PK\x03\x04  PK\x01\x02  PK\x05\x06  PK\x06\x06  PK\x06\x07  \x1f\x8b\x08\x08  BZh91AY&SY  \xfd7zXZ\x00
(\xb5/\xfd  ustar\x0000  PAR1  PARE  ARROW1  \xff\xff\xff\xff  SQLite format 3\x00  %PDF-1.7  \x80\x04\x95
\x93NUMPY  GGUF  \x89HDF\r\n\x1a\n  \xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1  \xff\xfe  \xfe\xff  \xef\xbb\xbf
\xff\xfe\x00\x00  \x00  \xed\xa0\x80  \xc0\x80  \xf4\x90\x80\x80  \x80  \x1b$B  \x85  \xe2\x80\xa8
\xc2\xad\xe2\x80\x8b  MZ  \x7fELF
""")
LENGTHS = (
    0,
    1,
    *(1 << bits for bits in (7, 15, 31, 32, 63)),
    *((1 << bits) - 1 for bits in (7, 8, 15, 16, 31, 32, 63, 64)),
)
NUMBERS = (*_tokens("0  -1  1  999999999  4294967296  1e400  1e-400  -0  NaN  0.5"), b"9" * 30, b"9" * 5000)
TOKENS: Mapping[str, Sequence[bytes]] = {
    "xml": (
        *_tokens(
            r"""
<  >  </  />  <!--  -->  <![CDATA[  ]]>  <?xml version='1.0' encoding='utf-7'?>
<?xml version='1.0' encoding='utf-16'?>  &amp;  &#0;  &#xD800;  &#x10FFFF;  &#99999999999;  &nbsp;  &x;
<!DOCTYPE x [<!ENTITY x "&x;">]>  <!DOCTYPE html>  <script>  <template>  <table>  <tr>
<td colspan='99999999' rowspan='99999999'>  <li>  <ol start='99999999999999'>  <p>  </p>  <pre>  <br/>
<math><mfrac>  <svg>  <sec>  <xref rid='r'>  <sup>  <w:tbl>  <w:gridSpan w:val='99999999'/>  <w:vMerge/>
<w:fldChar w:fldCharType='begin'/>  <m:oMath><m:f>  <a:t>  <text:s text:c='999999999'/>  <text:list>
<table:table-cell table:number-columns-repeated='99999999'/>
"""
        ),
    ),
    "text": (
        *_tokens(
            r"""
#\x20  \n\n  ```  ~~~  >\x20  -\x20  1.\x20  |  |---|  *  **  _  `  [  ](  ![  <  \x20\x20\x20\x20  \t  [^1]  $$
---\n  ===\n  \\  &#0;  \r  \x0c  ..\x20  ::\n\n  :role:`  +---+  === ===\n  .. list-table::\n
.. include:: /etc/passwd\n  .. |x| replace:: |x|\n  __ _\n  WEBVTT\n\n  -->  00:00:01.000 -->\x20  99:99:99,999
<v\x20  <c.  </c>  NOTE\x20  {\\an8}  {{  }}  {%  %}  {% for x in range(99999999) %}  {{ x.__class__ }}  &a\x20
*a  !!python/x\x20  <|im_end|>  \xe2\x80\xae  sk-  -----BEGIN\x20  base64,  ignore previous instructions\x20
"""
        ),
        b"A" * 300,
    ),
    "csv": (
        *_tokens(
            r"""
"  ""  ,  ;  \t  \r  \n  "\n  \x00  =cmd|' /C x'!A1  ","  |  '  a:json
"""
        ),
    ),
    "json": (
        *_tokens(
            r"""
{  }  [  ]  "  :  ,  \\  \\u0000  \\ud800  \\udc00\\ud800  null  true  NaN  Infinity  -  1e999  \n  {"a":  [[
"text":  "messages":[  // x  \xff
"""
        ),
        b"9" * 5000,
    ),
    "mail": (
        *_tokens(
            r"""
\nFrom x Mon Feb\x20\x203 09:00:00 2020\n  Content-Type: multipart/mixed; boundary=x\n\n  --x\n  --x--\n
Content-Type: message/rfc822\n\n  Content-Transfer-Encoding: base64\n\n  Content-Type: text/html; charset=x\n\n
=?utf-8?B?////?=  =?x?Q?=?=  Subject: =?utf-7?Q?+AAA-?=\n  References: <1@x> <1@x>\n  In-Reply-To: <1@x>\n
Date: Tue, 99 Feb 99999 99:99:99 +9999\n  begin 644 x\n  filename*0*=utf-8''%ff; filename*1=x  > > >\x20  \n\n
\r\n  charset=utf-16  charset=idna  charset=undefined  From: =?x?=\n  boundary=
Content-Transfer-Encoding: quoted-printable\n\n  =\n  =ZZ  filename="../x"  charset=zlib_codec
"""
        ),
    ),
    "pdf": (
        *_tokens(
            r"""
obj  endobj  stream\n  endstream  xref  trailer  startxref\n0  %%EOF  <<  >>  [  ]  /Kids [1 0 R]  /Count -1
/Length 99999999  /Parent 1 0 R  /MediaBox [0 0 1e9 1e9]  /Rotate 37  BT  ET  Tj  (x) Tj  q\x20  Q\x20
/FlateDecode  /ASCII85Decode  /Prev 0  1 0 R  /Encrypt 1 0 R  (  99999 0 0 99999 0 0 cm  /JS (x)
0 0 0 0 re f\x20  /W [0 99999999]  /J#53  /Size 1  /ObjStm
"""
        ),
    ),
    "sql": (
        *_tokens(
            r"""
CREATE VIEW rows AS SELECT * FROM rows  WITH RECURSIVE  load_extension(  sqlite_master  WITHOUT ROWID
"""
        ),
    ),
}
