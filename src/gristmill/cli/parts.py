"""gristmill parts: every part that a recipe can name, with its fields."""

from typing import Annotated, Any

import typer

from gristmill.cli._manners import AsJson, print_json, print_table
from gristmill.lazy import lazy

catalogue = lazy("gristmill.catalogue")


def parts(
    kind: Annotated[str, typer.Argument(help="One kind, such as curate; all when left out.")] = "",
    name: Annotated[str, typer.Argument(help="One part, with its fields and its page.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the parts that a recipe can name.

    With a kind and a name, print that part's own page with its fields.
    """
    pages = catalogue.pages(kind, name)
    if as_json:
        print_json([page.plain() for page in pages])
    elif name:
        _print_page(pages[0])
    else:
        for each in dict.fromkeys(page.kind for page in pages):
            rows = [[page.name, page.summary] for page in pages if page.kind == each]
            print_table(each, ["part", "what it does"], rows)


def _print_page(page: Any) -> None:
    typer.echo(f"{page.kind}/{page.name}: {page.summary}\n\n{page.text}\n")
    rows = [[field.name, field.default, field.description] for field in page.fields]
    if rows:
        print_table("fields", ["field", "default", "what it is"], rows)
    if page.codes:
        print_table("signs", ["sign", "what it means"], [list(sign) for sign in page.codes.items()])


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(parts)
