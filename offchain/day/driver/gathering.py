"""Reading the chains of a finished day: one index of all, then every view that a mechanism asks for, once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from offchain.chain.abi import Value
from offchain.chain.client import Client
from offchain.day.driver.evidence import BlockQuestion, ChainEvidence, Evidence, Query, Question
from offchain.day.driver.mechanism import Mechanism
from offchain.day.driver.trading_day import TradingDay
from offchain.index.store import Store
from offchain.index.sync import sync
from offchain.market.history.terms import market_facts


def gather(day: TradingDay, store: Store, *, mechanisms: Sequence[Mechanism[Any]]) -> Evidence:
    """Index every chain of a day and collect the answers that its mechanisms need.

    Raises:
        InputError: the index follows other chains of these names.
        ChainError: a chain does not answer.
    """
    found = Evidence(world=day.world, chains={client.endpoint.name: _indexed(client, store) for client in day.clients})
    queries = dict.fromkeys(query for mechanism in mechanisms for query in mechanism.queries(found))
    return found.answered(_answers(day.clients, list(queries)))


def _indexed(client: Client, store: Store) -> ChainEvidence:
    sync(client, store, facts=market_facts)
    name = client.endpoint.name
    return ChainEvidence(
        chain=store.chain(name),
        addresses={contract.name: contract.address for contract in client.contracts},
        events=tuple(store.events(name)),
    )


def _answers(clients: Sequence[Client], queries: Sequence[Query]) -> Mapping[Query, Value]:
    asked: dict[str, list[Query]] = defaultdict(list)
    for query in queries:
        asked[query.chain].append(query)
    answers: dict[Query, Value] = {}
    for client in clients:
        of_chain = asked[client.endpoint.name]
        views = [query for query in of_chain if isinstance(query, Question)]
        calls = [client.contract(query.contract)(query.function, *query.arguments) for query in views]
        answers |= zip(views, client.call_many(calls), strict=True)
        answers |= {query: client.block(query.height).hash for query in of_chain if isinstance(query, BlockQuestion)}
    return answers
