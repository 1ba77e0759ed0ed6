"""A small server that stands for the Hugging Face Hub: repositories with commits, and tokens."""

import base64
import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

TOKEN = "hf_SecretTokenOfTheTests"


class FakeHub:
    """What is on the Hub, and what was asked of it."""

    def __init__(self):
        self.repos = {}
        """By name a list of commits: the identifier, and the files by path."""
        self.private = set()
        self.requests = []
        """Methods and paths."""
        self.sizes = {}
        """What is claimed of files instead of their own sizes."""
        self.status = None
        """With what everything is answered, if not None."""

    def commit(self, repo, files):
        """Adds a commit of these files to those that are there."""
        commits = self.repos.setdefault(repo, [])
        before = commits[-1][1] if commits else {}
        name = hashlib.sha1(f"{repo}{len(commits)}".encode()).hexdigest()
        commits.append((name, {**before, **files}))
        return name

    def find(self, repo, revision):
        """The commit that a revision means; None if there is none."""
        commits = self.repos.get(repo, [])
        found = [(name, files) for name, files in commits if revision in (name, "main")]
        return found[-1] if found else None


class _Handler(BaseHTTPRequestHandler):
    hub: FakeHub

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self._answer_get()

    def do_GET(self):
        self._answer_get()

    def do_POST(self):
        hub, parts = self.hub, self._begin()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if hub.status:
            self._send(hub.status, {"error": f"not {TOKEN}"})
        elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._send(401, {"error": f"not you {self.headers.get('Authorization')}"})
        elif parts[:3] == ["api", "repos", "create"]:
            asked = json.loads(body)
            owner = asked.get("organization") or "ada"
            repo = f"{owner}/{asked['name']}"
            if owner != "ada":
                self._send(403, {"error": "not yours"})
            elif repo in hub.repos:
                self._send(409, {"error": "there", "url": f"{self._url()}/{repo}"})
            else:
                hub.repos[repo] = []
                if asked.get("private") or asked.get("visibility") == "private":
                    hub.private.add(repo)
                self._send(200, {"url": f"{self._url()}/{repo}", "id": repo, "name": repo})
        elif parts[4:5] == ["preupload"]:
            files = json.loads(body)["files"]
            told = [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in files]
            self._send(200, {"files": told})
        elif parts[4:5] == ["commit"]:
            lines = [json.loads(line) for line in body.splitlines()]
            files = {
                line["value"]["path"]: base64.b64decode(line["value"]["content"])
                for line in lines
                if line["key"] == "file"
            }
            repo = "/".join(parts[2:4])
            name = hub.commit(repo, files)
            self._send(200, {"commitUrl": f"{self._url()}/{repo}/commit/{name}", "commitOid": name, "success": True})
        elif parts[:2] == ["api", "validate-yaml"]:
            self._send(200, {"errors": [], "warnings": []})
        else:
            self._send(404, {"error": "what?"})

    def _answer_get(self):
        hub, parts = self.hub, self._begin()
        api = parts[:2] == ["api", "models"]
        repo = "/".join(parts[2:4] if api else parts[:2])
        revision = (parts[5] if len(parts) > 5 else "main") if api else parts[3]
        may_see = repo not in hub.private or self.headers.get("Authorization") == f"Bearer {TOKEN}"
        found = hub.find(repo, revision)
        if hub.status:
            self._send(hub.status, {"error": f"not {self.headers.get('Authorization')}"})
        elif repo not in hub.repos or not may_see:
            self._send(401 if not may_see else 404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})
        elif found is None:
            self._send(404, {"error": "Invalid rev"}, {"X-Error-Code": "RevisionNotFound"})
        elif api:
            siblings = [
                {"rfilename": path, "size": hub.sizes.get(path, len(content)), "blobId": _etag(content)}
                for path, content in found[1].items()
            ]
            self._send(200, {"id": repo, "modelId": repo, "sha": found[0], "siblings": siblings, "private": False,
                             "tags": [], "downloads": 0, "likes": 0})  # fmt: skip
        else:
            content = found[1].get("/".join(parts[4:]))
            if content is None:
                self._send(404, {"error": "Entry not found"}, {"X-Error-Code": "EntryNotFound"})
            else:
                self._send(200, content, {"X-Repo-Commit": found[0], "ETag": f'"{_etag(content)}"'})

    def _begin(self):
        path = urlsplit(self.path).path
        self.hub.requests.append((self.command, path))
        return [unquote(part) for part in path.strip("/").split("/")]

    def _url(self):
        return f"http://{self.headers['Host']}"

    def _send(self, status, body, headers=()):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _etag(content):
    return hashlib.sha1(content).hexdigest()


@contextmanager
def serving_hub():
    """A Hub at work; gives it and its address."""
    hub = FakeHub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
