"""What every page must be: closed, and without a request to anywhere."""

from html.parser import HTMLParser

VOID = {"meta", "br", "wbr", "source"}
LOADING = {"src", "href", "xlink:href", "srcset", "poster", "data", "action", "formaction", "background", "ping"}


class Reader(HTMLParser):
    """Reads a page as browsers do: its elements, its text, and what it would load."""

    def __init__(self):
        super().__init__()
        self.open, self.names, self.loads, self.text, self.policy = [], [], [], "", ""

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        values = dict(attrs)
        assert not any(name.startswith("on") or name == "style" for name in values), attrs
        self.loads += [value for name, value in values.items() if name in LOADING]
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def read_closed_page(markup):
    """Reads a page, and checks that it loads nothing but what is in it and that its policy forbids all else."""
    reader = Reader()
    reader.feed(markup)
    reader.close()
    assert reader.open == []
    assert all(url.startswith("data:") for url in reader.loads), reader.loads
    assert "default-src 'none'" in reader.policy
    assert "unsafe" not in reader.policy
    assert "script-src" not in reader.policy
    assert not {"script", "link", "iframe", "object", "embed", "base", "form", "img"} & set(reader.names)
    assert "url(" not in markup
    assert "@import" not in markup
    return reader
