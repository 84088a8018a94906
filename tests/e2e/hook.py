"""What an alarm is sent to: plain, since it is on this PC."""

import http.server
import json
import threading
import time


class Hook(http.server.ThreadingHTTPServer):
    def __init__(self):
        self.got, self.asked, self.answer, self.hang = [], 0, 200, 0
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/hook?a=b"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked += 1
        time.sleep(self.server.hang)
        if self.server.answer == 200:
            self.server.got.append((self.path, dict(self.headers), json.loads(body)))
        self.send_response(self.server.answer)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass
