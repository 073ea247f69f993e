"""A web server of this machine for a built site, as the tests and the benchmarks use it."""

import gzip
import http.server
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

_COMPRESSED = {".html", ".css", ".js", ".json", ".svg"}
_TYPES = {".js": "text/javascript", ".woff2": "font/woff2", ".woff": "font/woff"}


class _Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | _TYPES

    def log_message(self, format, *arguments):
        pass  # the test or benchmark says what matters

    def end_headers(self):
        self.send_header("Cache-Control", "no-store")
        self.send_header("Access-Control-Allow-Origin", "*")  # as networks that deliver other sites' scripts do
        super().end_headers()


class _CompressingHandler(_Handler):
    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if path.suffix not in _COMPRESSED or not path.is_file():
            super().do_GET()
            return
        body = gzip.compress(path.read_bytes(), mtime=0)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        # A browser that leaves a page hangs up in the middle of a file.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def served(folder, compress=False):
    """Serve a folder on a free port of the loopback interface; yield its address, without a slash at the end.

    Parameters
    ----------
    folder : Path
    compress : bool
        Whether text is sent compressed by gzip, as the hosts of such sites do.
    """
    handler = _CompressingHandler if compress else _Handler

    class Here(handler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(folder))

    server = _Server(("127.0.0.1", 0), Here)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
