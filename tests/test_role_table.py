"""What a role may do, as docs/DEPLOY.md says it, is what the deployment opens to it."""

import re

from deployment.plan.chains import MAIN, REGION
from offchain.files import PROJECT


def test_the_table_of_roles_is_the_plan():
    text = (PROJECT / "docs" / "DEPLOY.md").read_text().split("| role | calls |")[1].split("\n\n")[0]
    said = {
        (role, contract, function)
        for role, calls in re.findall(r"^\| `([A-Z_]+)` \| (.+) \|$", text, re.MULTILINE)
        for contract, functions in re.findall(r"`(\w+)`: ([^;]+)", calls)
        for function in re.findall(r"`(\w+)`", functions)
    }
    planned = {
        (role.name, contract, function)
        for plan in (REGION, MAIN)
        for (contract, function), role in plan.functions.items()
    }
    assert said == planned
