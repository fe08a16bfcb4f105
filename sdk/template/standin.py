#!/usr/bin/env python3
"""A stand-in of the channel "@name@": what its API would answer, in memory.

  standin.py                  for the certifier: a question a line on standard input, an answer a line on standard output
  standin.py --http [PORT]    the same over HTTP on 127.0.0.1, to try the spoke in a hub; it prints its address
"""
import http.server
import json
import sys
import urllib.parse

PAGE = 50


class Shop:
    def __init__(self, token=None, listings=(("LEG-S", 12), ("LEG-M", 7)), orders=()):
        self.token, self.stock, self.orders = token, dict(listings), list(orders)

    def answer(self, method, url, headers, body):
        """The status and the JSON that the channel answers."""
        parts = urllib.parse.urlsplit(url)
        path, query = parts.path, urllib.parse.parse_qs(parts.query)
        sent = {name.lower(): value for name, value in headers.items()}
        if self.token and sent.get("authorization") != "Bearer " + self.token:
            return 401, {"error": "unauthorized"}
        if method == "GET" and path == "/listings":
            return self.page(query, [{"sku": sku, "quantity": many} for sku, many in sorted(self.stock.items())])
        if method == "GET" and path == "/orders":
            return self.page(query, sorted(self.orders, key=lambda order: (order["updated_at"], order["id"])))
        if method == "GET" and path.startswith("/orders/"):
            found = [order for order in self.orders if order["id"] == urllib.parse.unquote(path[8:])]
            return (200, found[0]) if found else (404, {"error": "no such order"})
        if method == "PUT" and path.startswith("/stock/"):
            sku = urllib.parse.unquote(path[7:])
            if sku not in self.stock:
                return 404, {"error": "no such sku"}
            self.stock[sku] = json.loads(body)["quantity"]
            return 200, {"sku": sku, "quantity": self.stock[sku]}
        return 404, {"error": "no such address"}

    @staticmethod
    def page(query, items):
        first = (int(query.get("page", ["1"])[0]) - 1) * PAGE
        more = len(items) > first + PAGE
        return 200, {"items": items[first:first + PAGE], "next": str(first // PAGE + 2) if more else None}


def over_lines():
    shop = Shop()
    for line in sys.stdin:
        asked = json.loads(line)
        if "request" in asked:
            request = asked["request"]
            status, body = shop.answer(request["method"], request["url"], request["headers"], request["body"])
            answer = {"status": status, "body": body}
        else:
            answer = {"error": "this stand-in does not know: " + ", ".join(asked)}
        print(json.dumps(answer), flush=True)


def over_http(port):
    shop = Shop()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            status, answer = shop.answer(self.command, self.path, dict(self.headers), body)
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_PUT = do_POST = do

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    print("http://127.0.0.1:%d" % server.server_address[1], flush=True)
    server.serve_forever()


if sys.argv[1:2] == ["--http"]:
    over_http(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
else:
    over_lines()
