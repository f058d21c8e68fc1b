"""What goes over the wire to a chain, and what may come back: a server that answers what it is told to."""

import json
import threading
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from offchain.chain.connection import Connection, RpcError
from offchain.chain.endpoints import Endpoint
from offchain.errors import ChainError, InputError


@pytest.fixture
def server():
    """Keeps what it is asked; `answer` makes an answer of a body, with `status`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.server.asked.append((self.path, self.headers, body))
            self.server.callers.add(self.client_address)
            content = self.server.answer(body)
            self.send_response(self.server.status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as found:
        found.asked, found.callers, found.status = [], set(), 200
        found.answer = lambda body: json.dumps(_answer(body)).encode()
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield found
        found.shutdown()


def _answer(body):
    if isinstance(body, list):
        return [_answer(message) for message in reversed(body)]
    return {"jsonrpc": "2.0", "id": body["id"], "result": body["params"][0]}


def at(server, *, credentials="", local=True):
    return Endpoint("main", f"http://{credentials}127.0.0.1:{server.server_port}/rpc", 31000, local=local)


def test_results_of_a_batch_stand_in_the_order_of_its_requests(server):
    connection = Connection(at(server))
    assert connection.batch(("echo", [number]) for number in range(250)) == list(range(250))
    assert [len(body) for _, _, body in server.asked] == [100, 100, 50]
    assert connection.request("echo", "0x1") == "0x1"
    assert len(server.callers) == 1, "the connection is kept open"


def test_names_and_passwords_go_into_a_header(server):
    assert Connection(at(server, credentials="reader:p%40ss@")).request("echo", 1) == 1
    [(path, headers, body)] = server.asked
    assert (path, headers["Authorization"]) == ("/rpc", f"Basic {b64encode(b'reader:p@ss').decode()}")
    assert body == {"jsonrpc": "2.0", "id": 0, "method": "echo", "params": [1]}


@pytest.mark.parametrize(
    ("status", "content", "message"),
    [
        (503, b"{}", r"^chain main \(.*\) does not answer \(HTTP status 503\)$"),
        (302, b"{}", r"does not answer \(HTTP status 302\)$"),
        (200, b"<html>", r"does not answer \(JSONDecodeError\)$"),
        (200, b"[]", r"does not speak JSON-RPC: \[\]$"),
        (200, b'{"id": 0}', r"does not speak JSON-RPC"),
    ],
)
def test_what_is_no_answer_is_an_error_that_names_the_chain(server, status, content, message):
    server.status, server.answer = status, lambda _: content
    with pytest.raises(ChainError, match=message):
        Connection(at(server)).request("echo", 1)


def test_a_batch_that_is_answered_as_one_is_refused(server):
    server.answer = lambda _: b'{"id": null, "error": {"message": "no batches"}}'
    with pytest.raises(ChainError, match=r"does not answer batches of requests: .*no batches"):
        Connection(at(server)).batch([("echo", [1])])


@pytest.mark.parametrize("numbers", [(0, 0), (1, 1), (1, 2), (None, 1), ("0", 1), (True, 0), (0.0, 1)])
def test_answers_of_a_batch_that_belong_to_other_messages_are_refused(server, numbers):
    server.answer = lambda _: json.dumps([{"id": number, "result": 7} for number in numbers]).encode()
    with pytest.raises(ChainError, match=r"answers another message than [ab]: "):
        Connection(at(server)).batch([("a", []), ("b", [])])


@pytest.mark.parametrize("content", [b'{"id": 1, "result": 7}', b'{"result": 7}', b'{"id": null, "error": {}}'])
def test_an_answer_to_another_message_is_refused(server, content):
    server.answer = lambda _: content
    with pytest.raises(ChainError, match=r"answers another message than echo: "):
        Connection(at(server)).request("echo", 1)


def test_an_error_in_a_batch_stands_in_its_place(server):
    server.answer = lambda body: json.dumps(
        [{"id": 1, "result": 7}, {"id": 0, "error": {"message": "execution reverted", "data": "0x1234"}}]
    ).encode()
    refused, seven = Connection(at(server)).try_batch([("a", []), ("b", [])])
    assert isinstance(refused, RpcError)
    assert (refused.reason, refused.revert_data, seven) == ("execution reverted", b"\x12\x34", 7)


def test_chains_elsewhere_are_reached_through_the_proxy_of_the_environment(server, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://user:word@127.0.0.1:{server.server_port}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert Connection(Endpoint("main", "http://chains.example/rpc", 31000)).request("echo", 1) == 1
    [(path, headers, _)] = server.asked
    assert path == "http://chains.example/rpc"
    assert headers["Proxy-Authorization"] == f"Basic {b64encode(b'user:word').decode()}"
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert Connection(at(server, local=False)).request("echo", 1) == 1
    monkeypatch.setenv("http_proxy", "gopher://127.0.0.1:1")
    with pytest.raises(InputError, match=r"^chain main .* cannot be reached through the environment's proxy: .*gopher"):
        Connection(Endpoint("main", "http://chains.example/rpc", 31000))
