"""JSON-RPC requests to one chain; every failure of the chain is a `ChainError` that names it."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from requests import Session
from web3 import HTTPProvider
from web3.types import RPCEndpoint

from offchain.chain.endpoints import Endpoint
from offchain.errors import ChainError, InputError

Request: TypeAlias = tuple[str, Sequence[object]]

Answer: TypeAlias = Any
"""Whatever JSON a chain answers with."""

BATCH_REQUESTS = 100
BATCH_BYTES = 1_000_000  # anvil refuses bodies above 2 MB


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
        session = Session()
        session.trust_env = not endpoint.local  # on this machine: never through a proxy of the environment
        self._provider = HTTPProvider(
            endpoint.url, request_kwargs={"timeout": timeout}, session=session, exception_retry_configuration=None
        )

    def request(self, method: str, *params: object) -> Answer:
        """The result of one request.

        Raises:
            RpcError: the chain answered with an error.
            ChainError: the chain did not answer, or not in JSON-RPC.
        """
        try:
            response = self._provider.make_request(RPCEndpoint(method), params)
        except (OSError, ValueError) as error:
            raise self._silent(error) from error
        result = self._result(response, method)
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
            try:
                responses = self._provider.make_batch_request([(RPCEndpoint(m), params) for m, params in chunk])
            except (OSError, ValueError) as error:
                raise self._silent(error) from error
            if not isinstance(responses, list) or len(responses) != len(chunk):
                raise ChainError(f"{self.endpoint} does not answer batches of requests: {str(responses)[:200]}")
            results += [self._result(response, method) for (method, _), response in zip(chunk, responses, strict=True)]
        return results

    def check_chain_id(self) -> None:
        """Ask the chain who it is.

        Raises:
            InputError: it is another chain than the endpoint says.
        """
        found = int(self.request("eth_chainId"), 16)
        if found != self.endpoint.chain_id:
            raise InputError(f"{self.endpoint} has chain id {found}, expected {self.endpoint.chain_id}")

    def _result(self, response: Answer, method: str) -> Answer:
        """The result in a response, or its error as `RpcError`."""
        if isinstance(response, dict) and "error" in response:
            return RpcError(self.endpoint, method=method, error=response["error"])
        if not isinstance(response, dict) or "result" not in response:
            raise ChainError(f"{self.endpoint} does not speak JSON-RPC: {str(response)[:200]}")
        return response["result"]

    def _silent(self, error: Exception) -> ChainError:
        log = f"; its log is {self.endpoint.log}" if self.endpoint.log else ""
        return ChainError(f"{self.endpoint} does not answer ({type(error).__name__}){log}")


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
