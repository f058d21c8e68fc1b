"""Rewards: what is sent says what was given."""

from offchain.rewards import calls
from tests.support.paper_client import PaperClient, key_of, sent

DAY = 17_000


def test_each_act_is_one_transaction():
    client, key = PaperClient("RewardPool", "EnergyRewards", "PowerPoint"), key_of("anybody")
    organisations = {3: b"\x03" * 32, 4: b"\x04" * 32}
    transactions = [
        *calls.fund(client, 9, key=key_of("grid company")),
        *calls.open_welcomes(client, organisations, key=key_of("operator")),
        *calls.claim_welcome(client, 3, key=key_of("owner")),
        *calls.deliver(client, [(0, 3), (9, 4)], day=DAY, key=key),
        *calls.close_rewards(client, DAY, key=key),
        *calls.claim_rewards(client, [5, 6], day=DAY, key=key),
    ]
    assert sent(client, transactions) == [
        ("PowerPoint", "transfer", (client.contract("RewardPool").address, 9), "paper grid company"),
        ("RewardPool", "openWelcome", (3, b"\x03" * 32), "paper operator"),
        ("RewardPool", "openWelcome", (4, b"\x04" * 32), "paper operator"),
        ("RewardPool", "claimWelcome", (3,), "paper owner"),
        ("EnergyRewards", "deliver", (DAY, 0, 3), "paper anybody"),
        ("EnergyRewards", "deliver", (DAY, 9, 4), "paper anybody"),
        ("EnergyRewards", "close", (DAY,), "paper anybody"),
        ("EnergyRewards", "claim", (5, DAY), "paper anybody"),
        ("EnergyRewards", "claim", (6, DAY), "paper anybody"),
    ]
