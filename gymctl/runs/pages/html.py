"""HTML whose text is always escaped, and the frame of a page that loads nothing from anywhere."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from gymctl.core.errors import InputError
from gymctl.core.files import atomic_write, check_replaceable
from gymctl.core.terminal import escaped, one_line

_STYLE = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
_VOID = {"meta", "br", "wbr"}


class Html(str):
    """Markup; only `element` and `join` make it. Any other text is escaped where it goes into a page."""

    __slots__ = ()


def element(name: str, /, *content: str, **attributes: object) -> Html:
    """An element.

    Args:
        name: Its name.
        content: Markup, and text that is escaped.
        attributes: Their names, ``_`` for ``-``, one at the end left out, as in ``class_``.
    """
    written = "".join(f' {key.rstrip("_").replace("_", "-")}="{_text(value)}"' for key, value in attributes.items())
    end = "" if name in _VOID else f"{join(content)}</{name}>"
    return Html(f"<{name}{written}>{end}")


def join(parts: Iterable[str]) -> Html:
    """Markup one after the other, and text that is escaped."""
    return Html("".join(part if isinstance(part, Html) else _text(part) for part in parts))


def dotted_key(key: str) -> Html:
    """A key of the config, which a narrow column breaks after a dot."""
    first, *rest = key.split(".")
    return join([first, *(part for word in rest for part in (".", element("wbr"), word))])


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = False) -> Html:
    """A table that scrolls by itself where the page is too narrow.

    Args:
        head: The heads of the columns; empty for none.
        rows: Their cells, the first of each the row's own head. What is no markup is shown in one line.
        numbers: Whether all columns but the first are numbers.
    """
    body = [element("tr", _cell("th", first, scope="row"), *(_cell("td", c) for c in rest)) for first, *rest in rows]
    heads = [element("thead", element("tr", *(_cell("th", cell, scope="col") for cell in head)))] if head else []
    whole = element("table", *heads, element("tbody", *body), class_="numbers" if numbers else "words")
    return element("div", whole, class_="scroll", tabindex="0")


def page(title: str, *content: str) -> str:
    """A whole page. Its security policy lets a browser load nothing but what is in the file.

    Args:
        title: What it is called.
        content: Markup.
    """
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; media-src data:; base-uri 'none'"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=f"{policy}; form-action 'none'"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", one_line(title)),
        element("style", Html(_STYLE)),
    )
    return f"<!doctype html>\n{element('html', head, element('body', element('main', *content)), lang='en')}\n"


def check_page(path: Path) -> None:
    """Refuses a file that is no page by its name, and what no file can replace.

    Raises:
        InputError: It is such a file.
    """
    if path.suffix.lower() != ".html":
        raise InputError(f"'{path}' is no .html file", f"use a name like {path.stem}.html")
    check_replaceable(path)


def write_page(text: str, path: Path) -> None:
    """Writes a page, whole or not at all.

    Raises:
        InputError: It can't be written.
    """
    try:
        with atomic_write(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"can't write '{path}': {error.strerror or error}", "choose another --output") from error


def _cell(name: str, content: str, /, **attributes: object) -> Html:
    return element(name, content if isinstance(content, Html) else one_line(content), **attributes)


def _text(value: object) -> str:
    return escape(escaped(value), quote=True)
