#!/usr/bin/env python3
"""A stand-in of the channel "@name@": what its API would answer, in memory.

  standin.py                  for the certifier: a question a line on standard input, an answer a line on standard output
  standin.py --http [PORT]    the same over HTTP on 127.0.0.1, to try the spoke in a hub; it prints its address
"""
import http.server
import json
import sys
import urllib.parse


def order(number, at):
    return {"id": str(number), "updated_at": at, "placed_at": at, "currency": "USD", "total": "65.00", "paid": True,
            "lines": [{"id": "1", "sku": "SKU-1", "quantity": 1, "price": "65.00"}]}


class Shop:
    """Things have a place in their stream, which is what a cursor names."""

    def __init__(self, token=None, orders=1, listings=2, same_time=False):
        self.token = token
        self.stock = {"SKU-%d" % (i + 1): 10 for i in range(listings)}
        times = ["2026-11-20T%02d:%02d:%02dZ" % (i // 3600, i // 60 % 60, i % 60) for i in range(orders)]
        self.orders = [order(1001 + i, times[0] if same_time else times[i]) for i in range(orders)]
        self.effects = 0

    def items(self, stream):
        if stream == "orders":
            found = [dict(each, place=each["updated_at"] + "|" + each["id"]) for each in self.orders]
        else:
            found = [{"sku": sku, "quantity": many, "place": sku} for sku, many in self.stock.items()]
        return sorted(found, key=lambda item: item["place"])

    def answer(self, method, url, headers, body):
        """The status and the JSON that the channel answers."""
        parts = urllib.parse.urlsplit(url)
        query = dict(urllib.parse.parse_qsl(parts.query))
        path = urllib.parse.unquote(parts.path).strip("/").split("/", 1)
        sent = {name.lower(): value for name, value in headers.items()}
        if self.token and sent.get("authorization") != "Bearer " + self.token:
            return 401, {"error": "unauthorized"}
        if method == "PUT" and path == ["stock"]:
            return 200, {"results": [self.set(item) for item in json.loads(body)["items"]]}
        if method != "GET" or path[0] not in ("orders", "listings"):
            return 404, {"error": "no such address"}
        items = self.items(path[0])
        if len(path) == 2:
            found = [item for item in items if item.get("id", item.get("sku")) == path[1]]
            return (200, found[0]) if found else (404, {"error": "no such thing"})
        items = [item for item in items if item["place"] > query.get("after", "")]
        return 200, {"items": items[:int(query.get("limit", "100"))]}

    def set(self, item):
        sku = item["sku"]
        if sku not in self.stock:
            return {"sku": sku, "status": "unknown"}
        self.effects += self.stock[sku] != item["quantity"]
        self.stock[sku] = item["quantity"]
        return {"sku": sku, "status": "ok"}


def over_lines():
    """What the certifier asks: {"reset"}: begin anew, {"request"}: a call, {"state"}: what is there now."""
    shop = Shop()
    for line in sys.stdin:
        asked = json.loads(line)
        if "request" in asked:
            request = asked["request"]
            status, body = shop.answer(request["method"], request["url"], request["headers"], request["body"])
            answer = {"status": status, "body": body}
        elif "reset" in asked:
            seed = asked["reset"]
            shop = Shop(seed["secrets"]["token"], seed.get("orders", 0), seed.get("listings", 0),
                        seed.get("same_time", False))
            answer = {"stock": [{"external_id": sku, "stock_id": sku, "sku": sku} for sku in shop.stock],
                      "unknown": {"external_id": "NONE", "stock_id": "NONE", "sku": "NONE"}, "unknown_order": "1"}
        elif "state" in asked:
            answer = {"effects": shop.effects, "stock": shop.stock}
        elif "expire" in asked:
            answer = {"expires": False}  # a place is a place for ever
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
