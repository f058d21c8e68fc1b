"""JSON-RPC requests to one chain; every failure of the chain is a `ChainError` that names it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from urllib3 import PoolManager, ProxyManager, make_headers
from urllib3.exceptions import HTTPError

from offchain.chain.endpoints import Endpoint
from offchain.errors import ChainError, InputError

Request: TypeAlias = tuple[str, Sequence[object]]

Answer: TypeAlias = Any
"""Whatever JSON a chain answers with."""

BATCH_REQUESTS = 100
BATCH_BYTES = 1_000_000  # anvil refuses bodies above 2 MB
SUCCESS = 200


class RpcError(ChainError):
    """The chain answered a request with an error."""

    def __init__(self, endpoint: Endpoint, *, method: str, error: Answer) -> None:
        self.endpoint = endpoint
        self.reason = str(error.get("message", error)) if isinstance(error, dict) else str(error)
        super().__init__(f"{endpoint} refused {method}: {self.reason}")
        data = error.get("data") if isinstance(error, dict) else None
        self.revert_data: bytes | None = b"" if "revert" in self.reason.lower() else None
        """What a reverted execution returned; None when the error is not a revert."""
        if isinstance(data, str) and data.startswith("0x"):
            self.revert_data = bytes.fromhex(data[2:])


class Connection:
    """Requests to one chain, one at a time or in batches; nothing waits longer than `timeout` seconds."""

    def __init__(self, endpoint: Endpoint, *, timeout: float = 30.0) -> None:
        self.endpoint = endpoint
        self._timeout = timeout
        self._pool = _pool(endpoint)
        self._headers = make_headers(basic_auth=_credentials(endpoint.url)) | {"Content-Type": "application/json"}

    def request(self, method: str, *params: object) -> Answer:
        """The result of one request.

        Raises:
            RpcError: the chain answered with an error.
            ChainError: the chain did not answer, or not in JSON-RPC.
        """
        response = self._post(_message(0, method, params))
        result = self._result(response, method, number=0)
        if isinstance(result, RpcError):
            raise result
        return result

    def batch(self, requests: Iterable[Request]) -> list[Answer]:
        """The results of many requests in their order.

        Raises:
            RpcError: the chain answered one of them with an error.
            ChainError: the chain did not answer, or not in JSON-RPC.
        """
        results = self.try_batch(requests)
        for result in results:
            if isinstance(result, RpcError):
                raise result
        return results

    def try_batch(self, requests: Iterable[Request]) -> list[Answer]:
        """As `batch`, but a request that was answered with an error has its `RpcError` as result."""
        results: list[Answer] = []
        for chunk in _chunks(requests):
            responses = self._post([_message(number, *request) for number, request in enumerate(chunk)])
            if not isinstance(responses, list) or len(responses) != len(chunk):
                raise ChainError(f"{self.endpoint} does not answer batches of requests: {str(responses)[:200]}")
            ordered = sorted(responses, key=_number)  # a chain may answer in any order
            results += [
                self._result(response, method, number=number)
                for number, ((method, _), response) in enumerate(zip(chunk, ordered, strict=True))
            ]
        return results

    def check_chain_id(self) -> None:
        """Ask the chain who it is.

        Raises:
            InputError: it is another chain than the endpoint says.
        """
        found = int(self.request("eth_chainId"), 16)
        if found != self.endpoint.chain_id:
            raise InputError(f"{self.endpoint} has chain id {found}, expected {self.endpoint.chain_id}")

    def _result(self, response: Answer, method: str, *, number: int) -> Answer:
        """The result in the response to the message of that number, or its error as `RpcError`."""
        if not isinstance(response, dict) or not {"error", "result"} & response.keys():
            raise ChainError(f"{self.endpoint} does not speak JSON-RPC: {str(response)[:200]}")
        if _number(response) != number:
            raise ChainError(f"{self.endpoint} answers another message than {method}: {str(response)[:200]}")
        if "error" in response:
            return RpcError(self.endpoint, method=method, error=response["error"])
        return response["result"]

    def _post(self, content: object) -> Answer:
        """The JSON that the chain answers to a request or a batch of them."""
        body = json.dumps(content, separators=(",", ":")).encode()
        try:
            response = self._pool.request(
                "POST", self.endpoint.url, body=body, headers=self._headers, timeout=self._timeout, retries=False
            )
            if response.status != SUCCESS:
                raise self._silent(f"HTTP status {response.status}")
            return json.loads(response.data)
        except (HTTPError, OSError, ValueError) as error:
            raise self._silent(type(error).__name__) from error

    def _silent(self, reason: str) -> ChainError:
        log = f"; its log is {self.endpoint.log}" if self.endpoint.log else ""
        return ChainError(f"{self.endpoint} does not answer ({reason}){log}")


def _pool(endpoint: Endpoint) -> PoolManager:
    """Keeps the connection to a chain open; through the proxy that the environment names, if it is elsewhere.

    Raises:
        InputError: the proxy cannot be used.
    """
    address = urlsplit(endpoint.url)
    proxy = None if endpoint.local or proxy_bypass(address.netloc) else getproxies().get(address.scheme)
    if not proxy:
        return PoolManager()
    try:
        return ProxyManager(proxy, proxy_headers=make_headers(proxy_basic_auth=_credentials(proxy)))
    except HTTPError as error:
        raise InputError(f"{endpoint} cannot be reached through the environment's proxy: {error}") from error


def _credentials(url: str) -> str | None:
    """`user:password`, where a URL holds them."""
    return unquote(urlsplit(url).netloc.rpartition("@")[0]) or None


def _message(number: int, method: str, params: Sequence[object]) -> Mapping[str, object]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def _number(response: Answer) -> int:
    """To which message this is the response; one without the number of a message belongs to none."""
    number = response.get("id") if isinstance(response, dict) else None
    return number if type(number) is int else -1


def _chunks(requests: Iterable[Request]) -> Iterable[list[Request]]:
    """Batches that a node accepts: bounded in number and, by the length of their strings, in bytes."""
    chunk: list[Request] = []
    size = 0
    for request in requests:
        length = 100 + sum(len(str(parameter)) for parameter in request[1])
        if chunk and (len(chunk) == BATCH_REQUESTS or size + length > BATCH_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(request)
        size += length
    if chunk:
        yield chunk
